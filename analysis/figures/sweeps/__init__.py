"""Figures of sweeps: what outcomes hang on, over two parameters, and under which conditions."""

"""Figures of compression: what was measured, how it compares, what a provider picks from."""

from analysis.figures.compression.plates import draw_compression

__all__ = ["draw_compression"]

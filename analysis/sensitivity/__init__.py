"""Sensitivity: which parameters of a sweep decide an outcome, and under which conditions."""

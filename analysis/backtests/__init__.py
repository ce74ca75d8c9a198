"""Forecasts from what was known at a date, scored against what happened."""

"""Types of command-line arguments that several commands share."""

from __future__ import annotations

import argparse


def natural_number(text: str) -> int:
    """Read a whole number of at least one."""
    return _whole(text, 1, None)


def seed_number(text: str) -> int:
    """Read a seed: a whole number from 0 to 2^32 - 1."""
    return _whole(text, 0, 2**32 - 1)


def _whole(text: str, low: int, high: int | None) -> int:
    allowed = f"at least {low}" if high is None else f"from {low} to {high}"
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low or (high is not None and value > high):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {allowed}")
    return value

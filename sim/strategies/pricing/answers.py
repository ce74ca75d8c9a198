"""What the methods of pricing strategies must return, checked for strategies from outside."""

from __future__ import annotations

import math
from numbers import Real
from typing import get_args

from sim.strategies.pricing.view import Phase

HIGHEST_USD_PER_MTOK = 1e6
"""The highest price that a scenario may state, too."""


def is_number(value: object, low: float, high: float) -> bool:
    """Return whether a value is a number, no truth value, within limits, both included."""
    return isinstance(value, Real) and not isinstance(value, bool) and low <= float(value) <= high


def not_a_price(value: object) -> str:
    """Return what a proposal must be; nothing if it is that."""
    if value is None or is_number(value, 0.0, HIGHEST_USD_PER_MTOK):
        return ""
    return f"None or a number from 0 to {HIGHEST_USD_PER_MTOK:,.0f} (USD per million tokens)"


def not_a_floor(value: object) -> str:
    """Return what a floor must be; nothing if it is that."""
    return "" if is_number(value, 0.0, math.inf) else "a number >= 0 (USD per million tokens)"


def not_a_phase(value: object) -> str:
    """Return what a phase must be; nothing if it is that."""
    phases = get_args(Phase)
    return "" if isinstance(value, str) and value in phases else f"one of {', '.join(phases)}"


def not_a_budget(value: object) -> str:
    """Return what a war budget must be; nothing if it is that."""
    return "" if is_number(value, 0.0, 1e15) else "a number from 0 to 1e15 (USD)"

"""Rows: a number for each type of a block."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import compiled
from sim.equilibrium.kernel.records import LANES


@compiled
def exponential(value: Any) -> Any:
    """Return e^x for x at most 709, to the last digit; unlike the library's, many at a time."""
    n = value * 1.4426950408889634 + 6755399441055744.0  # its last bits are round(x / ln 2)
    bits = np.float64(n).view(np.int64)
    n -= 6755399441055744.0
    r = value - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10
    s = r * r
    q = s * s
    low = 1.0 + (r + s * (0.5 + r * (1.0 / 6.0)))
    middle = 1.0 / 24.0 + r * (1.0 / 120.0) + s * (1.0 / 720.0 + r * (1.0 / 5040.0))
    high = 1.0 / 40320.0 + r * (1.0 / 362880.0) + s * (1.0 / 3628800.0 + r * (1.0 / 39916800.0))
    series = low + q * (middle + q * (high + q * (1.0 / 479001600.0)))
    power = np.int64((bits + 1023) << 52).view(np.float64)
    return series * power if value > -708.0 else 0.0


@compiled
def sum_of(row: Any) -> Any:
    """Return the sum of a row."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for k in range(0, LANES, 4):
        a += row[k]
        b += row[k + 1]
        c += row[k + 2]
        d += row[k + 3]
    return (a + c) + (b + d)


@compiled
def inner_product(one: Any, other: Any) -> Any:
    """Return the inner product of two rows."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for k in range(0, LANES, 4):
        a += one[k] * other[k]
        b += one[k + 1] * other[k + 1]
        c += one[k + 2] * other[k + 2]
        d += one[k + 3] * other[k + 3]
    return (a + c) + (b + d)


@compiled
def raise_to(top: Any, row: Any) -> None:
    """Raise each entry to that of a row, if it is higher."""
    for k in range(LANES):
        here, before = row[k], top[k]
        top[k] = here if here > before else before


@compiled
def add(row: Any, factor: Any, quantity: Any, block: Any, j: Any, chosen: Any) -> None:
    """Add what a product brings by those who choose it."""
    if quantity is None:
        for k in range(LANES):
            row[k] += factor * chosen[k]
    else:
        bought = quantity[block, j]
        for k in range(LANES):
            row[k] += factor * bought[k] * chosen[k]


@compiled
def copy(row: Any, source: Any) -> None:
    """Write one row into another."""
    for k in range(LANES):
        row[k] = source[k]


@compiled
def swap(one: Any, other: Any) -> None:
    """Let two rows change places."""
    for k in range(LANES):
        one[k], other[k] = other[k], one[k]

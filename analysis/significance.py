"""Which of several differences are more than chance: paired t tests, corrected by Holm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

FAMILY_ERROR: Final = 0.05
"""Probability that a table of two equal worlds shows any difference as more than chance."""
_ROUNDING: Final = 1e-12


def paired_p_value(first: ArrayLike, second: ArrayLike) -> float:
    """Two-sided p value of two paired means being equal.

    Student's t of the differences on ``R - 1`` degrees of freedom (Student 1908). Where all
    replications show the same difference there is no spread to judge it by. Chance gives all the
    same sign with probability ``2^(1-R)`` (Fisher 1935); and where neither world varies, it keeps
    two equal worlds at two different values with ``2 q^R (1-q)^R`` at most, so ``2 / 4^R``.

    Parameters
    ----------
    first, second
        One value a replication, shape [R]; replications in which either has none are left out.

    Returns
    -------
    float
        NaN for fewer than two replications.

    Examples
    --------
    >>> paired_p_value([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    1.0
    >>> paired_p_value([3.0, 4.0, 5.0], [1.0, 2.0, 3.0])
    0.25
    >>> paired_p_value([3.0, 3.0, 3.0], [1.0, 1.0, 1.0])
    0.03125
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    known = np.isfinite(a - b)
    a, b = a[known], b[known]
    values, count = a - b, a.size
    if count < 2:
        return math.nan
    largest = float(np.abs(values).max())
    if largest == 0.0:
        return 1.0
    if np.ptp(values) <= _ROUNDING * largest:
        constant = np.ptp(a) <= _ROUNDING * np.abs(a).max()
        return 2.0 / 4.0**count if constant else 2.0 ** (1 - count)
    from scipy.special import stdtr

    error = float(values.std(ddof=1)) / math.sqrt(count)
    return float(2 * stdtr(count - 1, -abs(float(values.mean())) / error))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values for there being several, step by step from the smallest (Holm 1979).

    The chance that any true null hypothesis has an adjusted value below ``a`` is at most ``a``,
    however the tests depend on each other.

    Parameters
    ----------
    p_values
        Of one family of tests; NaN stands for a test that was not made, and counts for none.

    Returns
    -------
    tuple of float
        In the same order; NaN where there was no test.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    tested = sorted((p, index) for index, p in enumerate(p_values) if not math.isnan(p))
    adjusted, largest = [math.nan] * len(p_values), 0.0
    for rank, (p, index) in enumerate(tested):
        largest = max(largest, min(1.0, (len(tested) - rank) * p))
        adjusted[index] = largest
    return tuple(adjusted)

"""Standard errors by resampling whole documents.

References
----------
.. [1] Efron, B., Tibshirani, R. (1993). *An Introduction to the Bootstrap*. Chapman and Hall.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 2000
FEWER_RESAMPLES = 500
"""Of statistics that take a millisecond each."""
_SEED = 20251031


def ratio_standard_error(
    sums: ArrayLike,
    counts: ArrayLike,
    of: Callable[[NDArray[np.float64]], NDArray[np.float64]] | None = None,
) -> float:
    """Return the standard error of ``sum(sums) / sum(counts)``, resampling documents.

    Parameters
    ----------
    sums, counts
        Of each document: a total, and how many items it is over.
    of
        Gives what the error is wanted of from the ratio, such as ``numpy.exp``; None: the ratio.
    """
    total, count = np.asarray(sums, float), np.asarray(counts, float)
    if total.size < 2:
        return float("nan")
    draws = _draws(total.size, RESAMPLES)
    ratios = total[draws].sum(axis=1) / count[draws].sum(axis=1)
    return float(np.std(ratios if of is None else of(ratios), ddof=1))


def statistic_standard_error(
    groups: ArrayLike, statistic: Callable[[NDArray[np.int64]], float]
) -> float:
    """Return the standard error of a statistic of items, resampling whole groups of them.

    Parameters
    ----------
    groups
        Group of each item, such as its document, shape (items,).
    statistic
        Takes the numbers of items, some of them several times.
    """
    group = np.asarray(groups)
    members = [np.flatnonzero(group == one) for one in np.unique(group)]
    if len(members) < 2:
        return float("nan")
    drawn = (
        statistic(np.concatenate([members[one] for one in draw]))
        for draw in _draws(len(members), FEWER_RESAMPLES)
    )
    return float(np.std(np.fromiter(drawn, float), ddof=1))


def _draws(count: int, resamples: int) -> NDArray[np.int64]:
    return np.random.Generator(np.random.Philox(_SEED)).integers(0, count, size=(resamples, count))

"""Shares of replications in which something happens, and how they differ between paired worlds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.statistics import Interval
from sim.statistics import LEVEL


@dataclass(frozen=True, slots=True)
class Proportion:
    """How often something happened.

    Attributes
    ----------
    hits, count
        In how many replications, and of how many.
    interval
        Share with the interval of Clopper and Pearson.
    """

    hits: int
    count: int
    interval: Interval


def proportion(hits: int, count: int) -> Proportion:
    """Return how often something happened, with an exact interval (Clopper and Pearson 1934).

    The bounds are quantiles of beta distributions; the interval covers the true probability in at
    least 95% of all repeats, whatever it is.

    Examples
    --------
    >>> proportion(0, 10).interval.text()
    '0 (0 to 0.308)'
    """
    if count == 0:
        return Proportion(0, 0, Interval(math.nan, math.nan, math.nan, 0))
    from scipy.special import betaincinv

    tail = (1.0 - LEVEL) / 2.0
    low = 0.0 if hits == 0 else float(betaincinv(hits, count - hits + 1, tail))
    high = 1.0 if hits == count else float(betaincinv(hits + 1, count - hits, 1.0 - tail))
    return Proportion(hits, count, Interval(hits / count, low, high, count))


def paired_difference(first: ArrayLike, second: ArrayLike) -> Interval:
    """Return the difference of two paired shares with its interval (Bonett and Price 2012).

    With ``a`` replications in which it happens in the first world alone, ``b`` in the second alone,
    ``p = (a + 1) / (n + 2)`` and ``q = (b + 1) / (n + 2)``, the bounds are
    ``p - q +- z sqrt((p + q - (p - q)^2) / (n + 2))``, within -1 and 1. The centre is
    ``(a - b) / n``.

    Parameters
    ----------
    first, second
        Whether it happens, one a replication, shape [R].
    """
    a, b, count = _discordant(first, second)
    if count < 2:
        return Interval((a - b) / count if count else math.nan, math.nan, math.nan, count)
    from scipy.special import ndtri

    p, q = (a + 1) / (count + 2), (b + 1) / (count + 2)
    reach = float(ndtri((1 + LEVEL) / 2)) * math.sqrt((p + q - (p - q) ** 2) / (count + 2))
    centre = (a - b) / count
    return Interval(centre, max(p - q - reach, -1.0), min(p - q + reach, 1.0), count)


def mcnemar(first: ArrayLike, second: ArrayLike) -> float:
    """Two-sided p value of two paired shares being equal, exact (McNemar 1947).

    Of the replications in which the worlds differ, either is as likely to be the one in which it
    happens; NaN for fewer than two replications.

    Examples
    --------
    >>> mcnemar([1, 1, 1, 1, 0], [0, 0, 0, 0, 0])
    0.125
    """
    a, b, count = _discordant(first, second)
    if count < 2:
        return math.nan
    differing = a + b
    tail: float = sum(math.comb(differing, k) for k in range(min(a, b) + 1)) / 2**differing
    return min(1.0, 2.0 * tail)


def _discordant(first: ArrayLike, second: ArrayLike) -> tuple[int, int, int]:
    """Count the replications in which it happens in one world alone, and all of them."""
    mine, theirs = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    known = np.isfinite(mine - theirs)
    ours, others = mine[known] > 0.5, theirs[known] > 0.5
    return int((ours & ~others).sum()), int((others & ~ours).sum()), int(known.sum())

"""What pairing is worth, and how many pairs a wanted precision takes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from sim.statistics import half_width

PRECISION_SHARE: Final = 0.1
"""Half-width that is wanted, as a share of the difference, where nobody says another."""
_MOST_NEEDED: Final = 10**12


def variance_reduction(first: ArrayLike, second: ArrayLike) -> float:
    """How many times the variance of the difference is cut by sharing draws.

    ``(Var A + Var B) / Var(A - B)``: the variance that the difference of independent runs would
    have, over the one that the paired runs have. It is also how many times more replications
    independent runs need for the same interval (Law 2015, section 11.2).

    Parameters
    ----------
    first, second
        Paired outcomes, shape [R] each.

    Returns
    -------
    float
        Infinite if the difference is the same in every replication; NaN if neither run varies, or
        with fewer than two replications: there is nothing to reduce.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.size < 2:
        return math.nan
    separate = float(a.var(ddof=1) + b.var(ddof=1))
    paired = float((a - b).var(ddof=1))
    rounding = 1e-24 * float(np.square(a).max() + np.square(b).max())
    if separate <= rounding:
        return math.nan
    return math.inf if paired <= rounding else separate / paired


def replications_needed(sd: float, wanted_half_width: float) -> float:
    """How many replications make the interval of a mean as narrow as wanted.

    The smallest n with ``t_{n-1, 0.975} s / sqrt(n) <= h`` (Law 2015, section 9.4.1), s taken as it
    is: of few replications it is itself uncertain.

    Parameters
    ----------
    sd
        s: standard deviation over replications.
    wanted_half_width
        h, in the unit of the quantity.

    Returns
    -------
    float
        At least 2; infinite for a width of zero unless nothing varies; NaN if s is unknown.

    Examples
    --------
    >>> replications_needed(1.0, 0.5)
    18.0
    """
    if math.isnan(sd):
        return math.nan
    if sd == 0.0:
        return 2.0
    if not wanted_half_width > 0.0:
        return math.inf
    low, high = 1, 2  # the width falls with n, so that n is bracketed, then bisected
    while half_width(sd, high) > wanted_half_width:
        low, high = high, 2 * high
        if high > _MOST_NEEDED:
            return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if half_width(sd, middle) <= wanted_half_width else (middle, high)
    return float(high)

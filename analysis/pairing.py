"""What pairing is worth: how far shared draws narrow a difference."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


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

"""Student's interval of a mean over replications."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

LEVEL = 0.95
"""Confidence level of every interval that pricewar prints."""


def student_quantile(replications: ArrayLike) -> NDArray[np.float64]:
    """Upper quantile of Student's t that bounds a mean over ``R`` replications at ``LEVEL``.

    ``t_{R-1, 0.975}`` (Student 1908), elementwise; NaN for a single replication.

    Examples
    --------
    >>> round(float(student_quantile(10)), 3)
    2.262
    """
    from scipy.special import stdtrit  # most sweeps have no stopping rule and load no scipy

    return np.asarray(stdtrit(np.asarray(replications) - 1, (1 + LEVEL) / 2), dtype=np.float64)


def half_width(sd: float, replications: int) -> float:
    """Half-width of the interval of a mean: ``t_{R-1, 0.975} sd / sqrt(R)``.

    Parameters
    ----------
    sd
        Standard deviation over replications, with ``R - 1`` in the denominator.
    replications
        How many, at least two.
    """
    return float(student_quantile(replications)) * sd / math.sqrt(replications)

"""Standard errors by resampling whole documents."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

RESAMPLES = 2000
_SEED = 20251031


def ratio_standard_error(sums: ArrayLike, counts: ArrayLike) -> float:
    """Return the standard error of ``sum(sums) / sum(counts)``, resampling documents.

    Parameters
    ----------
    sums, counts
        Of each document: the total of a paired difference, and how many items it is over.

    References
    ----------
    Efron, B., Tibshirani, R. (1993). *An Introduction to the Bootstrap*. Chapman and Hall.
    """
    total, count = np.asarray(sums, float), np.asarray(counts, float)
    documents = total.size
    if documents < 2:
        return float("nan")
    draws = np.random.Generator(np.random.Philox(_SEED)).integers(
        0, documents, size=(RESAMPLES, documents)
    )
    return float(np.std(total[draws].sum(axis=1) / count[draws].sum(axis=1), ddof=1))

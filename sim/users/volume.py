"""Token volumes of users: lognormal, with a Pareto tail that is cut at its 99.9th percentile."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from sim.scenario.demand import Volume

CUT_QUANTILE = 0.999
_POINTS = 512


def volume_quantile(volume: Volume, quantile: ArrayLike) -> NDArray[np.float64]:
    """Volume in Mtok per month at a quantile, if every task paid.

    Parameters
    ----------
    volume : Volume
        Median, spread, and the Pareto tail above ``pareto_from_quantile``.
    quantile : array_like
        Between 0 and 1; above the cut, the volume at the cut.
    """
    q = np.minimum(quantile, CUT_QUANTILE)
    begin = volume.pareto_from_quantile
    body = volume.median_mtok_per_month * np.exp(volume.log_sd * ndtri(np.minimum(q, begin)))
    if begin >= CUT_QUANTILE:
        return np.asarray(body)
    tail = ((1.0 - begin) / np.minimum(1.0 - q, 1.0 - begin)) ** (1.0 / volume.pareto_index)
    return np.asarray(body * tail)


def stratum_means(volume: Volume, strata: int) -> NDArray[np.float64]:
    """Mean volume in each of ``strata`` equally likely strata, smallest first.

    Types carry these means instead of random volumes: the mean volume of a domain is then right at
    any number of types, and does not jump between replications with a draw from the heavy tail.

    Returns
    -------
    ndarray of float64, shape (strata,)
    """
    points = (np.arange(strata * _POINTS) + 0.5) / (strata * _POINTS)
    return np.asarray(volume_quantile(volume, points).reshape(strata, _POINTS).mean(axis=1))


def mean_volume(volume: Volume, strata: int) -> float:
    """Mean volume in Mtok per month of the users that ``strata`` types stand for."""
    return float(stratum_means(volume, strata).mean())

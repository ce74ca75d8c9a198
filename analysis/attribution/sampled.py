"""Shapley values from sampled orders, where there are too many worlds to run them all.

Along an order factors are switched on one after another; what each adds when its turn comes,
averaged over orders, is its Shapley value (Castro, Gomez and Tejada 2009). Each order is taken
with its reverse, and the mean of both counts as one draw (Mitchell, Cooper, Frank and Holmes 2022).
Every order adds up to the total, so their mean does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from analysis.statistics import Interval
from sim.quantities import FloatArray
from sim.statistics import LEVEL


@dataclass(frozen=True, slots=True)
class SampledValue:
    """A Shapley value from sampled orders.

    Attributes
    ----------
    interval
        Its mean, and bounds for what replications and the sample of orders leave open together.
    sampling_error
        Standard error of the sample of orders alone, in the unit of the outcome.
    """

    interval: Interval
    sampling_error: float


def sampled_value(added: FloatArray) -> SampledValue:
    """Return a factor's Shapley value from what it added along orders.

    Orders and replications are crossed: the variance of the mean is at most that of the orders'
    means plus that of the replications' means, each over their number, whose degrees of freedom
    are pooled (Satterthwaite 1946).

    Parameters
    ----------
    added
        (M, R): what it added along each pair of orders, in each replication.
    """
    orders, replications = added.shape
    centre = float(added.mean())
    between = _variance_of_mean(added.mean(axis=1))
    chance = _variance_of_mean(added.mean(axis=0))
    error = math.sqrt(between)
    if replications < 2 or orders < 2:
        return SampledValue(Interval(centre, math.nan, math.nan, replications), error)
    variance = between + chance
    pooled = between**2 / (orders - 1) + chance**2 / (replications - 1)
    if pooled == 0.0:
        return SampledValue(Interval(centre, centre, centre, replications), error)
    from scipy.special import stdtrit

    quantile = float(stdtrit(variance**2 / pooled, 0.5 * (1.0 + LEVEL)))
    half = quantile * math.sqrt(variance)
    return SampledValue(Interval(centre, centre - half, centre + half, replications), error)


def _variance_of_mean(values: FloatArray) -> float:
    return float(np.var(values, ddof=1)) / values.size if values.size > 1 else math.nan

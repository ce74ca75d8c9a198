r"""Where searches for a price equilibrium begin.

If users were all alike and bought one unit, an owner's products would all have the margin

.. math:: \mu \left[1 + W\!\left(\frac{1}{R} \sum_{k} e^{(a_k - c_k)/\mu - 1}\right)\right]

against rivals and an outside good that weigh R, with W the Lambert function (of which the Wright
function is that of an exponential, and cannot overflow). One search begins there, rivals being at
cost; one at a tenth of these margins; and one at those of owners without rivals.
"""

from __future__ import annotations

import numpy as np
from scipy.special import wrightomega

from sim.equilibrium.first_order import Conditions
from sim.quantities import BoolArray, FloatArray

_LOW = 0.1


def starts(conditions: Conditions, free: BoolArray, given: FloatArray | None) -> list[FloatArray]:
    """Return at least three vectors of prices; those that are not free are as given.

    Parameters
    ----------
    conditions
        Of all products.
    free
        Prices that owners set, (P,).
    given
        A start of the caller's, (P,), which then comes first.
    """
    cost = conditions.cost
    at_cost = np.maximum(cost, _just_above(conditions.demand.lowest_price, cost))
    probability, fall = _mean_user(conditions, at_cost)
    against_all = _margins(conditions, probability, fall, with_rivals=True)
    alone = _margins(conditions, probability, fall, with_rivals=False)
    found = [cost + against_all, cost + _LOW * against_all, cost + alone]
    if given is None:
        return found
    return [given, *(np.where(free, prices, given) for prices in found)]


def _mean_user(conditions: Conditions, price: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean of P and of -dV/dp over users, (P,)."""
    demand = conditions.demand
    share = demand.weight / demand.weight.sum()
    if demand.usage is None:
        sold = conditions.at(price).sold / demand.weight.sum()
        return sold, np.full(price.size, share @ demand.price_weight)
    bought = np.broadcast_to(demand.usage.at(price).quantity, demand.utility.shape)
    return share @ demand.probability(price), (share * demand.price_weight) @ bought


def _margins(
    conditions: Conditions, probability: FloatArray, fall: FloatArray, *, with_rivals: bool
) -> FloatArray:
    """Return each owner's margin for its products, (P,), if users were all like their mean."""
    # utilities of the mean user that explain the shares at cost, over the outside good's
    probability = np.maximum(probability, np.finfo(float).tiny)
    outside = np.log(max(1.0 - float(probability.sum()), 1e-9))
    log_own = _log_sum(conditions.ownership > 0.0, probability)
    others = conditions.ownership <= 0.0 if with_rivals else np.zeros_like(conditions.ownership)
    log_rivals = np.logaddexp(_log_sum(others, probability), outside)
    return np.asarray((1.0 + wrightomega(log_own - 1.0 - log_rivals)) / fall)


def _log_sum(which: BoolArray | FloatArray, probability: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(which @ probability))


def _just_above(lowest: float, cost: FloatArray) -> float:
    """Return a price at which there is demand, for products that cost nothing."""
    if np.isneginf(lowest):
        return lowest
    return lowest + 1e-3 * max(float(cost.max()), 1e-6)

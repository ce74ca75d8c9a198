"""What an owner would gain by prices far from those found: the second-order condition is local.

Where users differ, an owner's profit may have several peaks: a price for everybody, and a higher
one for those who do not mind. Each owner's margins are multiplied by the same factor, while rivals'
prices are held.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.equilibrium.first_order import Conditions
from sim.quantities import BoolArray, FloatArray

FACTORS = (0.2, 0.5, 0.8, 1.25, 2.0, 4.0, 8.0)
"""Of margins."""


class Gain(NamedTuple):
    """What the owner that gains most would do.

    Attributes
    ----------
    share
        What it gains, as a share of its profit; below zero if nobody gains.
    price
        With its prices instead of those found, (P,).
    """

    share: float
    price: FloatArray


def largest_gain(conditions: Conditions, price: FloatArray, free: BoolArray) -> Gain:
    """Return the most that an owner gains by one of the factors.

    Parameters
    ----------
    conditions
        Of all products.
    price
        p, (P,).
    free
        Prices that owners set, (P,).
    """
    owned, cost = conditions.ownership, conditions.cost
    largest, seen, beside = Gain(-np.inf, price), ~free, conditions.demand.beside(price)
    for product in np.flatnonzero(free):
        if seen[product]:
            continue
        own = (owned == owned[product]).all(axis=1) & free
        seen |= own
        part, kept = beside(own | (owned[product] > 0.0))
        share, margin = owned[product, kept], price[kept] - cost[kept]
        profits = [
            float((share * margin * scale) @ part.quantity(cost[kept] + margin * scale))
            for factor in (1.0, *FACTORS)
            for scale in [np.where(own[kept], factor, 1.0)]
        ]
        best = int(np.argmax(profits[1:]))
        gain = profits[1 + best] / profits[0] - 1.0 if profits[0] > 0.0 else -np.inf
        if gain > largest.share:
            changed = np.where(own, cost + FACTORS[best] * (price - cost), price)
            largest = Gain(gain, changed)
    return largest

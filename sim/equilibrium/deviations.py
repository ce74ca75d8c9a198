"""What an owner would gain by prices far from those found: the second-order condition is local.

Where users differ, an owner's profit may have several peaks: a price for everybody, and a higher
one for those who do not mind. Each owner's margins are multiplied by the same factor, while rivals'
prices are held.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.equilibrium.first_order import Conditions, Point
from sim.equilibrium.kernel.deviations import deviate
from sim.equilibrium.kernel.records import LANES
from sim.quantities import BoolArray, FloatArray

FACTORS = np.array([0.2, 0.5, 0.8, 1.25, 2.0, 4.0, 8.0])
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


def largest_gain(conditions: Conditions, point: Point, free: BoolArray) -> Gain:
    """Return the most that an owner gains by one of the factors.

    Parameters
    ----------
    conditions
        Of all products.
    point
        Where prices are.
    free
        Prices that owners set, (P,).
    """
    demand, cost, price = conditions.demand, conditions.cost, point.price
    tried = np.where(free, cost + FACTORS[:, None] * (price - cost), price)
    now, then = demand.bought(price), [demand.bought(one) for one in tried]
    is_one_unit, conditions.room.point = demand.usage is None, None
    profits = np.zeros((len(conditions.owned), len(tried)))
    deviate(
        price.copy(),
        tried.copy(),
        cost,
        demand.choices,
        conditions.owner,
        conditions.owned,
        now.surplus,
        now.quantity,
        None if is_one_unit else np.array([one.surplus for one in then]),
        None if is_one_unit else np.array([one.quantity for one in then]),
        conditions.room.held,
        np.empty((price.size, LANES)),
        profits,
    )
    before = conditions.owned @ ((price - cost) * point.sold)
    earns = before > 0.0
    earns &= np.bincount(conditions.owner, free, earns.size) > 0.0
    if not earns.any():
        return Gain(-np.inf, price)
    gains = np.full_like(profits, -np.inf)
    gains[earns] = profits[earns] / before[earns, None] - 1.0
    who, best = np.unravel_index(int(np.argmax(gains)), gains.shape)
    return Gain(float(gains[who, best]), np.where(conditions.owner == who, tried[best], price))

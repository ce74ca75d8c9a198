r"""The price at which a profit is highest, found on a lattice.

Prices tried are the present one times :math:`e^{n h}`, n a whole number and h a step of 0.4%. Every
64th is tried, up to a factor of 7.7 either way; then every 8th between the best one's neighbours;
then every one. Of equally good prices the highest is taken.

On a lattice, a cost that rises never lowers the price: profit gains :math:`-D(p)` a unit of cost,
and :math:`-D` rises in p, so that whatever was better than all lower prices still is (Topkis 1978).
It holds as the levels are searched, too, because the points tried at one level in two windows that
overlap are the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable

LOG_STEP = 0.004
_STRIDES, _NEAR = (64, 8, 1), (8, 1)
_REACH = 8
"""Strides that are tried to either side."""


def best_price(profit: Callable[[float], float], price: float, *, only_near: bool = False) -> float:
    """Return the price of highest profit; the present one if none is higher.

    Parameters
    ----------
    profit
        Of a price.
    price
        The present one, above 0.
    only_near
        Leave prices aside that are more than 30% away.
    """
    known: dict[int, float] = {}

    def at(place: int) -> float:
        if place not in known:
            known[place] = profit(price * math.exp(place * LOG_STEP))
        return known[place]

    best = 0
    for stride in _NEAR if only_near else _STRIDES:
        places = range(best - _REACH * stride, best + _REACH * stride + 1, stride)
        best = max(places, key=lambda place: (at(place), place))
    return price * math.exp(best * LOG_STEP)

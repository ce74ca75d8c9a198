"""Prices that meet the conditions: Newton's method, with the zeta map where it does not help.

Newton's step is taken where it halves the residual at least. Otherwise the zeta map is iterated
(Morrow and Skerlos 2011), twice as often at each failure, and Newton's method tried again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.equilibrium.first_order import Conditions, Point
from sim.quantities import BoolArray, FloatArray

_AIM, TOLERANCE = 1e-14, 1e-9
"""Residuals, relative to the least margin: what is aimed at, and what is accepted."""
_MOST_STEPS = 2_000
_HALVES = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Where the search from one start ended.

    Attributes
    ----------
    start
        Prices that it began with, (P,).
    point
        Where it ended.
    residual
        Largest absolute step of the zeta map that is left, in units of price.
    relative_residual
        The largest of these steps over the least margin, mu in the logit.
    steps
        How often the conditions were computed.
    """

    start: FloatArray
    point: Point
    residual: float
    relative_residual: float
    steps: int

    @property
    def has_converged(self) -> bool:
        """Whether the residual is small enough."""
        return self.relative_residual <= TOLERANCE


def follow(conditions: Conditions, start: FloatArray, free: BoolArray) -> Course:
    """Return where the search from a start ends.

    Parameters
    ----------
    conditions
        Of all products.
    start
        Prices, (P,).
    free
        Prices that owners set, (P,); the others stay.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the residual says so
        return _follow(conditions, start, free)


def _follow(conditions: Conditions, start: FloatArray, free: BoolArray) -> Course:
    point = conditions.at(start)
    left, steps, zeta, patience = _relative(point, free), 1, 0, 1
    while left > _AIM and steps < _MOST_STEPS:
        steps += 1
        following = None if zeta else _newton(conditions, point, free)
        after = np.inf if following is None else _relative(following, free)
        if following is not None and after < _HALVES * left:
            point, left = following, after
            continue
        if left <= TOLERANCE:
            break  # as near as numbers of this precision come
        if zeta == 0:
            zeta, patience = patience, 2 * patience
        zeta -= 1
        point = conditions.at(_zeta(point, conditions, free))
        left = _relative(point, free)
        if not np.isfinite(left):
            break
    residual = float(np.abs(point.step[free]).max(initial=0.0))
    return Course(start, point, residual, left, steps)


def _relative(point: Point, free: BoolArray) -> float:
    return float(np.max(np.abs(point.step) / point.unit, where=free, initial=0.0))


def _newton(conditions: Conditions, point: Point, free: BoolArray) -> Point | None:
    """Return the point of Newton's step; None where there is none."""
    places = np.flatnonzero(free)
    try:
        change = np.linalg.solve(point.slope()[np.ix_(places, places)], -point.step[places])
    except np.linalg.LinAlgError:
        return None
    price = point.price.copy()
    price[places] += change
    if not np.isfinite(price).all() or (price <= conditions.demand.usage.lowest_price).any():
        return None
    return conditions.at(price)


def _zeta(point: Point, conditions: Conditions, free: BoolArray) -> FloatArray:
    """Return the prices of the zeta map, none more than halfway to the lowest with demand."""
    price = point.price + np.where(free, point.step, 0.0)
    lowest = conditions.demand.usage.lowest_price
    if np.isneginf(lowest):
        return price
    return np.maximum(price, 0.5 * (point.price + lowest))

"""Prices that meet the conditions: the zeta map until it is near, then steps of Newton's kind.

The zeta map (Morrow and Skerlos 2011) is iterated while it halves the residual. Then follow steps
by the inverse of one derivative, corrected at each step by what the last one did (Broyden 1965),
and computed anew where a step does not halve the residual. If not even a fresh one does, the zeta
map is iterated, twice as often at each failure.

A search ends early where a step by the derivative at a known equilibrium would bring it ten times
nearer to that.

References
----------
Broyden, C. G. (1965). A class of methods for solving nonlinear simultaneous equations. Mathematics
of Computation 19(92), 577-593.
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
_NEAR = 0.02
"""Residual, likewise, from which on steps of Newton's kind are taken."""
_LANDS = 0.1
"""Share of its distance from a known equilibrium that a step would leave a search there."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """An equilibrium that other searches may be on their way to.

    Attributes
    ----------
    course
        Of the search that found it.
    inverse
        Of the derivative of the free prices' steps there.
    """

    course: Course
    inverse: FloatArray

    @classmethod
    def of(cls, course: Course, free: BoolArray) -> Known | None:
        """Return the one that a search found; None where the derivative has no inverse."""
        inverse = _inverse(course.point, free)
        return None if inverse is None else cls(course, inverse)

    def attracts(self, point: Point, free: BoolArray) -> bool:
        """Return whether a step by its derivative would bring a search ten times nearer."""
        there = self.course.point
        apart = (point.price - there.price)[free]
        landing = apart - self.inverse @ point.step[free]
        far, left = (np.abs(one / there.unit[free]).max(initial=0.0) for one in (apart, landing))
        return bool(left <= _LANDS * far)


def follow(
    conditions: Conditions, start: FloatArray, free: BoolArray, known: Known | None = None
) -> Course:
    """Return where the search from a start ends.

    Parameters
    ----------
    conditions
        Of all products.
    start
        Prices, (P,).
    free
        Prices that owners set, (P,); the others stay.
    known
        Where a search has ended before; None: none has.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # the residual says so
        return _follow(conditions, start, free, known)


def _follow(
    conditions: Conditions, start: FloatArray, free: BoolArray, known: Known | None
) -> Course:
    point = conditions.at(start)
    left, steps, zeta, patience = _relative(point, free), 1, 1, 1
    inverse, is_fresh = None, False
    while left > _AIM and steps < _MOST_STEPS:
        if known is not None and known.attracts(point, free):
            found = known.course
            return Course(start, found.point, found.residual, found.relative_residual, steps)
        steps += 1
        if not zeta:
            if inverse is None:
                inverse, is_fresh = _inverse(point, free), True
            following = None if inverse is None else _moved(conditions, point, free, inverse)
            after = np.inf if following is None else _relative(following, free)
            if following is not None and inverse is not None and after < _HALVES * left:
                inverse, is_fresh = _corrected(inverse, point, following, free), False
                point, left = following, after
                continue
            if left <= TOLERANCE:
                break  # as near as numbers of this precision come
            inverse = None
            if not is_fresh:
                continue
            zeta, patience = patience, 2 * patience
        zeta -= 1
        before = left
        point = conditions.at(_zeta(point, conditions, free))
        left = _relative(point, free)
        if not np.isfinite(left):
            break
        if not zeta and _NEAR < left < _HALVES * before:
            zeta = 1
    residual = float(np.abs(point.step[free]).max(initial=0.0))
    return Course(start, point, residual, left, steps)


def _relative(point: Point, free: BoolArray) -> float:
    return float(np.max(np.abs(point.step) / point.unit, where=free, initial=0.0))


def _inverse(point: Point, free: BoolArray) -> FloatArray | None:
    """Return the inverse of the derivative of the free prices' steps; None where there is none."""
    try:
        return np.asarray(np.linalg.inv(point.slope()[np.ix_(free, free)]))
    except np.linalg.LinAlgError:
        return None


def _moved(
    conditions: Conditions, point: Point, free: BoolArray, inverse: FloatArray
) -> Point | None:
    """Return the point of a step by an inverse derivative; None where there is none."""
    price = point.price.copy()
    price[free] -= inverse @ point.step[free]
    if not np.isfinite(price).all() or (price <= conditions.demand.lowest_price).any():
        return None
    return conditions.at(price)


def _corrected(inverse: FloatArray, point: Point, following: Point, free: BoolArray) -> FloatArray:
    """Return the inverse derivative that explains the last step (Broyden 1965, eq. 4.12)."""
    moved = (following.price - point.price)[free]
    explained = inverse @ (following.step - point.step)[free]
    length = float(moved @ explained)
    if length == 0.0:
        return inverse
    return np.asarray(inverse + np.outer((moved - explained) / length, moved @ inverse))


def _zeta(point: Point, conditions: Conditions, free: BoolArray) -> FloatArray:
    """Return the prices of the zeta map, none more than halfway to the lowest with demand."""
    price = point.price + np.where(free, point.step, 0.0)
    lowest = conditions.demand.lowest_price
    if np.isneginf(lowest):
        return price
    return np.maximum(price, 0.5 * (point.price + lowest))

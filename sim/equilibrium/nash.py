"""Price equilibrium of owners of several products: what `sim.nash_prices` returns.

References
----------
Nocke, V., Schutz, N. (2018). Multiproduct-firm oligopoly: an aggregative games approach.
Econometrica 86(2), 523-557: existence and uniqueness under logit and within nests of one owner.
Mixed logit may have several equilibria, or none.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sim.equilibrium.deviations import Gain, largest_gain
from sim.equilibrium.first_order import Conditions, Point
from sim.equilibrium.solving import Course, Known, follow
from sim.equilibrium.starts import starts
from sim.errors import EquilibriumError, EquilibriumWarning
from sim.quantities import BoolArray, FloatArray

_SAME = 1e-7
"""Prices are the same if they differ by no more than this share of the least margin."""
_FLAT = 1e-9
"""Second derivatives above minus this, relative to the diagonal, are not below zero."""
_GAIN = 1e-9
"""Shares of profit that are no gain, but rounding."""
_MOST_STARTS = 12


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """Prices at which no owner gains by a small change, and how sure that is.

    Attributes
    ----------
    prices
        p, (P,).
    markups
        p - c, (P,).
    shares
        Probability to choose each product, averaged over users, (P,).
    quantities
        What is bought of each, (P,): its share where users buy one unit.
    profits
        Margin times quantity, by product, (P,).
    residual
        Largest distance of a price from what its owner's first-order condition asks for, in the
        unit of prices.
    curvature
        Largest eigenvalue of an owner's second derivatives in the prices that it sets, over the
        diagonal's size: below zero, as the second-order condition asks.
    largest_gain_share
        The most that any owner gains, as a share of its profit, by multiplying its margins by a
        factor of `sim.equilibrium.deviations`: negative, if none does.
    others
        Further equilibria that other starts led to, (n, P).
    starts, failed_starts
        How many searches were made, and how many of them ended at no equilibrium.
    """

    prices: FloatArray
    markups: FloatArray
    shares: FloatArray
    quantities: FloatArray
    profits: FloatArray
    residual: float
    curvature: float
    largest_gain_share: float
    others: FloatArray
    starts: int
    failed_starts: int
    _point: Point = field(repr=False)
    _free: BoolArray = field(repr=False)

    @cached_property
    def pass_through(self) -> FloatArray:
        """dp_j/dc_k, (P, P), by the implicit function theorem.

        A row's sum is what a cost that rises for all alike adds to a price.
        """
        return _pass_through(self._point, self._free)

    @property
    def starts_agree(self) -> bool:
        """Whether all searches ended at these prices."""
        return not len(self.others) and not self.failed_starts


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where a search met the first-order conditions, and whether that is an equilibrium."""

    price: FloatArray
    unit: FloatArray
    curvature: float
    gain: Gain

    @classmethod
    def test(cls, course: Course, conditions: Conditions, free: BoolArray) -> _Place:
        """Hold it against the second-order condition, and against prices further away."""
        point = course.point
        bend = _bend(point, conditions, free)
        gain = largest_gain(conditions, point, free)
        return cls(point.price, point.unit, bend, gain)

    @property
    def is_equilibrium(self) -> bool:
        return self.curvature < -_FLAT and self.gain.share <= _GAIN

    def is_at(self, course: Course) -> bool:
        """Whether a search ended here."""
        gap = np.abs(course.point.price - self.price)
        return course.has_converged and bool((gap <= _SAME * self.unit).all())


def equilibrium(
    conditions: Conditions, free: BoolArray, start: FloatArray | None = None
) -> Equilibrium:
    """Return the price equilibrium.

    Parameters
    ----------
    conditions
        What owners want.
    free
        Prices that they set, (P,); the others are those of ``start``.
    start
        Where a first search begins, (P,), besides three others.

    Raises
    ------
    EquilibriumError
        No search ended at prices that meet the first- and second-order conditions, and from
        which no owner gains by going far.

    Warns
    -----
    EquilibriumWarning
        Not all of them ended there, or they ended at different prices.
    """
    begins = starts(conditions, free, start)
    courses: list[Course] = []
    tested: list[_Place] = []
    known = None
    for begin in begins:  # grows: whoever gains by other prices makes a further start
        course = follow(conditions, begin, free, known)
        courses.append(course)
        if not course.has_converged or any(place.is_at(course) for place in tested):
            continue
        place = _Place.test(course, conditions, free)
        tested.append(place)
        if known is None and place.is_equilibrium:
            known = Known.of(course, free)
        if place.gain.share > _GAIN and len(begins) < _MOST_STARTS:
            begins.append(place.gain.price)
    held = [place for place in tested if place.is_equilibrium]
    if not held:
        raise EquilibriumError(_why_none(courses, tested))
    place = held[0]
    best = min(filter(place.is_at, courses), key=lambda course: course.relative_residual)
    point = best.point
    quantities = point.sold
    markups = point.price - conditions.cost
    found = Equilibrium(
        prices=point.price,
        markups=markups,
        shares=_shares(conditions, point),
        quantities=quantities,
        profits=markups * quantities,
        residual=best.residual,
        curvature=place.curvature,
        largest_gain_share=place.gain.share,
        others=np.array([one.price for one in held[1:]]).reshape(-1, markups.size),
        starts=len(courses),
        failed_starts=sum(not any(one.is_at(course) for one in held) for course in courses),
        _point=point,
        _free=free,
    )
    if not found.starts_agree:
        warnings.warn(EquilibriumWarning(_disagreement(found)), stacklevel=3)
    return found


def _shares(conditions: Conditions, point: Point) -> FloatArray:
    demand = conditions.demand
    if demand.usage is None:
        return np.asarray(point.sold / demand.weight.sum())
    weight = demand.weight
    return np.asarray(weight @ demand.probability(point.price) / weight.sum())


def _pass_through(point: Point, free: BoolArray) -> FloatArray:
    found = np.zeros((free.size, free.size))
    slope = point.slope()[np.ix_(free, free)]
    found[free] = np.linalg.solve(slope, -point.cost_slope()[free])
    return found


def _bend(point: Point, conditions: Conditions, free: BoolArray) -> float:
    """Return the largest eigenvalue of the second derivatives of any owner's profit."""
    own = conditions.owner[:, None] == conditions.owner
    second = np.where(own, point.curvature(), 0.0)[np.ix_(free, free)]
    return float(np.linalg.eigvalsh(second)[-1]) if free.any() else -np.inf


def _why_none(courses: Sequence[Course], places: Sequence[_Place]) -> str:
    """Say why no search ended at an equilibrium."""
    number = len(courses)
    if places:
        bend, gain = places[0].curvature, places[0].gain.share
        why = (
            f"an owner's profit is no maximum there (second derivative {bend:.3g} of its scale)"
            if bend >= -_FLAT
            else f"an owner gains {gain:.3%} by other prices"
        )
        return (
            f"no price equilibrium: of {number} searches, those that met the first-order "
            f"conditions did so where {why}.  Where users differ much in what prices mean to them, "
            "there may be none; or give a start near the prices expected."
        )
    nearest = min(courses, key=lambda course: np.nan_to_num(course.relative_residual, nan=np.inf))
    return (
        f"no price equilibrium: none of {number} searches met the first-order conditions; the "
        f"nearest misses by {nearest.residual:.3g} in the unit of prices, "
        f"{nearest.relative_residual:.3g} of the least margin.  Check that utilities, price "
        "coefficients and costs are in one unit, or give a start near the prices expected."
    )


def _disagreement(found: Equilibrium) -> str:
    parts = []
    if len(found.others):
        gap = float(np.abs(found.others - found.prices).max())
        parts.append(
            f"searches ended at {1 + len(found.others)} different equilibria, up to {gap:.3g} "
            "apart in the unit of prices: see .others"
        )
    if found.failed_starts:
        parts.append(f"{found.failed_starts} of {found.starts} searches ended at no equilibrium")
    return "; ".join(parts)

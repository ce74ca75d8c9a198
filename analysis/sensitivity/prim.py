"""PRIM: the box of conditions inside which an outcome holds most often.

Boxes are peeled off a few points at a time (Friedman and Fisher 1999, Statistics and Computing
9(2)), as scenario discovery uses them (Bryant and Lempert 2010, Technological Forecasting and
Social Change 77(1)). The implementation of ema_workbench, which the tests of this one were held
against, takes no words and switches with current pandas.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

PEEL: Final = 0.05
"""Share of a box's points that one step takes off, at least one point."""
_SIGNIFICANT: Final = 0.05

Columns: TypeAlias = Mapping[str, NDArray[np.float64]]
"""Conditions of points by parameter, shape [P] each; of words their numbers in a list."""
Mask: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Limit:
    """Limits of a parameter: a range, or some of its words.

    Attributes
    ----------
    low, high
        Ends of the range, both within; infinite where it has none.
    kept
        Numbers of the words that are kept; empty for numbers.
    """

    low: float = -np.inf
    high: float = np.inf
    kept: tuple[float, ...] = ()

    def holds(self, values: NDArray[np.float64]) -> Mask:
        """Return which values are within."""
        if self.kept:
            return np.isin(values, self.kept)
        return (values >= self.low) & (values <= self.high)


@dataclass(frozen=True)
class Box:
    """A box of conditions.

    Attributes
    ----------
    limits
        By parameter; those that are not limited are left out.
    inside
        Which points are within, shape [P].
    holds
        At which the outcome holds, shape [P].
    """

    limits: Mapping[str, Limit]
    inside: Mask = field(repr=False)
    holds: Mask = field(repr=False)

    @property
    def density(self) -> float:
        """Share of the points within at which the outcome holds."""
        return float(self.holds[self.inside].mean()) if self.inside.any() else 0.0

    @property
    def coverage(self) -> float:
        """Share of the points at which the outcome holds that are within."""
        return float(self.inside[self.holds].mean()) if self.holds.any() else 0.0

    @property
    def mass(self) -> float:
        """Share of all points that are within."""
        return float(self.inside.mean())

    def without(self, name: str, columns: Columns) -> Box:
        """Return the box without the limit of a parameter."""
        limits = {other: limit for other, limit in self.limits.items() if other != name}
        return replace(self, limits=limits, inside=_within(limits, columns, self.holds.size))

    def p_value(self, name: str, columns: Columns) -> float:
        """Chance that a limit which means nothing would reach this density (Bryant and Lempert).

        ``P[B(n, q) >= n density]``, where n points are within and q is the density without the
        limit.
        """
        from scipy.stats import binom

        count, hits = int(self.inside.sum()), int(self.holds[self.inside].sum())
        return float(binom.sf(hits - 1, count, self.without(name, columns).density))


def peeled(
    columns: Columns, holds: Mask, words: Sequence[str] = (), least_mass: float = 0.05
) -> list[Box]:
    """Return the trajectory of boxes, from all points to the smallest box.

    Each step takes off that end of a range, or that word, which raises the density most for each
    point taken off.

    Parameters
    ----------
    columns
        Conditions of the points.
    holds
        At which the outcome holds, shape [P].
    words
        Which parameters are no numbers and have no order.
    least_mass
        Share of all points that a box keeps at least.
    """
    boxes = [Box({}, np.ones(holds.size, dtype=np.bool_), holds)]
    least = max(int(np.ceil(least_mass * holds.size)), 1)
    while boxes[-1].density < 1.0:
        box = boxes[-1]
        steps = [step for step in _steps(box, columns, set(words)) if step.inside.sum() >= least]
        best = max(steps, key=lambda step: _gain(box, step), default=box)
        if best is box or _gain(box, best) <= 0.0:
            break
        boxes.append(best)
    return boxes


def chosen(boxes: Sequence[Box], columns: Columns, density: float) -> Box:
    """Return the box of a trajectory that covers most at a density, without idle limits.

    Parameters
    ----------
    boxes
        A trajectory.
    columns
        Conditions of the points.
    density
        What is wanted at least; where none reaches it, the densest box is returned.
    """
    dense = [box for box in boxes if box.density >= density]
    box = (
        max(dense, key=lambda one: (one.coverage, one.density))
        if dense
        else max(boxes, key=lambda b: b.density)
    )
    while box.limits:
        idle = max(box.limits, key=lambda name: box.p_value(name, columns))
        wider = box.without(idle, columns)
        keeps = wider.density >= min(density, box.density)
        if not keeps and (not dense or box.p_value(idle, columns) <= _SIGNIFICANT):
            break
        box = wider
    return box


def pasted(box: Box, columns: Columns) -> Box:
    """Return a box to which points beside its ranges are given back while none of its density goes.

    As Friedman and Fisher's pasting: each step moves one end out by a share of the box' points, and
    by fewer where those would cost density.
    """
    step = max(int(PEEL * box.inside.sum()), 1)
    while step:
        wider = [one for one in _pastes(box, columns, step) if one.density >= box.density]
        if wider:
            box = max(wider, key=lambda one: (one.coverage, one.mass))
        else:
            step //= 2
    return box


def _pastes(box: Box, columns: Columns, step: int) -> Iterator[Box]:
    for name, limit in box.limits.items():
        if limit.kept:
            continue
        beside = box.without(name, columns).inside
        below = np.sort(columns[name][beside & (columns[name] < limit.low)])[::-1]
        above = np.sort(columns[name][beside & (columns[name] > limit.high)])
        ends = []
        if below.size:
            ends.append(replace(limit, low=float(below[min(step, below.size) - 1])))
        if above.size:
            ends.append(replace(limit, high=float(above[min(step, above.size) - 1])))
        for end in ends:
            limits = {**box.limits, name: end}
            yield replace(box, limits=limits, inside=_within(limits, columns, box.holds.size))


def _gain(box: Box, step: Box) -> float:
    taken = int(box.inside.sum()) - int(step.inside.sum())
    return (step.density - box.density) / taken


def _steps(box: Box, columns: Columns, words: set[str]) -> Iterator[Box]:
    for name, column in columns.items():
        values = column[box.inside]
        before = box.limits.get(name, Limit())
        if name in words:
            kept = np.unique(values).tolist()
            limits = [Limit(kept=tuple(one for one in kept if one != left)) for left in kept]
        else:
            limits = _narrowed(before, values)
        for limit in limits:
            if name in words and not limit.kept:
                continue
            inside = box.inside & limit.holds(column)
            if 0 < inside.sum() < box.inside.sum():
                yield replace(box, limits={**box.limits, name: limit}, inside=inside)


def _narrowed(limit: Limit, values: NDArray[np.float64]) -> list[Limit]:
    """Return a range without a share of the points at either end, or without all of one value."""
    ordered = np.unique(values)
    if ordered.size < 2:
        return []
    low = max(float(np.quantile(values, PEEL, method="lower")), ordered[0])
    high = min(float(np.quantile(values, 1.0 - PEEL, method="higher")), ordered[-1])
    above, below = ordered[ordered > low], ordered[ordered < high]
    found = [replace(limit, low=float(above[0]))] if above.size else []
    return [*found, replace(limit, high=float(below[-1]))] if below.size else found


def _within(limits: Mapping[str, Limit], columns: Columns, size: int) -> Mask:
    inside = np.ones(size, dtype=np.bool_)
    for name, limit in limits.items():
        inside &= limit.holds(columns[name])
    return inside

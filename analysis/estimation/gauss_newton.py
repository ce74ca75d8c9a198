r"""Gauss-Newton steps on real runs, from where the surface has its minimum.

Derivatives are central differences on common random numbers; the step solves

.. math:: \min_d \; (g - G d)' W (g - G d), \quad 0 \le u + d \le 1

and is taken whole, half or a quarter, whichever real runs say is best. It ends where none of them
is better, or where the step is small against what chance does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.estimation.bank import Bank
from analysis.estimation.criterion import Criterion
from analysis.estimation.surrogate import Surrogate
from sim.errors import UsageError
from sim.quantities import FloatArray

_PARTS = (1.0, 0.5, 0.25)
_SMALL_DROP = 0.01
"""A step that promises less than this off Q, which is of the order of one a moment, is chance."""


class Simulator(Protocol):
    """Simulates points; replication r draws the same random numbers at every point."""

    def __call__(self, points: FloatArray, stage: str, replications: int) -> Bank:
        """Simulate points.

        Parameters
        ----------
        points
            Unit coordinates, shape [N, p].
        stage
            What they are for, in words fit for the name of a folder.
        replications
            How often each.
        """


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes
    ----------
    unit
        Where it ended, shape [p].
    value
        Q there, by real runs.
    part
        Of the whole step that was taken; 0: the start.
    """

    unit: FloatArray
    value: float
    part: float


@dataclass(frozen=True)
class RealFit:
    """Where real runs ended.

    Attributes
    ----------
    unit
        Shape [p].
    moments
        By replication, shape [S, m].
    jacobian
        Of the m moments, shape [m, p].
    bank
        All runs near the end, whose replications measure chance.
    steps
        From the start on.
    converged
        Whether it ended because no step was better, and not because steps ran out.
    """

    unit: FloatArray
    moments: FloatArray
    jacobian: FloatArray
    bank: Bank
    steps: tuple[Step, ...]
    converged: bool

    @property
    def means(self) -> FloatArray:
        """Mean moments, shape [m]."""
        found: FloatArray = np.nanmean(self.moments, axis=0)
        return found


def gauss_newton(
    simulator: Simulator,
    criterion: Criterion,
    surface: Surrogate,
    start: FloatArray,
    *,
    replications: int,
    difference: float,
    most_steps: int,
) -> RealFit:
    """Walk down on real runs.

    Parameters
    ----------
    simulator
        Runs the simulator.
    criterion
        What is minimised.
    surface
        Lends a derivative where runs failed.
    start
        Shape [p].
    replications
        Of each point.
    difference
        Half-width of the differences, in unit coordinates.
    most_steps
        Steps at most; 0: only the start is run, and its differences.

    Raises
    ------
    UsageError
        If runs at the start fail.
    """
    unit, converged, number = start, False, 0
    steps: list[Step] = []
    while True:
        points = _differences(unit, difference)
        around = simulator(points, f"step-{number}", replications)
        if not around.usable[0]:
            raise UsageError(
                "Runs fail where the surface has its minimum, so nothing is estimated.\n"
                "  failures.csv says why; narrow the ranges, or give the bank more points."
            )
        means = np.nanmean(around.moments[0], axis=0)
        value = float(criterion.value(unit, means))
        steps = steps or [Step(unit, value, 0.0)]
        slopes = _slopes(around, points, surface.jacobian(unit))
        if converged or number == most_steps:
            return RealFit(unit, around.moments[0], slopes, around, tuple(steps), converged)
        step = _step(criterion, unit, means, slopes)
        promised = value - _promise(criterion, unit, means, slopes, step)
        taken = None
        if promised > _SMALL_DROP:
            taken = _best(simulator, criterion, unit, step, number, replications)
        if taken is None or taken.value >= value:
            return RealFit(unit, around.moments[0], slopes, around, tuple(steps), True)
        unit = taken.unit
        steps.append(taken)
        number += 1
        converged = value - taken.value < _SMALL_DROP


def _differences(unit: FloatArray, half_width: float) -> FloatArray:
    """Return the point, and two for each coordinate; at a bound one of them is the point itself."""
    rows = [unit]
    for index in range(len(unit)):
        for sign in (-1.0, 1.0):
            moved = unit.copy()
            moved[index] = np.clip(moved[index] + sign * half_width, 0.0, 1.0)
            rows.append(moved)
    return np.array(rows)


def _slopes(around: Bank, points: FloatArray, lent: FloatArray) -> FloatArray:
    columns = []
    for index in range(points.shape[1]):
        lower, upper = 1 + 2 * index, 2 + 2 * index
        apart = points[upper, index] - points[lower, index]
        rises = around.moments[upper] - around.moments[lower]
        known = (~np.isnan(rises)).any(axis=0)
        sums, counts = np.nansum(rises, axis=0), (~np.isnan(rises)).sum(axis=0)
        columns.append(np.where(known, sums / np.maximum(counts, 1) / apart, lent[:, index]))
    return np.array(columns).T


def _step(
    criterion: Criterion, unit: FloatArray, means: FloatArray, slopes: FloatArray
) -> FloatArray:
    from scipy.optimize import lsq_linear

    root = criterion.root
    found = lsq_linear(
        root.T @ criterion.jacobian(slopes),
        root.T @ criterion.residuals(unit, means),
        bounds=(-unit - 1e-12, 1.0 - unit + 1e-12),
    )
    step: FloatArray = found.x
    return step


def _promise(
    criterion: Criterion,
    unit: FloatArray,
    means: FloatArray,
    slopes: FloatArray,
    step: FloatArray,
) -> float:
    return float(criterion.value(unit + step, means + slopes @ step))


def _best(
    simulator: Simulator,
    criterion: Criterion,
    unit: FloatArray,
    step: FloatArray,
    number: int,
    replications: int,
) -> Step | None:
    points = np.clip(np.array([unit + part * step for part in _PARTS]), 0.0, 1.0)
    tried = simulator(points, f"line-{number}", replications)
    found: Sequence[Step] = [
        Step(point, float(criterion.value(point, np.nanmean(moments, axis=0))), part)
        for point, moments, part, usable in zip(
            points, tried.moments, _PARTS, tried.usable, strict=True
        )
        if usable
    ]
    return min(found, key=lambda it: it.value, default=None)

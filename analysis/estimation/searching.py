"""Searching the surface: differential evolution over a box, then Gauss-Newton within its bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.estimation.criterion import Criterion
from analysis.estimation.surrogate import Surrogate
from sim.quantities import BoolArray, FloatArray

_REFUSED = 1e12
_GENERATIONS, _POPULATION = 60, 10


@dataclass(frozen=True)
class Box:
    """A box in unit coordinates; lower and upper corners, shape [p] each."""

    low: FloatArray
    high: FloatArray

    @classmethod
    def whole(cls, parameters: int) -> Box:
        """Return the box of all ranges."""
        return cls(np.zeros(parameters), np.ones(parameters))

    @classmethod
    def around(cls, centre: FloatArray, half_width: float) -> Box:
        """Return a box of a size around a centre, moved to lie within the ranges."""
        low = np.clip(centre - half_width, 0.0, 1.0 - 2.0 * half_width)
        return cls(low, low + 2.0 * half_width)


def search(
    surface: Surrogate,
    criterion: Criterion,
    box: Box,
    refused: Callable[[FloatArray], BoolArray] | None = None,
    seed: int = 1,
) -> FloatArray:
    """Return where the criterion is least on a surface, unit coordinates, shape [p].

    Differential evolution (Storn and Price 1997) finds the basin, and `descend` its bottom.

    Parameters
    ----------
    surface, criterion
        What is searched.
    box
        Where.
    refused
        Says of points, shape [k, p], which may not be the answer: where runs mostly fail.
    seed
        Of the search.
    """
    from scipy.optimize import Bounds, differential_evolution

    def value(columns: FloatArray) -> FloatArray:
        points = np.atleast_2d(columns.T)
        found = criterion.value(points, surface.moments(points))
        return found if refused is None else np.where(refused(points), _REFUSED + found, found)

    found = differential_evolution(
        value,  # type: ignore[arg-type]  # the stubs know no vectorised functions
        Bounds(box.low, box.high),
        rng=seed,
        vectorized=True,
        updating="deferred",
        polish=False,
        maxiter=_GENERATIONS,
        popsize=_POPULATION,
        tol=1e-4,
    )
    best = np.clip(found.x, box.low, box.high)
    bottom = descend(surface, criterion, best, box)
    return bottom if refused is None or not refused(bottom[None])[0] else best


def descend(
    surface: Surrogate,
    criterion: Criterion,
    start: FloatArray,
    box: Box,
    held: int | None = None,
) -> FloatArray:
    """Walk down a surface from a start, by Gauss-Newton steps within bounds.

    Parameters
    ----------
    surface, criterion
        What is minimised.
    start
        Shape [p].
    box
        Bounds.
    held
        A coordinate that keeps its value.
    """
    from scipy.optimize import least_squares

    free = np.array([index for index in range(len(start)) if index != held], dtype=int)
    root = criterion.root
    if not free.size:
        return start

    def whole(part: FloatArray) -> FloatArray:
        point = start.copy()
        point[free] = part
        return point

    def residuals(part: FloatArray) -> FloatArray:
        point = whole(part)
        found: FloatArray = criterion.residuals(point, surface.moments(point)) @ root
        return found

    def slopes(part: FloatArray) -> FloatArray:
        found: FloatArray = -(root.T @ criterion.jacobian(surface.jacobian(whole(part))))[:, free]
        return found

    inside = np.clip(start[free], box.low[free] + 1e-9, box.high[free] - 1e-9)
    done = least_squares(
        residuals, inside, jac=slopes, bounds=(box.low[free], box.high[free]), xtol=1e-10
    )
    return whole(done.x)

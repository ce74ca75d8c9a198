"""A simulator that looks into the journal first, and runs only what is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimation.bank import Bank
from analysis.estimation.journal import Evaluation, Journal, rounded
from analysis.estimation.space import ParameterSpace
from sim.errors import PricewarError
from sim.quantities import FloatArray

Simulate: TypeAlias = Callable[[FloatArray, int], ArrayLike]
"""Moments, shape [m], by parameters in their units, shape [p], and a seed."""


class Runner(Protocol):
    """Runs points that the journal does not hold."""

    def __call__(
        self, points: FloatArray, stage: str, replications: int
    ) -> Iterator[Sequence[Evaluation]]:
        """Yield evaluations as they are done, each batch once it is safe to be written.

        Parameters
        ----------
        points
            Unit coordinates, shape [N, p].
        stage
            What they are for.
        replications
            Numbers 0 up to this.
        """


class Journalled:
    """Simulates points, and keeps what was simulated.

    Parameters
    ----------
    runner
        Runs what is missing.
    journal
        Where it is kept.
    """

    def __init__(self, runner: Runner, journal: Journal) -> None:
        self._runner, self._journal = runner, journal

    def __call__(self, points: FloatArray, stage: str, replications: int) -> Bank:
        """Return the moments of points; see `analysis.estimation.gauss_newton.Simulator`."""
        at = rounded(points)
        missing = [
            point
            for point in np.unique(at, axis=0)
            if any(self._journal.find(point, r) is None for r in range(replications))
        ]
        if missing:
            for done in self._runner(np.array(missing), stage, replications):
                self._journal.append(done)
        rows = [
            [self._moments(point, replication) for replication in range(replications)]
            for point in at
        ]
        return Bank(at, np.array(rows))

    def _moments(self, point: FloatArray, replication: int) -> FloatArray:
        found = self._journal.find(point, replication)
        if found is None:  # a runner yields all that it is asked for
            raise RuntimeError(f"point {point} was not simulated")
        return found.moments


class FunctionRunner:
    """Runs a function of parameters and a seed, one call a run.

    Parameters
    ----------
    simulate
        The function; replication r gets the seed ``seed + r`` at every point. What it refuses to
        compute (a `PricewarError`, an arithmetic error, a wrong value) is a failed run.
    space
        Turns unit coordinates into parameters.
    moments
        m.
    seed
        The first.
    """

    def __init__(
        self, simulate: Simulate, space: ParameterSpace, moments: int, seed: int = 1
    ) -> None:
        self._simulate, self._space = simulate, space
        self._count, self._seed = moments, seed

    def __call__(
        self, points: FloatArray, stage: str, replications: int
    ) -> Iterator[Sequence[Evaluation]]:
        """Yield the replications of each point."""
        for point in points:
            yield [self._evaluate(point, stage, replication) for replication in range(replications)]

    def _evaluate(self, point: FloatArray, stage: str, replication: int) -> Evaluation:
        unit = tuple(point.tolist())
        try:
            found = self._simulate(self._space.from_unit(point), self._seed + replication)
        except (PricewarError, ArithmeticError, ValueError) as error:
            none = np.full(self._count, np.nan)
            return Evaluation(unit, replication, none, stage, str(error) or type(error).__name__)
        return Evaluation(unit, replication, np.asarray(found, dtype=float), stage)

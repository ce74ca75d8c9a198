"""Indices of one outcome of a sweep, by the method that the design of the sweep allows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np

from analysis.outcomes import Outcome
from analysis.sensitivity.factorial import Factorial
from analysis.sensitivity.index import Index, Measure
from analysis.sensitivity.morris_effects import MorrisEffects
from analysis.sensitivity.replicated import noise_variance
from analysis.sensitivity.resampling import Statistic, bootstrap_intervals
from analysis.sensitivity.responses import Responses
from analysis.sensitivity.sobol_blocks import SobolBlocks
from analysis.sensitivity.surrogate import FEWEST_POINTS, HoldOut, Surrogate
from analysis.sensitivity.surrogate_indices import surrogate_indices
from analysis.statistics import Interval
from sim.errors import ResultError
from sim.quantities import FloatArray

MORRIS: Final = "elementary effects (Morris 1991)"
SOBOL: Final = "Sobol indices of Saltelli's blocks"
FACTORIAL: Final = "analysis of variance of the complete grid"
SURROGATE: Final = "Sobol indices of a Gaussian process through the points"


@dataclass(frozen=True)
class OutcomeIndices:
    """What an outcome hangs on.

    Attributes
    ----------
    outcome
        Which.
    method
        How the indices were found.
    indices
        All of them.
    noise
        Share of the variance of a single replication that is chance, not parameters; its centre
        is NaN with one replication.
    used, of
        How many blocks or points the indices rest on, of how many the design has.
    surrogate
        The surrogate, where the indices are of one.
    """

    outcome: Outcome
    method: str
    indices: tuple[Index, ...]
    noise: Interval
    used: int
    of: int
    surrogate: Surrogate | None = None

    @property
    def hold_out(self) -> HoldOut | None:
        """Error of the surrogate, if there is one."""
        return None if self.surrogate is None else self.surrogate.hold_out

    def __repr__(self) -> str:
        """Name of the outcome, method, and what leads."""
        return f"<OutcomeIndices of {self.outcome.name}: {self.method}; first {self.ranking[:1]}>"

    @property
    def varies(self) -> bool:
        """Whether the outcome varies over the sweep."""
        return any(_known(index) > -np.inf for index in self.of_measure(self.leading))

    @property
    def leading(self) -> Measure:
        """The measure that parameters are ranked by."""
        return Measure.STAR if self.method == MORRIS else Measure.TOTAL

    @property
    def ranking(self) -> list[str]:
        """Parameters, the one on which most hangs first."""
        ranked = sorted(self.of_measure(self.leading), key=lambda index: -_known(index))
        return [index.parameter for index in ranked]

    def of_measure(self, measure: Measure) -> list[Index]:
        """Return the indices of one measure, in the design's order."""
        return [index for index in self.indices if index.measure == measure]

    def __getitem__(self, key: tuple[str, str]) -> Index:
        """Return an index by its parameter and measure: ``indices["depth", "total"]``."""
        for index in self.indices:
            if (index.parameter, index.measure) == key:
                return index
        raise KeyError(key)


def indices_of(responses: Responses, name: str, *, surrogate: bool = False) -> OutcomeIndices:
    """Return the indices of an outcome.

    Trajectories of Morris give elementary effects, Saltelli's blocks Sobol indices, a complete grid
    its analysis of variance; all else, or what is asked for, a surrogate.

    Parameters
    ----------
    responses
        Outcomes of a sweep.
    name
        Of the outcome.
    surrogate
        Whether to use a surrogate whatever the design.

    Raises
    ------
    ResultError
        If there is no such outcome, or there are too few points.
    """
    outcome, values = responses.outcome(name), responses.values[name]
    points, shares = responses.points, responses.shares
    blocks, steps = points["block"].to_numpy(np.int64), points["step"].to_numpy(np.int64)
    count = np.unique(blocks).size
    names = [axis.name for axis in responses.axes]
    single = (Measure.FIRST, Measure.TOTAL)
    if surrogate:
        return _of_surrogate(responses, outcome)
    if responses.kind == "morris":
        effects = MorrisEffects.of(blocks, steps, shares, values, int(responses.layout["levels"]))
        used = effects.effects.shape[0]
        found = _intervals(effects.measures, used, responses, "trajectory")
        measures = (Measure.STAR, Measure.MU, Measure.SIGMA, Measure.NOISE)
        indices = _labelled(names, measures, found)
        return OutcomeIndices(outcome, MORRIS, indices, _noise(values), used, count)
    if responses.kind == "sobol" and responses.layout["saltelli"]:
        saltelli = SobolBlocks.of(blocks, steps, values)
        used = saltelli.a.shape[0]
        *found, _, noise = _intervals(saltelli.indices, used, responses, "block")
        return OutcomeIndices(outcome, SOBOL, _labelled(names, single, found), noise, used, count)
    if responses.kind in ("grid", "factors"):
        factorial = Factorial.of(shares, values)
        if factorial is not None:
            *found, _, noise = bootstrap_intervals(factorial.indices, 1, values.shape[1])
            indices = _labelled(names, single, found)
            size = len(points)
            return OutcomeIndices(outcome, FACTORIAL, indices, noise, size, size)
    return _of_surrogate(responses, outcome)


_MORE_POINTS = "Add points to the design, or finish it with --resume."
_READERS = {
    "game": "It is a game: `pricewar game` with its folder says what its payoffs are.",
    "options": "It is a decision: `pricewar whatif` ranks its options.",
}
"""What to do with designs that are read otherwise, however many points they have."""


def surrogate_of(responses: Responses, name: str) -> Surrogate:
    """Return a surrogate of an outcome over the points that have it.

    Raises
    ------
    ResultError
        If there are too few points.
    """
    values = responses.values[name]
    known = ~np.isnan(values).any(axis=1)
    fewest = max(FEWEST_POINTS, 2 * len(responses.axes))
    if known.sum() < fewest:
        raise ResultError(
            f"{responses.name}: {int(known.sum())} points have {name}; a surrogate of "
            f"{len(responses.axes)} parameters takes at least {fewest}.\n"
            f"  {_READERS.get(responses.kind, _MORE_POINTS)}"
        )
    blocks = responses.points["block"].to_numpy(np.int64)
    return Surrogate(responses.axes, responses.shares[known], values[known], blocks[known])


def _of_surrogate(responses: Responses, outcome: Outcome) -> OutcomeIndices:
    values = responses.values[outcome.name]
    known = int((~np.isnan(values).any(axis=1)).sum())
    names = [axis.name for axis in responses.axes]
    fitted = surrogate_of(responses, outcome.name)
    if np.nanmax(values.mean(axis=1)) == np.nanmin(values.mean(axis=1)):
        nothing = Interval(np.nan, np.nan, np.nan, values.shape[1])
        size = 2 * len(names) + len(names) * (len(names) - 1) // 2
        found = [nothing] * size
    else:
        found = surrogate_indices(fitted, values.shape[1])
    indices = _labelled(names, (Measure.FIRST, Measure.TOTAL), found)
    return OutcomeIndices(outcome, SURROGATE, indices, _noise(values), known, len(values), fitted)


def _intervals(statistic: Statistic, used: int, responses: Responses, noun: str) -> list[Interval]:
    if used == 0:
        named = "\n".join(f"  {one}" for one in responses.missing[:5])
        raise ResultError(
            f"{responses.name}: no {noun} of the design is complete.\n{named}\n"
            "  Continue the sweep with --resume."
        )
    return bootstrap_intervals(statistic, used, responses.replications)


def _labelled(
    names: list[str], measures: tuple[Measure, ...], found: Iterable[Interval]
) -> tuple[Index, ...]:
    """Name intervals, which are ordered by measure and then by parameter, pairs last."""
    keys = [(name, measure) for measure in measures for name in names]
    keys += [(f"{one} x {other}", Measure.PAIR) for one, other in combinations(names, 2)]
    return tuple(Index(*key, it) for key, it in zip(keys, found, strict=False))


def _noise(values: FloatArray) -> Interval:
    """Share of the variance of a single replication over all points that is chance."""
    known = values[~np.isnan(values).any(axis=1)]
    points, replications = known.shape

    def share(counts: FloatArray, weights: FloatArray) -> FloatArray:
        part = counts / counts.sum()
        noise = float(part @ noise_variance(known, weights))
        means = known @ weights
        over = float(part @ np.square(means - part @ means)) - noise / replications
        whole = max(over, 0.0) + noise
        return np.array([noise / whole if whole > 0.0 else np.nan])

    return bootstrap_intervals(share, points, replications)[0]


def _known(index: Index) -> float:
    centre = index.interval.centre
    return centre if centre == centre else -np.inf

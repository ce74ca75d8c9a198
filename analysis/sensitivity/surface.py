"""A response surface: an outcome over two parameters, the others averaged out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.sensitivity.design_axis import DesignAxis
from analysis.sensitivity.factorial import Factorial
from analysis.sensitivity.outcome_indices import OutcomeIndices, surrogate_of
from analysis.sensitivity.responses import Responses
from analysis.sensitivity.surrogate import Surrogate
from sim.errors import ResultError
from sim.quantities import FloatArray

_ALONG: Final = 25
_OTHERS: Final = 64
_SEED: Final = 20240506


@dataclass(frozen=True)
class Surface:
    """An outcome over two parameters.

    Attributes
    ----------
    first, second
        The parameters.
    first_shares, second_shares
        Where along them the values are, shape [I] and [J].
    values
        Mean outcome, shape [I, J].
    surrogate
        What the values are predicted by; None: they are means of the grid's runs.
    """

    first: DesignAxis
    second: DesignAxis
    first_shares: FloatArray
    second_shares: FloatArray
    values: FloatArray
    surrogate: Surrogate | None


def surface_of(responses: Responses, indices: OutcomeIndices) -> Surface:
    """Return an outcome over the two parameters that it hangs on most.

    Raises
    ------
    ResultError
        If there are fewer than two parameters, or too few points for a surrogate.
    """
    if len(responses.axes) < 2:
        raise ResultError(f"{responses.name}: a surface takes two parameters.")
    names = [axis.name for axis in responses.axes]
    one, other = (names.index(name) for name in indices.ranking[:2])
    first, second = responses.axes[one], responses.axes[other]
    values = responses.values[indices.outcome.name]
    grid = Factorial.of(responses.shares, values) if responses.kind in ("grid", "factors") else None
    if grid is not None:
        others = tuple(axis for axis in range(len(names)) if axis not in (one, other))
        means = grid.values.mean(axis=(*others, len(names)))
        means = means if one < other else means.T
        places = [np.unique(np.round(responses.shares[:, it], 9)) for it in (one, other)]
        return Surface(first, second, places[0], places[1], means, None)
    fitted = indices.surrogate or surrogate_of(responses, indices.outcome.name)
    ends = [_places(axis) for axis in (first, second)]
    rest = np.random.default_rng(_SEED).random((_OTHERS, len(names)))
    for number, axis in enumerate(responses.axes):
        if axis.values:
            last = max(len(axis.values) - 1, 1)
            rest[:, number] = np.minimum(np.floor(rest[:, number] * len(axis.values)), last) / last
    table = np.empty((ends[0].size, ends[1].size))
    for row, share in enumerate(ends[0]):
        block = np.repeat(rest[None], ends[1].size, axis=0)
        block[:, :, one] = share
        block[:, :, other] = ends[1][:, None]
        predicted = fitted.predict(block.reshape(-1, len(names)))
        table[row] = predicted.reshape(ends[1].size, _OTHERS).mean(axis=1)
    return Surface(first, second, ends[0], ends[1], table, fitted)


def _places(axis: DesignAxis) -> FloatArray:
    return np.linspace(0.0, 1.0, len(axis.values) if axis.values else _ALONG)


@dataclass(frozen=True, slots=True)
class Swing:
    """Mean outcome where a parameter is low, and where it is high.

    Attributes
    ----------
    parameter
        Which.
    low, high
        Mean outcome over the points at its lowest and highest values: the end levels of up to four,
        the outer quarters of a range; of words, the words with the least and the most.
    low_text, high_text
        Those values.
    """

    parameter: str
    low: float
    high: float
    low_text: str
    high_text: str


def swings_of(responses: Responses, name: str) -> list[Swing]:
    """Return what each parameter moves an outcome by, over all points, the largest first."""
    means = responses.values[name].mean(axis=1)
    known = ~np.isnan(means)
    found = []
    for number, axis in enumerate(responses.axes):
        shares, values = responses.shares[known, number], means[known]
        levels = np.unique(np.round(shares, 9))
        if not axis.is_ordered:
            by_level = {float(at): float(values[shares == at].mean()) for at in levels}
            ends = (
                min(by_level, key=lambda at: by_level[at]),
                max(by_level, key=lambda at: by_level[at]),
            )
            found.append(
                Swing(
                    axis.name, by_level[ends[0]], by_level[ends[1]], *map(str, map(axis.at, ends))
                )
            )
            continue
        few = levels.size <= 4
        lowest = shares <= (levels[0] if few else 0.25) + 1e-9
        highest = shares >= (levels[-1] if few else 0.75) - 1e-9
        if lowest.any() and highest.any():
            low, high = float(values[lowest].mean()), float(values[highest].mean())
            found.append(Swing(axis.name, low, high, "low", "high"))
    return sorted(found, key=lambda swing: -abs(swing.high - swing.low))

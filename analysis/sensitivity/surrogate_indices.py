"""Sobol indices of a surrogate, with what the points leave unknown of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Final

import numpy as np

from analysis.sensitivity.replicated import drawn_weights, equal_weights
from analysis.sensitivity.surrogate import Surrogate
from analysis.statistics import Interval
from sim.quantities import FloatArray
from sim.statistics import LEVEL

_SAMPLE: Final = 2_048
_PATHS: Final = 100
_MOST_PLACES: Final = 1_600
_SEED: Final = 20240506

Evaluate = Callable[[FloatArray], FloatArray]


def surrogate_indices(surrogate: Surrogate, replications: int) -> list[Interval]:
    """Return Sobol indices of a surrogate with intervals.

    The moments that SALib's indices are made of are freed of the noise of replications: they are
    quadratic in the outcomes, so that ``(q(mean) - sum_r w_r^2 q(Y_r)) / (1 - sum_r w_r^2)`` takes
    products across replications only. Intervals hold three unknowns. Weights of the replications
    are drawn anew. Courses are drawn from the process (Le Gratiet, Cannamela and Iooss 2014,
    SIAM/ASA Journal on Uncertainty Quantification 2(1)): they differ in what the points leave
    unknown. And what the surrogate does not explain at points held out may belong to any
    parameter: each interval is wider by that share of the variance on either side.
    Draws are made over a small sample of places, less the indices of the mean over the same sample,
    plus those of the mean over a large one.

    Parameters
    ----------
    surrogate
        Of k parameters.
    replications
        On how many replications the points rest.

    Returns
    -------
    list of Interval
        First order of each parameter, total of each, interaction of each pair.
    """
    from threadpoolctl import threadpool_limits

    count, equal = len(surrogate.axes), equal_weights(replications)
    places = max(2 ** int(np.log2(_MOST_PLACES / (2 * count + 2))), 16)
    large, small = saltelli_shares(surrogate, _SAMPLE), saltelli_shares(surrogate, places)
    with threadpool_limits(1):
        whole = _Quadratic(count, surrogate.predict_each(large))
        part = _Quadratic(count, surrogate.predict_each(small))
        away = surrogate.paths(small, _PATHS) - surrogate.predict(small)
    centre, base = whole.indices(equal), part.indices(equal)
    weights = drawn_weights(replications, _PATHS, np.random.default_rng(_SEED))
    drawn = np.array(
        [part.indices(one, path) - base for one, path in zip(weights, away, strict=True)]
    )
    tail = 50 * (1 - LEVEL)
    low, high = np.nanpercentile(drawn, [tail, 100 - tail], axis=0)
    unknown = min(surrogate.hold_out.share, 1.0)
    return [
        Interval(float(one), float(first) - unknown, float(last) + unknown, replications)
        for one, first, last in zip(
            centre + np.nanmean(drawn, axis=0), centre + low, centre + high, strict=True
        )
    ]


class _Quadratic:
    """The moments of outcomes that indices are made of, by replication.

    Parameters
    ----------
    count
        Parameters.
    outcomes
        In SALib's order, shape [Q, R].
    """

    def __init__(self, count: int, outcomes: FloatArray) -> None:
        self._count, self._outcomes = count, outcomes
        self._each = np.array([self._moments(column) for column in outcomes.T])

    def indices(self, weights: FloatArray, away: FloatArray | float = 0.0) -> FloatArray:
        """Return the indices of weighted replications, moved away by a course; NaN without any."""
        moments = self._moments(self._outcomes @ weights + away)
        if weights.size > 1:
            moments = moments - np.square(weights) @ self._each
        variance = moments[-1]
        return np.asarray(moments[:-1] / variance if variance > 0.0 else moments[:-1] * np.nan)

    def _moments(self, outcomes: FloatArray) -> FloatArray:
        """Return indices times the variance that they are shares of, and that variance."""
        step = 2 * self._count + 2
        ends = np.concatenate([outcomes[::step], outcomes[step - 1 :: step]])
        variance = float(ends.var())
        return np.append(variance * salib_indices(self._count, outcomes), variance)


def saltelli_shares(surrogate: Surrogate, sample: int) -> FloatArray:
    """Return places along the axes in SALib's order, shape [sample (2k + 2), k]."""
    from SALib.sample import sobol

    drawn = sobol.sample(_problem(len(surrogate.axes)), sample, seed=_SEED)
    columns = [
        np.minimum(np.floor(column * len(axis.values)), len(axis.values) - 1)
        / max(len(axis.values) - 1, 1)
        if axis.values
        else column
        for axis, column in zip(surrogate.axes, drawn.T, strict=True)
    ]
    return np.stack(columns, axis=1)


def salib_indices(count: int, outcomes: FloatArray) -> FloatArray:
    """Return SALib's indices of outcomes in SALib's order; zeros where they do not vary."""
    from SALib.analyze import sobol

    pairs = list(combinations(range(count), 2))
    if np.ptp(outcomes) <= 1e-12 * max(float(np.abs(outcomes).max()), 1e-300):
        return np.zeros(2 * count + len(pairs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of intervals, which are taken elsewhere
        found = sobol.analyze(_problem(count), outcomes, num_resamples=2, seed=_SEED)
    return np.array([*found["S1"], *found["ST"], *(found["S2"][pair] for pair in pairs)])


def _problem(count: int) -> dict[str, object]:
    names = [f"x{number}" for number in range(count)]
    return {"num_vars": count, "names": names, "bounds": [[0.0, 1.0]] * count}

"""Sobol indices of a surrogate, with what the points leave unknown of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import combinations
from typing import Final

import numpy as np

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

    Indices by SALib over the process' mean, and over courses drawn from the process (Le Gratiet,
    Cannamela and Iooss 2014, SIAM/ASA Journal on Uncertainty Quantification 2(1)): what the courses
    differ in is what the points leave unknown. Indices of courses are taken over a small sample,
    less those of the mean over the same sample, plus those of the mean over a large one. What the
    surrogate does not explain at points held out, beyond the noise, may belong to any parameter:
    each interval is wider by that share of the variance on either side.

    Parameters
    ----------
    surrogate
        Of k parameters.
    replications
        On how many replications the points rest, for the record.

    Returns
    -------
    list of Interval
        First order of each parameter, total of each, interaction of each pair.
    """
    from threadpoolctl import threadpool_limits

    count = len(surrogate.axes)
    places = max(2 ** int(np.log2(_MOST_PLACES / (2 * count + 2))), 16)
    large, small = saltelli_shares(surrogate, _SAMPLE), saltelli_shares(surrogate, places)
    with threadpool_limits(1):
        mean = salib_indices(count, surrogate.predict(large))
        base = salib_indices(count, surrogate.predict(small))
        paths = surrogate.paths(small, _PATHS)
    drawn = np.array([salib_indices(count, path) - base for path in paths])
    tail = 50 * (1 - LEVEL)
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0)
    unknown = surrogate.hold_out.unexplained
    return [
        Interval(float(one), float(first) - unknown, float(last) + unknown, replications)
        for one, first, last in zip(mean + drawn.mean(axis=0), mean + low, mean + high, strict=True)
    ]


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
    """Return SALib's indices of outcomes in SALib's order; NaN where they do not vary."""
    from SALib.analyze import sobol

    pairs = list(combinations(range(count), 2))
    if np.ptp(outcomes) <= 1e-12 * max(float(np.abs(outcomes).max()), 1e-300):
        return np.full(2 * count + len(pairs), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of intervals, which are taken elsewhere
        found = sobol.analyze(_problem(count), outcomes, num_resamples=2, seed=_SEED)
    return np.array([*found["S1"], *found["ST"], *(found["S2"][pair] for pair in pairs)])


def _problem(count: int) -> dict[str, object]:
    names = [f"x{number}" for number in range(count)]
    return {"num_vars": count, "names": names, "bounds": [[0.0, 1.0]] * count}

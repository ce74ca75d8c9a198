"""Intervals of indices by the bootstrap: blocks of the design and replications drawn anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np

from analysis.sensitivity.replicated import drawn_weights, equal_weights
from analysis.statistics import Interval
from sim.quantities import FloatArray
from sim.statistics import LEVEL

DRAWS: Final = 1_000
"""Resamples of an interval."""
_SEED: Final = 20240506
_FEWEST: Final = 3

Statistic: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]
"""From how often each block counts, shape [N], and weights of replications, shape [R], to numbers,
shape [K]."""


def bootstrap_intervals(
    statistic: Statistic, blocks: int, replications: int, draws: int = DRAWS
) -> list[Interval]:
    """Return statistics of a design with percentile intervals at ``LEVEL`` (Efron 1979).

    Blocks, which are independent of each other, are drawn with replacement, and weights of
    replications are drawn as :func:`analysis.sensitivity.replicated.drawn_weights` does. The draws
    are the same in every call, so that the same sweep always prints the same interval.

    Parameters
    ----------
    statistic
        What is wanted.
    blocks
        How many there are; one: the design is no sample, and only replications are drawn.
    replications
        How many there are.
    draws
        Resamples.

    Returns
    -------
    list of Interval
        One a number; the bounds are NaN where neither blocks nor replications are enough (three).
    """
    centre = statistic(np.ones(blocks), equal_weights(replications))
    if blocks < _FEWEST and replications < _FEWEST:
        return [Interval(float(one), np.nan, np.nan, replications) for one in centre]
    generator = np.random.default_rng(_SEED)
    counts = (
        generator.multinomial(blocks, np.full(blocks, 1.0 / blocks), draws).astype(np.float64)
        if blocks >= _FEWEST
        else np.ones((draws, blocks))
    )
    weights = drawn_weights(replications, draws, generator)
    drawn = np.array([statistic(*pair) for pair in zip(counts, weights, strict=True)])
    tail = 50 * (1 - LEVEL)
    low, high = np.full((2, centre.size), np.nan)
    known = np.isfinite(drawn).any(axis=0)
    low[known], high[known] = np.nanpercentile(drawn[:, known], [tail, 100 - tail], axis=0)
    return [
        Interval(float(at), float(one), float(other), replications)
        for at, one, other in zip(centre, low, high, strict=True)
    ]

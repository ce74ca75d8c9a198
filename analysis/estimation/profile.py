"""Profiles: how far the criterion rises as one parameter is held and the others adapt.

What hardly raises it over the whole range is not identified by the moments, whatever its standard
error says at one point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.estimation.criterion import Criterion
from analysis.estimation.searching import Box, descend
from analysis.estimation.surrogate import Surrogate
from sim.quantities import FloatArray

_POINTS = 21


@dataclass(frozen=True)
class Profile:
    """The profile of one parameter.

    Attributes
    ----------
    unit
        Where it was held, shape [k].
    rise
        Of Q over its minimum, as multiples of what has the law F of one degree of freedom and those
        of the parameter's variance, shape [k].
    low, high
        Unit coordinates between which the rise stays below the bound: an interval at the level of
        the bound, without assuming a normal law.
    identified
        Whether an end of the interval lies within the range.
    """

    unit: FloatArray
    rise: FloatArray
    low: float
    high: float
    identified: bool


def profile(
    surface: Surrogate,
    criterion: Criterion,
    centre: FloatArray,
    index: int,
    scale: float,
    bound: float,
) -> Profile:
    """Trace the profile of one parameter over its whole range, on a surface.

    Parameters
    ----------
    surface
        Through the real runs at the estimate.
    criterion
        What is minimised.
    centre
        The estimate, shape [p].
    index
        Which parameter.
    scale
        From `Inference.profile_scale`.
    bound
        Quantile of F of one degree of freedom and those of the parameter's variance.
    """
    held_at = np.unique(np.concatenate([np.linspace(0.0, 1.0, _POINTS), centre[index : index + 1]]))
    box = Box.whole(len(centre))
    values = np.empty(len(held_at))
    middle = int(np.searchsorted(held_at, centre[index]))
    for side in (range(middle, len(held_at)), range(middle, -1, -1)):
        start = centre
        for place in side:
            start = start.copy()
            start[index] = held_at[place]
            start = descend(surface, criterion, start, box, held=index)
            values[place] = criterion.value(start, surface.moments(start))
    rise = np.maximum(values - values.min(), 0.0) / max(scale, 1e-300)
    low = _crossing(held_at[: middle + 1][::-1], rise[: middle + 1][::-1], bound)
    high = _crossing(held_at[middle:], rise[middle:], bound)
    return Profile(held_at, rise, low, high, low > 0.0 or high < 1.0)


def _crossing(away: FloatArray, rise: FloatArray, bound: float) -> float:
    """Return where the rise first passes the bound, going away from the estimate."""
    for place in range(1, len(away)):
        if rise[place] > bound:
            before, after = rise[place - 1], rise[place]
            part = 1.0 if after == before else np.clip((bound - before) / (after - before), 0, 1)
            return float(away[place - 1] + part * (away[place] - away[place - 1]))
    return float(away[-1])

r"""Naive forecasts of a price move: nobody moves, or it goes on as in the history known.

Days on which some product's price was cut come as a Poisson process, as often as in the history
known at the origin, each product beside its own price before. So the lag is exponential, censored
at the horizon. The depth is a random walk with the drift b and the variance per day s² of the index
that is chained over products on sale on both dates,

.. math:: b = \frac{y_n - y_0}{T}, \qquad s^2 = \frac1T \sum_k (\Delta y_k - b\,\Delta t_k)^2,

T the days from its first date to the origin: normal, with mean b h and variance
:math:`s^2 h (1 + h / T)` after h days.
"""

from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise

from analysis.backtests.naive import CensoredExponential, Normal
from analysis.backtests.series import Paths, Series, chained
from analysis.backtests.target import DEPTH, LAG, MOVED, Target

Made = tuple[str, str, Normal | CensoredExponential]
"""Quantity, name of the forecast, and its distribution."""


def naive_moves(target: Target, paths: Paths, origin: dt.date, end: dt.date) -> list[Made]:
    """Return naive forecasts of a move.

    Parameters
    ----------
    target
        Says what a cut is.
    paths
        Prices known at the origin, by product.
    origin, end
        First and last day.
    """
    horizon = float((end - origin).days)
    made: list[Made] = [
        (MOVED, "no_change", Normal(0.0, 0.0)),
        (LAG, "no_change", CensoredExponential(0.0, horizon)),
        (DEPTH, "no_change", Normal(0.0, 0.0)),
    ]
    known = {name: [one for one in path if one[0] <= origin] for name, path in paths.items()}
    index = chained({name: tuple(path) for name, path in known.items()}, target)
    span = float((origin - index[0][0]).days) if index else 0.0
    if span <= 0.0:
        return made
    floor = 1.0 - target.least_cut_share
    cuts = {
        day
        for path in known.values()
        for (_, before), (day, price) in pairwise(path)
        if price <= floor * before
    }
    rate = len(cuts) / span
    return [
        *made,
        (MOVED, "drift", Normal(-math.expm1(-rate * horizon), 0.0)),
        (LAG, "drift", CensoredExponential(rate, horizon)),
        (DEPTH, "drift", _depth(index, origin, span, horizon)),
    ]


def _depth(index: Series, origin: dt.date, span: float, horizon: float) -> Normal:
    held = (*index, (origin, index[-1][1]))  # the last price held until the origin
    drift = (index[-1][1] - index[0][1]) / span
    variance = (
        math.fsum(
            (value - before - drift * (day - since).days) ** 2
            for (since, before), (day, value) in pairwise(held)
        )
        / span
    )
    sd = math.sqrt(variance * horizon * (1.0 + horizon / span))
    return Normal(drift * horizon, sd)

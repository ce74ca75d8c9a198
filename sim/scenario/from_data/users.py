r"""What a market of the tables says of its users: nobody publishes most of it.

How fast users come is bounded by what was known. Tokens grow as fast as users, tokens a user and
the share of a platform together, none of which shrinks while it grows; so users grow by its rate
g at most. With a share a of all users aware on the first day and hardly any imitation yet,

.. math:: \frac{d \ln a}{dt} = p_B \frac{1 - a}{a} \le g,

so that the hazard of hearing p_B lies between what surveys of firms say and g a / (1 - a).
"""

from __future__ import annotations

import datetime as dt
import math

import numpy as np

from sim.data.adoption import adoption
from sim.data.dataset import Dataset
from sim.errors import UnknownName
from sim.scenario.from_data.quoted import quoted

PLATFORM, TOKENS = "OpenRouter (all models)", "tokens_per_week"
"""The one series of tokens that is published weekly."""

_LOOK_BACK_DAYS = 180
_LEAST_WEEKS = 8
_AWARE_SHARE = 0.3
_SURVEYED = 0.00005, 0.006 / 30.44, 0.0006
"""Hazards of hearing, a day, that the shipped scenarios have: lowest, usual and highest."""

_ASSUMED: dict[str, dict[str, tuple[float, float, float]]] = {
    "consideration": {
        "base": (0.05, 0.005, 0.1),
        "market_share_weight": (2.0, 0.5, 6.0),
        "peer_weight": (1.0, 0.2, 3.0),
        "news_weight": (1.0, 0.1, 2.0),
        "news_half_life_days": (30.0, 10.0, 90.0),
    },
    "choice": {
        "taste_scale_share": (1.0, 0.25, 2.0),
        "volume_exponent": (0.5, 0.0, 1.0),
        "switching_cost_vendor": (2.0, 1.0, 4.0),
        "switching_cost_model": (0.5, 0.1, 1.0),
        "peer_bonus": (0.3, 0.0, 1.0),
        "satisfaction_weight": (0.5, 0.0, 1.0),
    },
    "clocks": {
        "review_per_day": (0.0333, 0.011, 0.1),
        "news_review_per_day": (0.0333, 0.0, 0.1),
        "usage_per_day": (0.0333, 0.01, 0.1),
        "usage_adjustment_share": (0.1, 0.01, 0.5),
        "churn_per_day": (0.0002, 0.0, 0.001),
    },
}
"""Assumed value and range of how users choose: the ranges of the shipped scenarios."""


def population_lines(dataset: Dataset, as_of: dt.date, region: str) -> list[str]:
    """Write the population of a scenario file.

    Parameters
    ----------
    dataset
        The tables, as known at the date.
    as_of
        The date.
    region
        ``China``, of which no weekly series is published, ``global`` or ``world``.
    """
    growth = None if region == "China" else tokens_growth_per_day(dataset, as_of)
    lines = [
        "population:",
        "  users: 2000",
        "  represents_users: {value: 500000, source: assumption, range: [100000, 2500000]}",
        "  types_per_domain: 32",
        "  awareness:",
        f"    innovation_per_day: {_hearing(growth)}",
        "    imitation_per_day: {value: 0.00131, source: assumption, range: [0.00033, 0.003]}",
        f"    initial_share: {_assumed((_AWARE_SHARE, 0.1, 0.7))}",
    ]
    for group, keys in _ASSUMED.items():
        lines.append(f"  {group}:")
        lines += [f"    {key}: {_assumed(range_)}" for key, range_ in keys.items()]
    return lines


def tokens_growth_per_day(dataset: Dataset, as_of: dt.date) -> float | None:
    """Return how fast a platform's tokens grew over the half-year known, in logs a day.

    The slope of the logs of weekly tokens on time, by least squares; None where fewer than eight
    weeks are known, or tokens did not grow.
    """
    try:
        rows = adoption(PLATFORM, TOKENS, dataset)
    except UnknownName:
        return None
    since = as_of - dt.timedelta(days=_LOOK_BACK_DAYS)
    points = {(row.date - since).days: math.log(row.value) for row in rows if row.date > since}
    if len(points) < _LEAST_WEEKS:
        return None
    slope = float(np.polyfit(list(points), list(points.values()), 1)[0])
    return slope if slope > 0.0 else None


def _hearing(growth: float | None) -> str:
    low, usual, high = _SURVEYED
    if growth is None:
        return f"{{value: {usual:.3g}, source: assumption, range: [{low}, {high}]}}"
    most = max(growth * _AWARE_SHARE / (1.0 - _AWARE_SHARE), high)
    note = f"tokens on OpenRouter grew by {growth:.3g} in logs a day: at most so fast"
    return (
        f"{{value: {0.5 * (low + most):.3g}, source: assumption, range: [{low}, {most:.3g}], "
        f"note: {quoted(note)}}}"
    )


def _assumed(stated: tuple[float, float, float]) -> str:
    value, low, high = stated
    return f"{{value: {value}, source: assumption, range: [{low}, {high}]}}"

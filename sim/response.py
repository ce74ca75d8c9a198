"""How users answer to a cut of all prices: the market-wide elasticity, month by month.

Two markets begin in the same settled state, with the same draws, and nobody hears of anything. In
one, every offer is cheaper from the first day on. What tokens, adopters and spend differ by, in
logarithms over that of the cut, is what a market-wide price does: without the news of a cut, which
is attention, and without what rivals lose to each other, which cancels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.market.offer_book import first_day
from sim.market.still import at_lower_prices, without_news
from sim.quantities import FloatArray
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.offers import OfferView
from sim.users.population import Population

HORIZONS_MONTHS = (1.0, 3.0, 6.0, 12.0)


@dataclass(frozen=True, slots=True)
class Response:
    """Elasticities to a market-wide cut, as positive numbers. R replications, H horizons.

    Attributes
    ----------
    months : tuple of float
        Horizons.
    tokens, adopters : ndarray, shape (R, H)
        Minus d ln tokens used a day, and d ln adopters, over d ln price.
    """

    months: tuple[float, ...]
    tokens: FloatArray
    adopters: FloatArray


def market_response(
    scenario: Scenario,
    cut_share: float,
    replications: int,
    months: tuple[float, ...] = HORIZONS_MONTHS,
) -> Response:
    """Cut all prices of the first day and let users answer.

    Parameters
    ----------
    scenario
        From `sim.load`; its first day is settled. Its replications' seed is used.
    cut_share
        Between 0 and 1: 0.1 is a cut by a tenth.
    replications
        How many pairs.
    months
        When to look, in rising order.
    """
    still = without_news(scenario)
    before = first_day(still)
    after = at_lower_prices(before, cut_share)
    found = np.array(
        [
            [_course(still, before, view, number, months) for view in (before, after)]
            for number in range(replications)
        ]
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.log(found[:, 1] / found[:, 0]) / -np.log1p(-cut_share)
    return Response(tuple(months), gap[:, :, 0], gap[:, :, 1])


def _course(
    scenario: Scenario, start: OfferView, then: OfferView, number: int, months: tuple[float, ...]
) -> FloatArray:
    """Tokens a day and adopters at each horizon, (H, 2)."""
    population = Population.build(scenario, Streams(scenario.seed, number))
    population.start(start)
    rows = []
    for month in months:
        population.advance(month * DAYS_PER_MONTH, then)
        users = population.snapshot(then)
        rows.append([users.usage_mtok_per_day.sum(), float(users.adopters.sum())])
    return np.array(rows)

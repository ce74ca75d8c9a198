"""How the price of one product comes back to it: price, adoption, satisfaction, competitiveness.

Two markets begin in the same settled state, with the same draws, and nobody hears of the technology
or of any news. In one, the offers of one product are cheaper from the first day on. What the two
differ by is measured link by link: its users; how satisfied they are; its reputation, which follows
week by week; the attention that users pay to it; and its share of all users, which is where the
loop begins anew. A link may be cut, so that what hangs on it alone can be told: whatever follows
then differs by nothing, or by what goes another way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from sim.market.offer_book import first_day
from sim.market.reputations import Reputations
from sim.market.still import at_lower_prices, without_news
from sim.quantities import FloatArray
from sim.scenario.scenario import Scenario
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.mechanisms.consideration import ConsiderationRules, shared_intensity
from sim.users.offers import OfferView
from sim.users.population import Population

Link = Literal["price", "satisfaction", "reputation", "attention"]
HORIZONS_MONTHS: Final = (1.0, 3.0, 6.0, 12.0)
_WEEK_DAYS: Final = 7.0
USERS, SATISFACTION, REPUTATION, ATTENTION, SHARE = range(5)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a product's market differs by after a cut of its price. R replications, H horizons.

    Attributes
    ----------
    months : tuple of float
        Horizons.
    users : ndarray, shape (R, H)
        Difference of the logarithm of its users.
    satisfaction : ndarray, shape (R, H)
        Difference of their mean satisfaction.
    reputation : ndarray, shape (R, H)
        Difference of its reputation, as users hear it.
    attention : ndarray, shape (R, H)
        Difference of the logarithm of ``(a0 + a1 share) exp(a4 R)``.
    share : ndarray, shape (R, H)
        Difference of its share of the users of any product.
    """

    months: tuple[float, ...]
    users: FloatArray
    satisfaction: FloatArray
    reputation: FloatArray
    attention: FloatArray
    share: FloatArray


def price_feedback(
    scenario: Scenario,
    product: str,
    cut_share: float,
    replications: int,
    *,
    without: Link | None = None,
    months: tuple[float, ...] = HORIZONS_MONTHS,
) -> Feedback:
    """Cut the price of one product of the first day, and see what comes of it.

    Parameters
    ----------
    scenario
        From `sim.load`; its first day is settled. Its replications' seed is used.
    product
        Name of the product, on offer on the first day.
    cut_share
        Between 0 and 1: 0.1 is a cut by a tenth.
    replications
        How many pairs.
    without
        Link that is cut. ``price``: users do not feel what they pay; ``satisfaction``: they feel
        nothing; both markets then begin in the settled state of such users. ``reputation``: what
        they feel never becomes known; ``attention``: it does, but they act on what was known on the
        first day.
    months
        When to look, in rising order.

    Raises
    ------
    ValueError
        If the product is not on offer on the first day.
    """
    still = _still(scenario, without)
    before = first_day(still)
    names = [one.name for one in still.products]
    number = names.index(product) if product in names else -1
    if number < 0 or not before.listed[number]:
        raise ValueError(f"{product!r} is not on offer on the first day")
    after = at_lower_prices(before, cut_share, number)
    courses = [
        [_course(still, number, before, then, n, months, without) for then in (before, after)]
        for n in range(replications)
    ]
    gap = np.diff(np.array(courses), axis=1)[:, 0]
    return Feedback(
        months,
        gap[:, :, USERS],
        gap[:, :, SATISFACTION],
        gap[:, :, REPUTATION],
        gap[:, :, ATTENTION],
        gap[:, :, SHARE],
    )


def _still(scenario: Scenario, without: Link | None) -> Scenario:
    """Return the scenario with awareness frozen, and without the effect of a link."""
    still = without_news(scenario)
    blind: dict[Link | None, str] = {"price": "price_weight", "satisfaction": "adjustment_share"}
    if without not in blind:
        return still
    people = still.population
    numb = people.satisfaction.model_copy(update={blind[without]: 0.0})
    return still.model_copy(update={"population": people.model_copy(update={"satisfaction": numb})})


def _course(
    scenario: Scenario,
    product: int,
    start: OfferView,
    then: OfferView,
    number: int,
    months: tuple[float, ...],
    without: Link | None,
) -> FloatArray:
    """Return how the product stands at each horizon, (H, 5)."""
    population = Population.build(scenario, Streams(scenario.seed, number))
    population.start(start)
    reputations = Reputations(scenario.population, start.provider_index.astype(np.int64))
    rules = ConsiderationRules.from_scenario(scenario.population)
    heard = _heard(population, start, reputations, 0.0)
    offers = replace(then, reputation=heard)
    rows = []
    for month in months:
        until = month * DAYS_PER_MONTH
        while population.now_days < until:
            days = min(_WEEK_DAYS, until - population.now_days)
            population.advance(population.now_days + days, offers)
            if without != "reputation":
                heard = _heard(population, offers, reputations, days)
            if without != "attention":
                offers = replace(then, reputation=heard)
        standing = population.snapshot(offers)
        users = standing.users.sum(axis=0)
        share = users[product] / scenario.population.users
        attention = shared_intensity(float(share), float(offers.reputation[product]), rules)
        rows.append(
            [
                math.log(users[product]) if users[product] else -math.inf,
                standing.satisfaction_by_product[product],
                heard[product],
                math.log(attention),
                users[product] / max(users.sum(), 1),
            ]
        )
    return np.array(rows)


def _heard(
    population: Population, offers: OfferView, reputations: Reputations, days: float
) -> FloatArray:
    standing = population.snapshot(offers)
    users = standing.users.sum(axis=0).astype(np.float64)
    return reputations.follow(users, standing.satisfaction_by_product, days)

"""A market in which nobody hears of anything, and its first day's offers at lower prices."""

from __future__ import annotations

from dataclasses import replace

from sim.scenario.scenario import Scenario
from sim.users.offers import OfferView


def without_news(scenario: Scenario) -> Scenario:
    """Return the scenario with awareness as it is on the first day: nobody comes to know of it.

    Parameters
    ----------
    scenario
        Any.
    """
    people = scenario.population
    frozen = people.awareness.model_copy(
        update={"innovation_per_day": 0.0, "imitation_per_day": 0.0}
    )
    people = people.model_copy(update={"awareness": frozen})
    return scenario.model_copy(update={"population": people})


def at_lower_prices(
    offers: OfferView, cut_share: float, products: int | slice = slice(None)
) -> OfferView:
    """Return offers at prices that are lower by a share, which no one is told of.

    Parameters
    ----------
    offers
        As users see them.
    cut_share
        Between 0 and 1: 0.1 is a cut by a tenth.
    products
        The number of the product that becomes cheaper; by default all do.
    """
    price = offers.domain_price_usd_per_mtok.copy()
    price[:, products] *= 1.0 - cut_share
    return replace(offers, domain_price_usd_per_mtok=price)

"""Products listed below cost: worth a note, but no sign of a mistake."""

from __future__ import annotations

from typing import NamedTuple

from sim.sanity.costs import ListingCosts
from sim.scenario.scenario import Scenario
from sim.strategies.pricing.cost_plus import CostPlus


class BelowCost(NamedTuple):
    """A product that is listed below what its tokens cost.

    Attributes
    ----------
    product
        Its name.
    price_usd_per_mtok, marginal_cost_usd_per_mtok
        At the industry's mix, on the day of its listing; what compression does before is left out.
    """

    product: str
    price_usd_per_mtok: float
    marginal_cost_usd_per_mtok: float

    def __str__(self) -> str:
        """Line for the user."""
        price, cost = self.price_usd_per_mtok, self.marginal_cost_usd_per_mtok
        return (
            f"{self.product}: {price:.4g} USD per million tokens, {1.0 - price / cost:.0%} below "
            f"the {cost:.4g} that they cost"
        )


def listed_below_cost(scenario: Scenario) -> tuple[BelowCost, ...]:
    """Return the products that are listed below cost by a ``cost_plus`` without a mark-up.

    Parameters
    ----------
    scenario
        A scenario that can be run.
    """
    costs = ListingCosts(scenario)
    unmarked = {
        provider.name
        for provider in scenario.providers
        if isinstance(provider.price, CostPlus) and provider.price.markup_share is None
    }
    found = []
    for product in scenario.products:
        if product.provider in unmarked:
            cost = costs.usd_per_mtok(product)
            price = costs.mix.blend(product.price_usd_per_mtok.per_token)
            if price < cost:
                found.append(BelowCost(product.name, price, cost))
    return tuple(found)

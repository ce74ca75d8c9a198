"""What is refused or noted before a run, once the parts of a scenario are put together."""

from __future__ import annotations

from typing import NamedTuple

from sim.clouds.host import Host
from sim.compression.recipe_book import RecipeBook
from sim.market.offer_book import industry_mix
from sim.providers.initial_costs import initial_costs
from sim.scenario.scenario import Scenario
from sim.strategies.pricing.cost_plus import CostPlus


def refuse_infeasible(scenario: Scenario) -> None:
    """Build every provider's products and plan every project, as a run would.

    Parameters
    ----------
    scenario
        A scenario that is valid in itself.

    Raises
    ------
    ServingError
        If an accelerator that a provider may come to use cannot serve one of its models.
    CompressionError
        If no recipe makes a model smaller that a project is to compress.
    """
    recipes = RecipeBook(scenario.compression.curves)
    hosts = {cloud.name: Host(cloud) for cloud in scenario.clouds}
    mix = industry_mix(scenario)
    for provider in scenario.providers:
        products = {
            product.name: (
                product,
                initial_costs(scenario, product, provider, hosts[provider.cloud], mix),
            )
            for product in scenario.products
            if product.provider == provider.name
        }
        for project in sorted(provider.compression, key=lambda project: project.start_date):
            product, costs = products[project.product]
            recipe = recipes.recipe(
                project.method,
                project.accuracy_weight,
                product.architecture.parameters_billion,
                costs.compression,
            )
            costs.set_compression(costs.compression.after(recipe))


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
    hosts = {cloud.name: Host(cloud) for cloud in scenario.clouds}
    providers = {provider.name: provider for provider in scenario.providers}
    mix = industry_mix(scenario)
    found = []
    for product in scenario.products:
        provider = providers[product.provider]
        if not isinstance(provider.price, CostPlus) or provider.price.markup_share is not None:
            continue
        listed = max(product.launch_date, scenario.start_date)
        then = scenario.model_copy(update={"start_date": listed})
        cost = initial_costs(then, product, provider, hosts[provider.cloud], mix)
        price = mix.blend(product.price_usd_per_mtok.per_token)
        if price < cost.marginal_cost_usd_per_mtok:
            found.append(BelowCost(product.name, price, cost.marginal_cost_usd_per_mtok))
    return tuple(found)

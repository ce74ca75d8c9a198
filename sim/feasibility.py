"""What is refused before a run, once the parts of a scenario are put together."""

from __future__ import annotations

from sim.clouds.host import Host
from sim.compression.recipe_book import RecipeBook
from sim.market.offer_book import industry_mix
from sim.providers.cost_book import recipe_cost
from sim.providers.initial_costs import initial_costs
from sim.scenario.scenario import Scenario


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
                recipe_cost(project, costs),
                product.architecture.series,
                cache=project.rounds_cache,
            )
            costs.set_compression(costs.compression.after(recipe))

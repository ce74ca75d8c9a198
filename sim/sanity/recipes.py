"""Compression projects that would make tokens dearer wherever the model may come to be served."""

from __future__ import annotations

from sim.clouds.host import Host
from sim.compression.recipe_book import CompressionError, RecipeBook
from sim.errors import DataError, UnknownName
from sim.market.offer_book import industry_mix
from sim.providers.initial_costs import initial_costs
from sim.sanity.places import Places
from sim.scenario.scenario import Scenario
from sim.serving.error import ServingError


def check_recipes(scenario: Scenario, places: Places) -> None:
    """Note named recipes under which a token costs more on every accelerator."""
    projects = [
        (number, at, project)
        for number, provider in enumerate(scenario.providers)
        for at, project in enumerate(provider.compression)
        if project.method is not None
    ]
    if not projects:
        return
    recipes = RecipeBook(scenario.compression.curves)
    hosts = {cloud.name: Host(cloud) for cloud in scenario.clouds}
    products = {product.name: product for product in scenario.products}
    mix = industry_mix(scenario)
    for number, at, project in projects:
        provider, product = scenario.providers[number], products.get(project.product)
        if product is None or not product.is_hosted:
            continue
        try:
            costs = initial_costs(scenario, product, provider, hosts[provider.cloud], mix)
            state = costs.compression
            recipe = recipes.recipe(
                project.method,
                project.accuracy_weight,
                product.architecture.parameters_billion,
                state,
                series=product.architecture.series,
            )
            before, after = costs.costs_with(state), costs.costs_with(state.after(recipe))
        except (ServingError, CompressionError, DataError, UnknownName):
            continue  # refused by itself
        if all(after[name] > before[name] for name in before):
            name = min(before, key=lambda one: after[one] / before[one])
            places.note(
                ("providers", number, "compression", at, "method"),
                recipe.name,
                f"a token of {product.name} costs {after[name] / before[name] - 1.0:.0%} more by "
                f"it on {name}: unpacking weights to more bits saves memory, not arithmetic.",
                "Round activations too, such as by dynamic_w8a8:8, or leave out method, and what "
                "lowers the cost is chosen.",
            )

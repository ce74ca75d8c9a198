"""What can be told of a scenario before it runs, once its parts are put together."""

from __future__ import annotations

from sim.clouds.host import Host
from sim.compression.recipe_book import RecipeBook
from sim.market.offer_book import industry_mix
from sim.market.slot import build_firms
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
    for firm in build_firms(scenario, hosts, industry_mix(scenario)):
        slots = {slot.name: slot for slot in firm.slots}
        for project in sorted(firm.config.compression, key=lambda project: project.start_date):
            slot = slots[project.product]
            before = slot.costs.compression
            recipe = recipes.recipe(
                project.method,
                project.accuracy_weight,
                slot.config.architecture.parameters_billion,
                before,
            )
            slot.costs.set_compression(before.after(recipe))

"""What a product's tokens cost on the first day."""

from __future__ import annotations

from sim.clouds.host import Host
from sim.providers.cost_book import CostBook
from sim.providers.hardware import FleetMix, fleet_schedule
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product, Provider
from sim.serving.error import ServingError
from sim.tokens import TokenMix


def initial_costs(
    scenario: Scenario, product: Product, provider: Provider, host: Host, mix: TokenMix
) -> CostBook:
    """Return the cost book of a product on the scenario's first day.

    Parameters
    ----------
    scenario
        What is run.
    product, provider
        The product and who offers it.
    host
        The cloud that serves it; nobody does on the edge.
    mix
        The industry's mix of tokens, at which costs are blended.

    Raises
    ------
    ServingError
        If an accelerator that the provider may come to use cannot serve the model.
    """
    served = product.is_hosted
    names = {provider.accelerator, *(upgrade.accelerator for upgrade in provider.hardware)}
    try:
        return CostBook(
            product.architecture,
            {name: host.hosted(name) for name in sorted(names)} if served else {},
            _first_fleet(scenario, provider) if served else FleetMix(()),
            host.rents_usd_per_hour(sorted(names), scenario.start_date) if served else {},
            mix,
        )
    except ServingError as error:
        raise ServingError(f"products[{product.name}].architecture: {error}") from error


def _first_fleet(scenario: Scenario, provider: Provider) -> FleetMix:
    """Fleet of the first day: upgrades that began earlier have come as far as they would have."""
    fleet = FleetMix.all_on(provider.accelerator)
    if scenario.factors.hardware:
        for step in fleet_schedule(provider.hardware, scenario):
            if step.time_days <= 0.0:
                fleet = fleet.moved(step.accelerator, step.part)
    return fleet

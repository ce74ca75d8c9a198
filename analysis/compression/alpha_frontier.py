"""The trade-off that a provider faces over one model: what each recipe loses, and what it saves.

``Loss = alpha * accuracy + (1 - alpha) * size``, with size the bytes of the weights or the cost of
a token; see `sim.compression.frontier`. The model is a product of a scenario, on the accelerators
that serve it on the first day, or a published model of known architecture at 16 bits, on one
instance of eight H100.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.clouds.host import Host
from sim.clouds.hosted_chip import HostedChip
from sim.compression.frontier import TradeOff, pareto
from sim.compression.recipe_book import trade_offs
from sim.compression.recipes import Recipe, Recipes
from sim.compression.shipped_curves import shipped_curves
from sim.data.accelerators import accelerator
from sim.data.serving_speeds import serving_speeds
from sim.errors import UnknownName
from sim.market.offer_book import industry_mix
from sim.providers.cost_book import CostBook
from sim.providers.hardware import FleetMix
from sim.providers.initial_costs import initial_costs
from sim.reference import read
from sim.scenario.supply import Architecture
from sim.tokens import TokenMix

CHIP = "H100 SXM5 80GB"
MIX = TokenMix(0.75, 0.0, 0.25)
"""Three tokens of input to one of output, as list prices are blended."""
_ACCELERATORS = 8

Size = Literal["bytes", "cost"]


@dataclass(frozen=True, slots=True)
class ModelFrontier:
    """What recipes make of one model.

    Attributes
    ----------
    name
        The model.
    served
        Bits and accelerators, in words.
    outcomes
        By what size means, all recipes that lower it.
    """

    name: str
    served: str
    outcomes: dict[Size, list[TradeOff[Recipe]]]

    def edge(self, size: Size) -> list[TradeOff[Recipe]]:
        """Return the recipes that no other beats."""
        return pareto(self.outcomes[size])


def frontier_of(model: str) -> ModelFrontier:
    """Return the frontier of ``SCENARIO:PRODUCT``, or of a published model by name.

    Raises
    ------
    UnknownName
        No such product, or no published model of this name.
    ScenarioError
        The scenario cannot be read.
    """
    scenario, _, product = model.partition(":")
    architecture, costs = _of_scenario(scenario, product) if product else _of_published(model)
    recipes = Recipes(shipped_curves()).every(architecture.parameters_billion, architecture.series)
    state = costs.compression
    by_size: dict[Size, list[TradeOff[Recipe]]] = {
        "bytes": trade_offs(recipes, state),
        "cost": trade_offs(recipes, state, costs.cost_with),
    }
    fleet = ", ".join(f"{share:.0%} {name}" for name, share in costs.fleet.shares)
    served = (
        f"{architecture.parameters_billion:g} billion parameters at {state.weight_bits:g} bits, "
        f"{architecture.accelerators_per_instance} accelerators a copy ({fleet})"
    )
    return ModelFrontier(model, served, by_size)


def _of_scenario(name: str, product_name: str) -> tuple[Architecture, CostBook]:
    scenario = read(name)
    products = {product.name: product for product in scenario.products if product.is_hosted}
    if product_name not in products:
        raise UnknownName("product", product_name, products)
    product = products[product_name]
    provider = next(one for one in scenario.providers if one.name == product.provider)
    host = Host(next(one for one in scenario.clouds if one.name == provider.cloud))
    costs = initial_costs(scenario, product, provider, host, industry_mix(scenario))
    return product.architecture, costs


def _of_published(name: str) -> tuple[Architecture, CostBook]:
    known = {row.model: row for row in serving_speeds() if row.kv_bytes_per_token > 0.0}
    if name not in known:
        raise UnknownName("model", name, known)
    row = known[name]
    series = name.rpartition("-")[0]
    published = {one.name for group in shipped_curves().groups for one in group.series}
    architecture = Architecture(
        parameters_billion=row.parameters_billion,
        active_parameters_billion=row.parameters_billion,
        kv_bytes_per_token=row.kv_bytes_per_token,
        weight_bits=16.0,
        accelerators_per_instance=_ACCELERATORS,
        series=series if series in published else None,
    )
    hosted = {CHIP: HostedChip(accelerator(CHIP), target_utilisation=0.5)}
    return architecture, CostBook(architecture, hosted, FleetMix.all_on(CHIP), {CHIP: 1.0}, MIX)

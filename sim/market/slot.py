"""A product slot and its firm, as the market keeps them while a run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.clouds.host import Host
from sim.market.ledger import Account, Kind
from sim.providers.cost_book import Cause, CostBook
from sim.providers.hardware import FleetMix, fleet_schedule
from sim.providers.serving_cost import Blend
from sim.providers.serving_error import ServingError
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product, Provider
from sim.strategies.pricing.peace import PeacePricing
from sim.strategies.pricing.view import Stage
from sim.strategies.pricing.war import WarPricing


@dataclass(slots=True)
class Firm:
    """A provider at run time."""

    index: int
    config: Provider
    host: Host
    slots: list[Slot] = field(default_factory=list)
    active: bool = True
    reaction_pending: bool = False
    reactions: int = 0
    """Reactions begun so far: the ordinal of the next lag."""
    below_zero_since_days: float | None = None
    war_spent_usd: float = 0.0
    """Losses that its owner has made good."""

    @property
    def name(self) -> str:
        """Name of the provider."""
        return self.config.name

    @property
    def account(self) -> Account:
        """Its account in the ledger."""
        return Account(Kind.PROVIDER, self.config.name)

    @property
    def war_budget_left_usd(self) -> float:
        """What its owner will still make good; 0 for a policy without a budget."""
        war = self.config.war
        return 0.0 if war is None else max(0.0, war.war_budget_usd - self.war_spent_usd)

    @property
    def owner(self) -> Account:
        """Account of whoever funds it."""
        return Account(Kind.OWNER, self.config.name)


@dataclass(slots=True)
class Slot:
    """A product at run time."""

    index: int
    config: Product
    firm: Firm
    peace: PeacePricing
    war: WarPricing | None
    costs: CostBook
    peace_markup_share: float = 0.0
    """Price over marginal cost, minus one, when the present or last peace began."""
    cost_changed_before_listing_usd_per_mtok: dict[Cause, float] = field(
        default_factory=lambda: dict.fromkeys(Cause, 0.0)
    )
    stage: Stage = "peace"
    recoup_steps_taken: int = 0

    @property
    def name(self) -> str:
        """Name of the product."""
        return self.config.name

    def begin_peace(self, price_usd_per_mtok: float) -> None:
        """Leave pricing to the policy of peace, from the mark-up that the price has now."""
        cost = self.costs.marginal_cost_usd_per_mtok
        self.stage = "peace"
        self.peace_markup_share = price_usd_per_mtok / cost - 1.0 if cost > 0.0 else 0.0


def build_firms(scenario: Scenario, hosts: Mapping[str, Host], mix: Blend) -> list[Firm]:
    """Return the firms of a scenario with their product slots.

    Parameters
    ----------
    scenario
        What to run.
    hosts
        Cloud hosts by name.
    mix
        The industry's mix of tokens, at which costs are blended.
    """
    firms = []
    for index, config in enumerate(scenario.providers):
        firm = Firm(index=index, config=config, host=hosts[config.cloud])
        for number, product in enumerate(scenario.products):
            if product.provider == config.name:
                firm.slots.append(_slot(scenario, number, firm, mix))
        firms.append(firm)
    return firms


def _slot(scenario: Scenario, index: int, firm: Firm, mix: Blend) -> Slot:
    product = scenario.products[index]
    config = firm.config
    served = product.deployment == "cloud"
    names = {config.accelerator, *(upgrade.accelerator for upgrade in config.hardware)}
    try:
        costs = CostBook(
            product.architecture,
            {name: firm.host.hosted(name) for name in sorted(names)} if served else {},
            _first_fleet(scenario, config) if served else FleetMix(()),
            firm.host.rents_usd_per_hour(sorted(names), scenario.start_date) if served else {},
            mix,
        )
    except ServingError as error:
        raise ServingError(f"products[{product.name}].architecture: {error}") from error
    return Slot(
        index=index,
        config=product,
        firm=firm,
        peace=config.price,
        war=config.war,
        costs=costs,
    )


def _first_fleet(scenario: Scenario, config: Provider) -> FleetMix:
    """Fleet of the first day: upgrades that began earlier have come as far as they would have."""
    fleet = FleetMix.all_on(config.accelerator)
    if scenario.factors.hardware:
        for step in fleet_schedule(config.hardware, scenario):
            if step.time_days <= 0.0:
                fleet = fleet.moved(step.accelerator, step.part)
    return fleet

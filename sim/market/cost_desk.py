"""The cost desk: compression projects, hardware upgrades and rents, as they move costs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

from sim.clouds.host import Host
from sim.compression.recipe_book import RecipeBook
from sim.compression.recipes import Recipe
from sim.market.ledger import WORLD, Purpose
from sim.market.slot import Firm, Slot
from sim.providers.cost_book import CostChange
from sim.providers.hardware import FleetStep, fleet_schedule
from sim.providers.project_cost import ProjectCost, project_cost
from sim.scenario.supply import CompressionProject

if TYPE_CHECKING:
    from sim.market.market import Market

Process = Generator[simpy.Event, object, None]


class CostDesk:
    """Runs what changes costs as SimPy processes.

    Parameters
    ----------
    market
        The market whose costs are moved.
    """

    def __init__(self, market: Market) -> None:
        self._market = market
        compression = market.scenario.compression
        self._recipes = RecipeBook(
            compression.curves, market.streams if compression.sampled else None
        )

    def open(self) -> None:
        """Start the projects, upgrades and rents of the whole run."""
        factors = self._market.scenario.factors
        start = self._market.environment.process
        for firm in self._market.firms:
            if factors.compression:
                for project in firm.config.compression:
                    start(self._compress(firm, project))
            if factors.hardware:
                start(self._upgrade(firm))
        for host in self._market.hosts.values():
            start(self._rents(host))

    def _compress(self, firm: Firm, project: CompressionProject) -> Process:
        """Pay for a project, wait for it, and serve the smaller model from then on."""
        market = self._market
        slot = next(slot for slot in firm.slots if slot.name == project.product)
        yield market.environment.timeout(max(0.0, market.scenario.days(project.start_date)))
        if not firm.active:
            return
        chosen = self._recipes.recipe(
            project.method,
            project.accuracy_weight,
            slot.config.architecture.parameters_billion,
            slot.costs.compression,
        )
        planned = self._cost(project, chosen, slot)
        market.settlement.pay(firm, WORLD, Purpose.COMPRESSION, planned.cost_usd)
        market.record("project", slot, "started", cause=chosen.name)
        yield market.environment.timeout(planned.lead_time_days)
        if not firm.active:
            return
        market.advance()
        before = slot.costs.compression
        change = slot.costs.set_compression(before.after(chosen))
        loss = slot.costs.compression.capability_loss_logit - before.capability_loss_logit
        old = float(market.book.capability_logit[slot.index])
        market.book.set_capability(slot.index, old - loss)
        market.record("project", slot, "finished", cause=chosen.name)
        market.record("capability", slot, "capability_logit", old, old - loss, "compression")
        self._pass_on(slot, change)

    def _cost(self, project: CompressionProject, recipe: Recipe, slot: Slot) -> ProjectCost:
        """Price a project on the accelerator that serves most of the provider's tokens now."""
        firm, market = slot.firm, self._market
        shares = slot.costs.fleet.shares or ((firm.config.accelerator, 1.0),)
        name = max(shares, key=lambda share: share[1])[0]
        return project_cost(
            project,
            recipe,
            slot.config.architecture,
            firm.host.hosted(name),
            firm.host.rent_usd_per_hour(name, market.date),
            market.streams,
        )

    def _upgrade(self, firm: Firm) -> Process:
        """Move a fleet step by step to the accelerators that were ordered."""
        for step in fleet_schedule(firm.config.hardware, self._market.scenario):
            if step.time_days <= 0.0:
                continue  # the first day's fleet has it
            yield self._market.environment.timeout(step.time_days - self._market.now)
            if not firm.active:
                return
            self._move_fleet(firm, step)

    def _move_fleet(self, firm: Firm, step: FleetStep) -> None:
        self._market.advance()
        for slot in firm.slots:
            if slot.config.deployment == "cloud":
                fleet = slot.costs.fleet.moved(step.accelerator, step.part)
                self._pass_on(slot, slot.costs.set_fleet(fleet))

    def _rents(self, host: Host) -> Process:
        """Follow the dated rents of a cloud host."""
        market = self._market
        scenario = market.scenario
        for date in host.rent_dates(scenario.start_date, scenario.end_date):
            yield market.environment.timeout(scenario.days(date) - market.now)
            market.advance()
            before = host.rents_usd_per_hour(host.accelerators, date - dt.timedelta(days=1))
            rents = host.rents_usd_per_hour(host.accelerators, date)
            for name, rent in rents.items():
                if rent != before[name]:
                    market.record(
                        "rent", name, "rent_usd_per_hour", before[name], rent, actor=host.name
                    )
            for slot in market.slots:
                if slot.firm.host is host and slot.config.deployment == "cloud":
                    served = slot.costs.rents_usd_per_hour.keys()
                    self._pass_on(
                        slot, slot.costs.set_rents({name: rents[name] for name in served})
                    )

    def _pass_on(self, slot: Slot, change: CostChange) -> None:
        """Record a change of cost, and let the provider's policy decide what becomes of it."""
        if change.old_usd_per_mtok == change.new_usd_per_mtok:
            return
        self._market.record(
            "cost",
            slot,
            "marginal_cost_usd_per_mtok",
            change.old_usd_per_mtok,
            change.new_usd_per_mtok,
            change.cause,
        )
        if self._market.book.listed[slot.index]:
            self._market.pricing.cost_changed(slot, change.cause)

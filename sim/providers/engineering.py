"""Engineering: compression projects and moves to other accelerators, which change what tokens cost.

A provider's rents change its costs too: see `sim.clouds.host.Host.follow_rents`.
"""

from __future__ import annotations

from collections.abc import Hashable

from sim.compression.recipe_book import RecipeBook
from sim.compression.recipes import Recipe
from sim.market.ledger import WORLD, Purpose
from sim.market.stage import Process, Stage
from sim.providers.cost_book import recipe_cost
from sim.providers.hardware import FleetStep, fleet_schedule
from sim.providers.product import Product
from sim.providers.project_cost import ProjectCost, project_cost
from sim.providers.provider import Provider
from sim.record.event import Cause, Event, EventKind, RecipeName
from sim.scenario.supply import CompressionProject


class Engineering:
    """The engineers of one provider.

    Parameters
    ----------
    provider
        Whose they are.
    recipes
        What they may do to a model.
    stage
        The market.

    Attributes
    ----------
    failing
        Methods and products whose projects end with nothing, None for all, by what makes them.
    """

    def __init__(self, provider: Provider, recipes: RecipeBook, stage: Stage) -> None:
        self._provider = provider
        self._recipes = recipes
        self._stage = stage
        self.failing: dict[Hashable, tuple[str | None, str | None]] = {}

    def open(self) -> None:
        """Begin all projects and upgrades of the run."""
        factors = self._stage.scenario.factors
        if factors.compression:
            for project in self._provider.config.compression:
                self._stage.start(self._compress(project))
        if factors.hardware:
            self._stage.start(self._upgrade())

    def _compress(self, project: CompressionProject) -> Process:
        """Pay for a project, wait for it, and serve the smaller model from then on.

        A provider that has not the cash for it does not begin.
        """
        stage, provider = self._stage, self._provider
        product = next(one for one in provider.products if one.name == project.product)
        yield stage.wait(max(0.0, stage.scenario.days(project.start_date)))
        if not provider.active or product.is_retired:
            return
        recipe = self._recipes.recipe(
            project.method,
            project.accuracy_weight,
            product.config.architecture.parameters_billion,
            product.costs.compression,
            recipe_cost(project, product.costs),
            product.config.architecture.series,
            cache=project.rounds_cache,
        )
        planned = self._cost(project, recipe, product)
        if stage.balance_usd(provider.account) < planned.cost_usd:
            self._log(product, "not_paid_for", recipe)
            return
        stage.pay(provider.account, WORLD, Purpose.COMPRESSION, planned.cost_usd)
        self._log(product, "started", recipe)
        yield stage.wait(planned.lead_time_days)
        if not provider.active or product.is_retired:
            return
        if self._fails(product, recipe):
            self._log(product, "failed", recipe)
        else:
            self._finish(product, recipe)

    def _fails(self, product: Product, recipe: Recipe) -> bool:
        methods = {part.partition(":")[0] for part in recipe.name.split("+")}
        return any(
            (method is None or method in methods) and name in (None, product.name)
            for method, name in self.failing.values()
        )

    def _finish(self, product: Product, recipe: Recipe) -> None:
        stage = self._stage
        stage.advance()
        before = product.costs.compression
        change = product.costs.set_compression(before.after(recipe))
        after = product.costs.compression
        loss_logit = after.capability_loss_logit - before.capability_loss_logit
        self._log(product, "finished", recipe)
        capability = float(stage.book.capability_logit[product.number])
        stage.set_capability(product.number, capability - loss_logit, Cause.COMPRESSION)
        product.take_over(change)

    def _cost(self, project: CompressionProject, recipe: Recipe, product: Product) -> ProjectCost:
        """Price a project on the accelerator that serves most of the provider's tokens now."""
        provider, stage = self._provider, self._stage
        shares = product.costs.fleet.shares or ((provider.config.accelerator, 1.0),)
        name = max(shares, key=lambda share: share[1])[0]
        return project_cost(
            project,
            recipe,
            product.config.architecture,
            provider.host.hosted(name),
            provider.host.rent_usd_per_hour(name, stage.date),
            stage.streams,
        )

    def _upgrade(self) -> Process:
        """Move the fleet step by step to the accelerators that were ordered."""
        stage, provider = self._stage, self._provider
        for step in fleet_schedule(provider.config.hardware, stage.scenario):
            if step.time_days <= 0.0:
                continue  # the first day's fleet has it
            yield stage.wait(step.time_days - stage.now)
            if not provider.active:
                return
            self._move_fleet(step)

    def _move_fleet(self, step: FleetStep) -> None:
        self._stage.advance()
        for product in self._provider.products:
            if product.is_served_by_host:
                fleet = product.costs.fleet.moved(step.accelerator, step.part)
                product.take_over(product.costs.set_fleet(fleet))

    def _log(self, product: Product, field: str, recipe: Recipe) -> None:
        self._stage.log(
            Event(
                time_days=self._stage.now,
                kind=EventKind.PROJECT,
                actor=self._provider.name,
                subject=product.name,
                field=field,
                cause=RecipeName(recipe.name),
            )
        )

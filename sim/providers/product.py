"""A product at run time: its life from launch to retirement, its cost, its bills."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from sim.clouds.host import Host
from sim.market.ledger import USERS, Account, Purpose
from sim.market.stage import Process, Stage
from sim.market.week import Sales
from sim.providers.cost_book import CostBook, CostChange
from sim.providers.heard import Heard
from sim.providers.pricing import Pricing, Seller
from sim.record.event import Cause, Event, EventKind
from sim.scenario.supply import Product as Config
from sim.scenario.supply import Provider as ProviderConfig
from sim.serving.cost import Serving
from sim.serving.service import Served


class Maker(Seller, Protocol):
    """What a product needs to know of its provider."""

    @property
    def config(self) -> ProviderConfig:
        """What the scenario says of it."""

    @property
    def host(self) -> Host:
        """The cloud that it rents from."""

    @property
    def account(self) -> Account:
        """Its account in the ledger."""

    @property
    def heard(self) -> Sequence[Heard]:
        """The moves that it answers, or has answered, in this war."""


class Product:
    """A product from launch to retirement.

    Parameters
    ----------
    number
        Its number in the scenario.
    config
        What the scenario says of it.
    maker
        Its provider.
    costs
        What its tokens cost.
    stage
        The market.

    Attributes
    ----------
    pricing
        How it is priced.
    cost_changed_before_listing_usd_per_mtok
        What each cause had moved its cost by when it came on offer.
    """

    def __init__(
        self,
        number: int,
        config: Config,
        maker: Maker,
        costs: CostBook,
        stage: Stage,
    ) -> None:
        self.number = number
        self.config = config
        self.maker = maker
        self.costs = costs
        self.pricing = Pricing(
            number, config, maker.config.price, maker.config.war, costs, maker, stage
        )
        self.cost_changed_before_listing_usd_per_mtok = dict(costs.changed_usd_per_mtok)
        self._stage = stage
        self._removed_from: dt.date | None = None
        stage.set_cost(number, costs.now)

    @property
    def name(self) -> str:
        """Name of the product."""
        return self.config.name

    @property
    def is_served_by_host(self) -> bool:
        """Whether its provider serves it; users serve themselves on the edge."""
        return self.config.is_hosted

    @property
    def is_retired(self) -> bool:
        """Whether the day of its retirement, or of its removal, has come; or it never existed."""
        days = (self.config.retire_date, self._removed_from)
        ended = any(day is not None and day <= self._stage.date for day in days)
        return ended or not self._stage.scenario.has(self.config)

    # ------------------------------------------------------------------------------ life

    def open(self) -> None:
        """Come on offer if that day has passed, or wait for it; a retired one never comes."""
        scenario = self._stage.scenario
        retire_date = self.config.retire_date
        retires_days = None if retire_date is None else scenario.days(retire_date)
        if self.is_retired:
            return
        launches_days = scenario.days(self.config.launch_date)
        if launches_days <= 0.0:
            self._come_on_offer()
        else:
            self._stage.start(self._launch(launches_days))
        if retires_days is not None:
            self._stage.start(self._retire(retires_days))
        if self.config.versions:
            self._stage.start(self._renew())

    def remove_from(self, first: dt.date) -> None:
        """Never come on offer from a day on; what is on offer by then is withdrawn by others."""
        self._removed_from = min(first, self._removed_from or first)

    def withdraw(self, cause: Cause) -> None:
        """Go off offer."""
        self._stage.withdraw(self.number, cause)

    def _launch(self, wait_days: float) -> Process:
        yield self._stage.wait(wait_days)
        if self.is_retired or not self.maker.active:
            return
        self._come_on_offer()
        self.pricing.decide_quota()
        answer = None
        if self.config.launch_pricing == "policy":
            answer = self.pricing.set_launch_price(self.maker.heard)
        self._stage.announce_launch(self.number, Cause(self.pricing.phase), answer)

    def _renew(self) -> Process:
        """Put each new version under the product's name; what compression took stays taken."""
        stage, before = self._stage, self.config.capability_logit
        for version in self.config.versions:
            yield stage.wait(stage.scenario.days(version.date) - stage.now)
            if not self.maker.active or self.is_retired:
                return
            capability = float(stage.book.capability_logit[self.number])
            capability += version.capability_logit - before
            stage.set_capability(self.number, capability, Cause.VERSION)
            before = version.capability_logit

    def _come_on_offer(self) -> None:
        self._stage.list_product(self.number)
        self.cost_changed_before_listing_usd_per_mtok = dict(self.costs.changed_usd_per_mtok)
        self.pricing.open()

    def _retire(self, at_days: float) -> Process:
        yield self._stage.wait(at_days - self._stage.now)
        self.withdraw(Cause.RETIRED)

    # ------------------------------------------------------------------------------ cost

    def set_rents(self, rents_usd_per_hour: Mapping[str, float]) -> None:
        """Pay other rents for the accelerators that may serve it; others are passed over."""
        known = self.costs.rents_usd_per_hour
        new = {name: rent for name, rent in rents_usd_per_hour.items() if name in known}
        if any(rent != known[name] for name, rent in new.items()):
            self.take_over(self.costs.set_rents(new))

    def take_over(self, change: CostChange) -> None:
        """Take a change of cost over, and let the pricing decide what becomes of it."""
        if change.old_usd_per_mtok == change.new_usd_per_mtok:
            return
        self._stage.set_cost(self.number, self.costs.now)
        self._stage.log(
            Event(
                time_days=self._stage.now,
                kind=EventKind.COST,
                actor=self.config.provider,
                subject=self.name,
                field="marginal_cost_usd_per_mtok",
                old=change.old_usd_per_mtok,
                new=change.new_usd_per_mtok,
                cause=change.cause,
            )
        )
        if self._stage.book.listed[self.number]:
            self.pricing.cost_changed(change)

    # ----------------------------------------------------------------------------- bills

    @property
    def accelerator_shares(self) -> tuple[tuple[str, float], ...]:
        """Which share of its tokens each kind of accelerator serves."""
        return self.costs.fleet.shares

    def serving(self, accelerator: str) -> Serving:
        """Return work and speed on one kind of accelerator, as the model is now."""
        return self.costs.serving(accelerator)

    def hours_per_mtok(self, accelerator: str) -> Sequence[float]:
        """Return accelerator-hours per million tokens at each domain's mix."""
        busy_hours = self.costs.serving(accelerator).busy_hours_per_mtok
        return [mix.blend(busy_hours) for mix in self._stage.book.domain_mixes]

    def settle(self, days: float) -> None:
        """Bill its users for the week, and pay for what served them.

        Parameters
        ----------
        days
            Length of the week.
        """
        stage, maker, host = self._stage, self.maker, self.maker.host
        sales = stage.week.sales(self.number)
        number, date = self.number, stage.date
        rent_usd = served_mtok = 0.0
        for served in host.services(number, days, date):
            stage.note_service(served)
            rent_usd += served.service.rent_usd
            served_mtok += self._served_mtok(served, sales)
        server = host.account if self.is_served_by_host else USERS
        stage.pay(USERS, maker.account, Purpose.TOKENS, sales.revenue_usd, sales.mtok, number)
        if server is USERS:
            served_mtok = sales.mtok
        stage.pay(maker.account, server, Purpose.COMPUTE, rent_usd, served_mtok, number)

    def _served_mtok(self, served: Served, sales: Sales) -> float:
        """Return the tokens that accelerators served in their busy hours, in millions."""
        busy_hours = served.serving.busy_hours_per_mtok
        mixes = self._stage.book.domain_mixes
        hours = sum(
            mtok * mix.blend(busy_hours) for mtok, mix in zip(sales.domain_mtok, mixes, strict=True)
        )
        if hours == 0.0:  # tokens that take no time, as from a cache, are served by any fleet
            return served.share * sales.mtok
        worked = served.service.accelerator_hours * served.service.utilisation_share
        return worked / hours * sales.mtok

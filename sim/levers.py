"""The levers of a run: what its interventions can do, and when they do it.

Nothing is done for an intervention of size zero, so that a run with it is the run without it.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Hashable, Iterator, Sequence

import numpy as np

from sim.clouds.fleets import Fleets
from sim.clouds.host import Host
from sim.interventions.intervention import Intervention
from sim.market.market import Market
from sim.market.stage import Process
from sim.providers.engineering import Engineering
from sim.providers.product import Product
from sim.providers.provider import Provider
from sim.quantities import FloatArray
from sim.record.event import Cause, Event, EventKind

ACTOR = "scenario"
"""Who intervenes, in the record of events."""


class MarketLevers:
    """What interventions can do to a market, by its names.

    Parameters
    ----------
    market
        The stage.
    hosts, providers, products, engineers, fleets
        Its actors, and what serves the products.
    """

    def __init__(
        self,
        market: Market,
        hosts: Sequence[Host],
        providers: Sequence[Provider],
        products: Sequence[Product],
        engineers: Sequence[Engineering],
        fleets: Fleets,
    ) -> None:
        self._market = market
        self._hosts = hosts
        self._providers = providers
        self._products = products
        self._engineers = engineers
        self._fleets = fleets
        self._scenario = market.scenario
        self._demand: dict[Hashable, FloatArray] = {}
        self._switching: dict[Hashable, float] = {}
        self._frozen: dict[Hashable, list[tuple[str, str]]] = {}
        self._working: dict[Hashable, dict[tuple[str, str], float]] = {}

    # ---------------------------------------------------------------------------- prices

    def set_price(self, of: str, factor: float | None, to_usd_per_mtok: float | None) -> None:
        """Change the prices of a product, or of all that a provider has on offer, once."""
        market = self._market
        for product in self._on_offer(of):
            price = market.book.price_at_blend(
                product.number, self._new_price(product, factor, to_usd_per_mtok)
            )
            market.post_price(product.number, price, Cause.INTERVENTION)
            product.pricing.go_on_from_here()

    def hold_price(
        self, by: Hashable, of: str, factor: float | None, to_usd_per_mtok: float | None
    ) -> None:
        """Change prices likewise, and keep them there whatever their provider wants."""
        market = self._market
        for product in self._on_offer(of):
            price = market.book.price_at_blend(
                product.number, self._new_price(product, factor, to_usd_per_mtok)
            )
            market.price_rules.hold(by, product.number, price)
        market.enforce_price_rules()

    def release_price(self, by: Hashable) -> None:
        """Leave held prices to their provider, at what it has wanted last."""
        self._market.price_rules.release(by)
        self._market.enforce_price_rules()

    def set_price_floor(self, by: Hashable, usd_per_mtok: float | None) -> None:
        """Let no list price be below a floor; None lifts it."""
        self._market.price_rules.set_floor(by, usd_per_mtok)
        self._market.enforce_price_rules()

    def ban_below_cost(self, by: Hashable, *, on: bool) -> None:
        """Let no list price be below marginal cost, or lift the ban."""
        self._market.price_rules.set_ban(by, on=on)
        self._market.enforce_price_rules()

    # ----------------------------------------------------------------------------- users

    def scale_demand(self, by: Hashable, domain: str | None, factor: float) -> None:
        """Multiply the work of all users, or of those of a domain; 1 takes it back."""
        factors = np.array(
            [factor if domain in (None, one.name) else 1.0 for one in self._scenario.domains]
        )
        self._demand[by] = factors
        self._market.set_demand(np.prod(list(self._demand.values()), axis=0))

    def scale_switching_cost(self, by: Hashable, factor: float) -> None:
        """Multiply what moving to another provider costs users; 1 takes it back."""
        self._switching[by] = factor
        self._market.set_switching_cost(math.prod(self._switching.values()))

    # -------------------------------------------------------------------------- products

    def add_capability(self, of: str, logit: float) -> None:
        """Add to the capability of a product, or of all of a provider."""
        market = self._market
        for product in self._meant(of):
            capability = float(market.book.capability_logit[product.number]) + logit
            market.set_capability(product.number, capability, Cause.INTERVENTION)

    def cancel_launches(self, of: str, first: dt.date) -> None:
        """Let nothing of a product or provider be launched from a day on."""
        for product in self._meant(of):
            product.remove_from(first)

    def remove(self, of: str) -> None:
        """Take a product, or a provider with all its products, off the market."""
        for product in self._meant(of):
            product.withdraw(Cause.INTERVENTION)
        for provider in self._providers:
            if provider.name == of and all(one.name != of for one in self._products):
                provider.close()

    # ------------------------------------------------------------------------- providers

    def fail_compression(
        self, by: Hashable, method: str | None, product: str | None, *, on: bool
    ) -> None:
        """Let projects of compression fail, of a method or product or all, or no longer."""
        for engineering in self._engineers:
            if on:
                engineering.failing[by] = method, product
            else:
                engineering.failing.pop(by, None)

    def keep_out(self, provider: str, first: dt.date) -> None:
        """Let a provider be in the market only from a day on."""
        self._provider(provider).enter_on(first)

    def merge(self, target: str, buyer: str) -> None:
        """Let one provider decide on the products of another, too; nothing if one has left."""
        bought, decides = (self._provider(name) for name in (target, buyer))
        if bought.active and decides.active:
            numbers = [product.number for product in decides.take_over(bought)]
            self._market.set_provider(numbers, decides.number)

    # ----------------------------------------------------------------------------- rents

    def scale_rents(
        self,
        factor: float,
        chip: str | None,
        cloud: str | None,
        first: dt.date,
        last: dt.date | None,
    ) -> None:
        """Multiply rents from a day until another; of one chip or cloud, or of all."""
        for host in self._hosts:
            names = [one for name, one in self._chips(chip, cloud) if name == host.name]
            host.scale_rents(names, factor, first, last)

    def freeze_capacity(
        self, by: Hashable, chip: str | None, cloud: str | None, *, on: bool
    ) -> None:
        """Let no more accelerators come, of one chip or cloud or of all, or let them again."""
        self._market.advance()
        self._frozen[by] = self._chips(chip, cloud) if on else []
        for one in self._chips(chip, cloud):
            is_on = any(one in chips for chips in self._frozen.values())
            self._fleets.leases.freeze(*one, is_on=is_on)

    def limit_capacity(
        self, by: Hashable, chip: str | None, cloud: str | None, working_share: float
    ) -> None:
        """Let only a share of the leased accelerators work; 1 takes it back."""
        self._market.advance()
        self._working[by] = dict.fromkeys(self._chips(chip, cloud), working_share)
        for one in self._chips(chip, cloud):
            shares = [chips.get(one, 1.0) for chips in self._working.values()]
            self._fleets.leases.limit(*one, math.prod(shares))

    def _chips(self, chip: str | None, cloud: str | None) -> list[tuple[str, str]]:
        """Host and accelerator of all that are meant."""
        return [
            (host.name, name)
            for host in self._hosts
            if cloud in (None, host.name)
            for name in host.accelerators
            if chip in (None, name)
        ]

    # ----------------------------------------------------------------------------- whose

    def _meant(self, of: str) -> list[Product]:
        """Products of a name: the product's own, or those of the provider that has it."""
        own = [product for product in self._products if product.name == of]
        return own or [one for one in self._products if one.maker.config.name == of]

    def _provider(self, name: str) -> Provider:
        return next(one for one in self._providers if one.name == name)

    def _on_offer(self, of: str) -> Iterator[Product]:
        book = self._market.book
        return (product for product in self._meant(of) if book.listed[product.number])

    def _new_price(
        self, product: Product, factor: float | None, to_usd_per_mtok: float | None
    ) -> float:
        if to_usd_per_mtok is not None:
            return to_usd_per_mtok
        old = self._market.book.blended_price(product.number)
        return old if factor is None else factor * old


def carry_out(interventions: Sequence[Intervention], levers: MarketLevers, market: Market) -> None:
    """Prepare what must be before the first day, and let the rest begin on its date.

    Parameters
    ----------
    interventions
        Of the scenario.
    levers
        What they may pull.
    market
        The stage; it is not open yet.
    """
    for intervention in interventions:
        if not intervention.changes_nothing:
            intervention.prepare(levers)
            market.start(_over_time(intervention, levers, market))


def _over_time(intervention: Intervention, levers: MarketLevers, market: Market) -> Process:
    yield from _at(intervention.date, intervention, intervention.begin, levers, market)
    if intervention.last_date is not None:
        yield from _at(intervention.last_date, intervention, intervention.end, levers, market)


def _at(
    date: dt.date,
    intervention: Intervention,
    act: Callable[[MarketLevers], None],
    levers: MarketLevers,
    market: Market,
) -> Process:
    """Wait for a day, write down what happens, and let it happen; after the end it does not."""
    yield market.wait(market.scenario.days(date) - market.now)
    yield market.wait(0.0)  # until all has happened that the day itself has in store
    change = intervention.change
    begins = date == intervention.date
    market.log(
        Event(
            time_days=market.now,
            kind=EventKind.INTERVENTION,
            actor=ACTOR,
            subject=change.subject,
            field=change.field,
            old=change.old if begins else change.new,
            new=change.new if begins else change.old,
            cause=Cause.INTERVENTION,
        )
    )
    act(levers)

"""A campaign of seeding: a provider pays to have chosen users know the technology."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sim.market.ledger import AGENCY, Account, Purpose
from sim.market.stage import Process, Stage
from sim.record.event import Event, EventKind
from sim.scenario.seeding import Seeding
from sim.streams import entity_of


class Named(Protocol):
    """What a campaign needs to know of a product."""

    @property
    def name(self) -> str:
        """Name of the product."""

    @property
    def number(self) -> int:
        """Its number in the scenario."""


class Advertiser(Protocol):
    """What a campaign needs to know of its provider."""

    @property
    def name(self) -> str:
        """Name of the provider."""

    @property
    def account(self) -> Account:
        """Its account in the ledger."""

    @property
    def active(self) -> bool:
        """Whether it is still in the market."""

    @property
    def products(self) -> Sequence[Named]:
        """Its products."""


class Campaign:
    """One campaign.

    Parameters
    ----------
    key
        Name of its draws, its own in the run.
    config
        What the scenario says of it.
    advertiser
        Who pays.
    stage
        The market.
    """

    def __init__(self, key: str, config: Seeding, advertiser: Advertiser, stage: Stage) -> None:
        self._entity = entity_of(key)
        self._config = config
        self._advertiser = advertiser
        self._stage = stage

    def open(self) -> None:
        """Seed now if it is the day, or wait for it."""
        wait_days = self._stage.scenario.days(self._config.date)
        if wait_days <= 0.0:
            self._seed()
        else:
            self._stage.start(self._later(wait_days))

    def _later(self, wait_days: float) -> Process:
        yield self._stage.wait(wait_days)
        if self._advertiser.active:
            self._seed()

    def _seed(self) -> None:
        """Reach the users and pay for them; a provider that has not the cash reaches nobody."""
        config, advertiser = self._config, self._advertiser
        population = self._stage.scenario.population
        listed = self._stage.book.listed
        own = [one for one in advertiser.products if one.name == config.product]
        product = next((one for one in own if listed[one.number]), None)
        users = population.simulated_users(config.users) * population.users_per_simulated
        usd = users * config.cost_usd_per_user
        is_paid_for = usd <= max(0.0, self._stage.balance_usd(advertiser.account))
        if is_paid_for:
            self._stage.seed_users(
                config.users, config.chosen_by, self._entity, product.number if product else None
            )
            self._stage.pay(advertiser.account, AGENCY, Purpose.SEEDING, usd)
        self._stage.log(
            Event(
                time_days=self._stage.now,
                kind=EventKind.SEEDING,
                actor=advertiser.name,
                subject=advertiser.name if product is None else product.name,
                field="seeded_users" if is_paid_for else "not_paid_for",
                new=users,
            )
        )

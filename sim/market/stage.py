"""The stage: all that an actor sees of the market, and all that it can do there.

Providers, their products and the clouds act on a `Stage`; `sim.market.market.Market` is the one of
a run, a test brings its own in some twenty lines. Whatever changes what users see, what a token
costs or who is at war first lets all users act up to now: the stage does so, actors need not think
of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

import simpy

from sim.equilibrium.market_demand import MarketDemand
from sim.market.ledger import Account, Purpose
from sim.market.move import Move
from sim.market.offer_book import OfferBook
from sim.market.public_report import PublicReport
from sim.market.week import Week
from sim.record.event import Cause, Event
from sim.scenario.scenario import Scenario
from sim.scenario.seeding import Centrality
from sim.serving.service import Served
from sim.streams import Streams
from sim.tokens import PerToken

Process = Generator[simpy.Event, object, None]
"""What an actor does over time: it yields what it waits for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a price answers.

    Attributes
    ----------
    product
        Number of the rival product that moved.
    lag_days
        Days since then.
    tokens_at_risk_share
        Share of its own tokens that the move puts at risk, as the provider sees demand.
    """

    product: int
    lag_days: float
    tokens_at_risk_share: float


class Listener(Protocol):
    """Who is notified of launches and price cuts."""

    def hear(self, move: Move) -> None:
        """Take note that a product was launched or became cheaper."""


class Stage(Protocol):
    """The market as its actors have it; products go by their number in the scenario."""

    @property
    def scenario(self) -> Scenario:
        """The rules of the run: its dates, factors and war."""

    @property
    def streams(self) -> Streams:
        """Draws of the replication."""

    @property
    def now(self) -> float:
        """Days since the scenario's first day."""

    @property
    def date(self) -> dt.date:
        """Today."""

    @property
    def book(self) -> OfferBook:
        """The public offers, to look at."""

    @property
    def report(self) -> PublicReport:
        """The last public weekly report."""

    @property
    def week(self) -> Week:
        """What has happened since the last settlement, to look at."""

    def demand(self) -> MarketDemand:
        """Return what users would come to buy at other prices."""

    def wait(self, days: float) -> simpy.Event:
        """Return what a process yields to wait."""

    def start(self, process: Process) -> None:
        """Let a process begin now."""

    def advance(self) -> None:
        """Let all users act up to now, before the market is looked at."""

    def list_product(self, product: int) -> None:
        """Put a product on offer."""

    def withdraw(self, product: int, cause: Cause) -> None:
        """Take a product off the market, if it is on it."""

    def set_launch_price(self, product: int, price: PerToken) -> None:
        """Set the price of a product that has just been listed and that nobody has heard of."""

    def set_free_quota(self, product: int, mtok_per_month: float) -> None:
        """Set what users have free of charge of a product that nobody has heard of yet."""

    def announce_launch(self, product: int, cause: Cause, answer: Answer | None = None) -> None:
        """Make a launch known: an event, news, and rivals hear of it."""

    def post_price(
        self, product: int, price: PerToken, cause: Cause, answer: Answer | None = None
    ) -> None:
        """Change a list price; a cut makes news, and rivals hear of it."""

    def set_capability(self, product: int, capability_logit: float, cause: Cause) -> None:
        """Change what a product can do; a better version makes news, and rivals hear of it."""

    def set_service(self, product: int, delay_s: float, refused_share: float) -> None:
        """Change how long a product's users wait, and what share of their requests is refused."""

    def set_cost(self, product: int, marginal_cost_usd_per_mtok: PerToken) -> None:
        """Change what a product's tokens cost its provider."""

    def set_at_war(self, product: int, at_war: bool) -> None:
        """Set whether a product sells at war from now on."""

    def seed_users(
        self, users: float, chosen_by: Centrality, campaign: int, product: int | None
    ) -> None:
        """Let chosen users hear of the technology, and of a product."""

    def pay(
        self,
        payer: Account,
        payee: Account,
        purpose: Purpose,
        usd: float,
        mtok: float = 0.0,
        product: int | None = None,
    ) -> None:
        """Move money, and tokens the other way; ``product`` is the one that it is for, if any."""

    def balance_usd(self, account: Account) -> float:
        """Return the money that an account holds."""

    def note_service(self, served: Served) -> None:
        """Note what serving a product took this week."""

    def log(self, event: Event) -> None:
        """Write down what happened."""

"""The market of one replication: the only place where anything that users see may change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.equilibrium.market_demand import Draw, MarketDemand
from sim.errors import LedgerError
from sim.market.books import Books
from sim.market.ledger import Account, Purpose
from sim.market.move import Move
from sim.market.offer_book import OfferBook
from sim.market.price_rules import PriceRules
from sim.market.product_events import ProductEvents
from sim.market.public_report import PublicReport
from sim.market.reputations import Reputations
from sim.market.server import Server
from sim.market.stage import Answer, Listener, Process
from sim.market.week import Week
from sim.market.welfare_account import WelfareAccount
from sim.quantities import BoolArray, FloatArray
from sim.record.event import Cause, Event, EventKind
from sim.record.recorder import Recorder
from sim.scenario.scenario import Scenario
from sim.scenario.seeding import Centrality
from sim.serving.service import Served
from sim.streams import Streams
from sim.tokens import PerToken
from sim.users.flow import Flow, Snapshot
from sim.users.populations import build_population


class Market:
    """The stage of a run: calendar, offers, users, books and record.

    The calendar holds market events alone. Before any of them changes the offers, a cost or who is
    at war, `advance` executes all user events since the last change in their true order. That is
    exact, because nothing that users see changes in between.

    Parameters
    ----------
    scenario
        What is run.
    streams
        Draws of the replication.

    Attributes
    ----------
    environment
        SimPy's calendar.
    book
        The offers.
    population
        The users.
    books
        The ledger, the record of the week, and their audit.
    week
        The time since the last settlement.
    welfare
        Surplus by type of user.
    report
        The last public weekly report.
    recorder
        Rows of the results.
    listeners
        Who hears of launches and cuts, in the order in which they hear.
    servers
        Who serves what users ask for; what nobody serves runs with the users.
    price_rules
        What stands between the prices that are wanted and those that may be posted.
    scale
        Users that a simulated one stands for.
    """

    def __init__(self, scenario: Scenario, streams: Streams) -> None:
        self.scenario = scenario
        self.streams = streams
        self.environment = simpy.Environment()
        self.book = OfferBook(scenario)
        self.population = build_population(scenario, streams)
        self.scale = scenario.population.users_per_simulated
        self.welfare = WelfareAccount(
            [domain.name for domain in scenario.domains], self.population, self.scale
        )
        products = len(scenario.products)
        self.books = Books(scenario)
        self.week: Week = self.books.week
        self._metered = self.books.audit.use
        self._reputations = Reputations(
            scenario.population, self.book.provider_index.astype(np.int64)
        )
        self._rated_days = 0.0
        self.report = PublicReport.blank(products, len(scenario.providers))
        self.recorder = Recorder(streams.replication, scenario.start_date)
        self.listeners: list[Listener] = []
        self.servers: list[Server] = []
        self._events = ProductEvents(scenario.products)
        self._marginal_cost_usd_per_mtok = np.zeros((products, 3))
        self._domain_cost_usd_per_mtok = np.zeros((len(scenario.domains), products))
        self._at_war = np.zeros(products, np.bool_)
        self.price_rules = PriceRules(
            self.book, _replayed(scenario), self._blended_cost_usd_per_mtok
        )
        self._today = (0.0, scenario.start_date)
        self._is_open = False
        self._has_stranded_users = False

    @property
    def reputation_matters(self) -> bool:
        """Whether users act on reputations, so that they are followed."""
        return self._reputations.have_effect

    # ------------------------------------------------------------------------------ time

    @property
    def now(self) -> float:
        """Days since the scenario's first day."""
        return float(self.environment.now)

    @property
    def date(self) -> dt.date:
        """Today."""
        now = self.now
        if now != self._today[0]:
            self._today = now, self.scenario.start_date + dt.timedelta(days=int(now))
        return self._today[1]

    def wait(self, days: float) -> simpy.Event:
        """Return what a process yields to wait."""
        return self.environment.timeout(days)

    def start(self, process: Process) -> None:
        """Let a process begin now."""
        self.environment.process(process)

    def open(self) -> None:
        """Let users see the first day's offers; until then changes are only prepared."""
        self.population.start(self.book.view())
        self._is_open = True
        self._rate()

    def advance(self) -> None:
        """Execute all user events up to now, under the offers and costs that held until now."""
        if not self._is_open:
            return
        if self.now == self.population.now_days and not self._has_stranded_users:
            return
        flow = self.population.advance(self.now, self.book.view())
        self._has_stranded_users = False
        flow, served_share = self._serve(flow)
        self.books.note_consumed(float(flow.mtok.sum()) * self.scale)
        self.week.add(
            flow,
            self.book.domain_price_usd_per_mtok,
            self._domain_cost_usd_per_mtok,
            self._at_war,
        )
        self.welfare.add(flow)
        self._metered.add_from(self.population, served_share)

    def _serve(self, flow: Flow) -> tuple[Flow, FloatArray | None]:
        """Let servers serve what users asked for, and return what they got.

        Also returns the share of each product's tokens that was served, None if all were. It is
        above one while a queue of before is worked off.
        """
        if flow.days == 0.0:
            return flow, None
        asked = flow.mtok * self.scale
        total = asked.sum(axis=0)
        served, refused = total.copy(), np.zeros(total.size)
        for server in self.servers:
            server.serve(asked, self.now - flow.days, flow.days, served, refused)
        self.week.note_asked(total, refused)
        if np.array_equal(served, total):
            return flow, None
        share = np.divide(served, total, out=np.ones(total.size), where=total > 0.0)
        return flow.served(share), share

    def demand(self) -> MarketDemand:
        """Return what users would come to buy at other prices: those who are aware now."""
        self.advance()
        types = self.population.types
        if self._is_open:
            totals = self.population.totals.types
            draw = Draw(types, totals["aware"] / totals["population"].sum())
        else:
            draw = Draw.of_first_day(self.scenario, types)
        users = self.scenario.population.users * self.scale
        blended = self.book.blended_price_usd_per_mtok
        return MarketDemand(self.scenario, [draw], self.book.view(), blended, users)

    # ---------------------------------------------------------------------------- offers

    def list_product(self, product: int) -> None:
        """Put a product on offer."""
        self.advance()
        if not self.price_rules.are_none:
            self.set_launch_price(product, self.price_rules.wanted(product))
        self.book.list_product(product)

    def withdraw(self, product: int, cause: Cause) -> None:
        """Take a product off the market, if it is on it."""
        if not self.book.listed[product]:
            return
        self.advance()
        self.book.withdraw(product)
        self._has_stranded_users = True
        self.log(
            self._events.event(self.now, EventKind.WITHDRAWAL, product, "listed", 1.0, 0.0, cause)
        )

    def set_launch_price(self, product: int, price: PerToken) -> None:
        """Set the price of a product that nobody has heard of yet, as far as the rules let."""
        self.advance()
        self._set_price(product, self.price_rules.admitted(product, price))

    def set_free_quota(self, product: int, mtok_per_month: float) -> None:
        """Set what users have free of charge of a product that nobody has heard of yet."""
        old = self.book.set_free_quota(product, mtok_per_month)
        if mtok_per_month != old:
            self.log(
                self._events.event(
                    self.now,
                    EventKind.QUOTA,
                    product,
                    "free_quota_mtok_per_month",
                    old,
                    mtok_per_month,
                    Cause.PEACE,
                )
            )

    def announce_launch(self, product: int, cause: Cause, answer: Answer | None = None) -> None:
        """Make a launch known: an event, news, and rivals hear of it."""
        price = self.book.blended_price(product)
        self.log(
            self._events.event(
                self.now,
                EventKind.LAUNCH,
                product,
                "price_usd_per_mtok",
                None,
                price,
                cause,
                answer,
            )
        )
        self._spread(Move(product, self.now, self.book.standing(without=product)), 1.0)

    def post_price(
        self, product: int, price: PerToken, cause: Cause, answer: Answer | None = None
    ) -> None:
        """Change a list price, as far as the rules let; a cut makes news, and rivals hear of it."""
        self._change_price(product, self.price_rules.admitted(product, price), cause, answer)

    def enforce_price_rules(self) -> None:
        """Change what the rules no longer allow, or allow again, after they or a cost changed."""
        listed = np.flatnonzero(self.book.listed).tolist()
        for product, wanted, price in self.price_rules.changes(listed):
            self.price_rules.admitted(product, wanted)
            self._change_price(product, price, Cause.INTERVENTION)

    def _change_price(
        self, product: int, price: PerToken, cause: Cause, answer: Answer | None = None
    ) -> None:
        if self.book.is_price(product, price):
            return
        self.advance()
        old, standing = self.book.blended_price(product), self.book.standing()
        self._set_price(product, price)
        new = self.book.blended_price(product)
        self.log(
            self._events.event(
                self.now, EventKind.PRICE, product, "price_usd_per_mtok", old, new, cause, answer
            )
        )
        if new < old:
            self._spread(Move(product, self.now, standing), 1.0 - new / old)

    def make_news(self, product: int, level: float) -> None:
        """Let users hear of a product, though nothing about it has changed."""
        self.advance()
        self.book.add_news(product, level, self.now)

    def set_capability(self, product: int, capability_logit: float, cause: Cause) -> None:
        """Change what a product can do; a better version makes news, and rivals hear of it."""
        self.advance()
        old, standing = float(self.book.capability_logit[product]), self.book.standing()
        self.book.set_capability(product, capability_logit)
        self.log(
            self._events.event(
                self.now,
                EventKind.CAPABILITY,
                product,
                "capability_logit",
                old,
                capability_logit,
                cause,
            )
        )
        if cause is Cause.VERSION and capability_logit > old:
            self._spread(Move(product, self.now, standing), 1.0)

    def set_service(self, product: int, delay_s: float, refused_share: float) -> None:
        """Change how long a product's users wait, and what share of their requests is refused."""
        book = self.book
        if (delay_s, refused_share) != (book.delay_s[product], book.refused_share[product]):
            self.advance()
            book.set_service(product, delay_s, refused_share)

    def set_provider(self, products: Sequence[int], provider: int) -> None:
        """Let products be another provider's, to users and in what is public."""
        self.advance()
        self.book.set_provider(products, provider)

    def set_cost(self, product: int, marginal_cost_usd_per_mtok: PerToken) -> None:
        """Change what a product's tokens cost its provider."""
        self.advance()
        self._metered.set_cost(product, marginal_cost_usd_per_mtok)
        self._marginal_cost_usd_per_mtok[product] = marginal_cost_usd_per_mtok
        self._domain_cost_usd_per_mtok = np.asarray(
            self.book.mix_weights @ self._marginal_cost_usd_per_mtok.T
        )
        if self.price_rules.ban_below_cost:
            self.enforce_price_rules()

    def set_at_war(self, product: int, at_war: bool) -> None:
        """Set whether a product sells at war from now on."""
        self.advance()
        self._metered.set_at_war(product, at_war)
        self._at_war[product] = at_war

    def set_demand(self, factors: FloatArray) -> None:
        """Set how much work users have from now on, (D,): factors of what the scenario says."""
        self.advance()
        self.population.set_demand(factors, self.book.view())

    def set_switching_cost(self, factor: float) -> None:
        """Set what moving to another provider costs users, as a factor of what the scenario says.

        The costs of moving between models of one provider stay, but are never above it.
        """
        self.advance()
        self.population.set_switching_cost(factor)

    def seed_users(
        self, users: float, chosen_by: Centrality, campaign: int, product: int | None
    ) -> None:
        """Let chosen users hear of the technology, and of a product.

        Parameters
        ----------
        users
            How many, of those that the population stands for: the nearest number that whole
            simulated users stand for.
        chosen_by
            How they are chosen.
        campaign
            Entity of the campaign's draws.
        product
            Number of the product, or None.
        """
        self.advance()
        count = self.scenario.population.simulated_users(users)
        self.population.seed(count, chosen_by, campaign, product, self.book.view())
        self.books.audit.note_seeding(campaign)

    def _blended_cost_usd_per_mtok(self, product: int) -> float:
        cost = PerToken(*self._marginal_cost_usd_per_mtok[product].tolist())
        return self.book.industry_mix.blend(cost)

    def _set_price(self, product: int, price: PerToken) -> None:
        self.book.set_price(product, price)
        self._metered.set_price(product, price)

    def _spread(self, move: Move, level: float) -> None:
        """Make news of a move, and notify all listeners."""
        if self.scenario.factors.attention:
            self.book.add_news(move.product, level, self.now)
        for listener in self.listeners:
            listener.hear(move)

    # ----------------------------------------------------------------------------- books

    def pay(
        self,
        payer: Account,
        payee: Account,
        purpose: Purpose,
        usd: float,
        mtok: float = 0.0,
        product: int | None = None,
    ) -> None:
        """Move money, and tokens the other way."""
        self.books.pay(payer, payee, purpose, usd, mtok, product)

    def balance_usd(self, account: Account) -> float:
        """Return the money that an account holds."""
        return self.books.ledger.balance_usd(account)

    def note_service(self, served: Served) -> None:
        """Note what serving a product took this week."""
        self.books.note_service(served)

    def publish(self) -> None:
        """Replace the public weekly report, and let reputations follow.

        Raises
        ------
        LedgerError
            If the running totals of products have other users than hold a product.
        """
        users = self.population.count_users()
        holders = self.population.count_holders()
        if users.sum() != holders:
            raise LedgerError(
                f"day {self.now}: {users.sum()} users of products, {holders} adopters"
            )
        tokens = self.by_provider(self.week.mtok.sum(axis=0))
        self.report = PublicReport(
            users / self.scenario.population.users,
            tokens / tokens.sum() if tokens.sum() > 0.0 else tokens,
        )
        self._rate()

    def _rate(self) -> None:
        """Let reputations follow what users feel, if anybody acts on them."""
        if not self._reputations.have_effect:
            return
        standing = self.describe()
        users = standing.users.sum(axis=0).astype(np.float64)
        days = self.now - self._rated_days
        self.book.set_reputation(
            self._reputations.follow(users, standing.satisfaction_by_product, days)
        )
        self._rated_days = self.now

    def close(self) -> None:
        """Check the books and write the ledger's table.

        Raises
        ------
        LedgerError
            As in `Books.close`.
        """
        self.recorder.extend(self.now, self.books.close(self.now))

    # ---------------------------------------------------------------------------- record

    def log(self, event: Event) -> None:
        """Write down what happened."""
        self.recorder.event(event)

    def write_welfare(self) -> None:
        """Write what each type of user gained since the last time, and what offers are worth."""
        rows = self.welfare.rows(
            self.now, self.date, self.book.view(), self._domain_cost_usd_per_mtok
        )
        self.recorder.extend(self.now, rows)

    def describe(self) -> Snapshot:
        """Return how users stand now."""
        return self.population.snapshot(self.book.view())

    def by_provider(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the sums of amounts of products, (P,), by provider, (F,)."""
        totals = np.zeros(len(self.scenario.providers))
        np.add.at(totals, self.book.provider_index, amounts)
        return totals


def _replayed(scenario: Scenario) -> BoolArray:
    """Return which products have the prices of a record, (P,)."""
    replaying = {one.name for one in scenario.providers if one.price.replays_history}
    return np.array([product.provider in replaying for product in scenario.products])

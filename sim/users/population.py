"""All users of one replication: rows of arrays, advanced exactly between market events."""

import math

import numpy as np

from sim.scenario.scenario import Scenario
from sim.scenario.seeding import Centrality
from sim.streams import Stream, Streams
from sim.units import DAYS_PER_MONTH
from sim.users import kernel, moves
from sim.users.accounts import Accounts
from sim.users.appraisal import Appraisal
from sim.users.cells import any_gone, any_priced_out, survey
from sim.users.centrality import most_central
from sim.users.flow import Counts, Floats, Flow, Snapshot
from sim.users.initial import draw_users, open_first_day
from sim.users.mechanisms.consideration import news_level_now
from sim.users.meters import read_meters, recount
from sim.users.network import build_graph
from sim.users.offers import OfferView, check_domains, check_slots
from sim.users.portfolio.first_day import (
    ROUNDS,
    begin_usage,
    reached_usage,
    settle_portfolios,
    split_users,
)
from sim.users.portfolio.holdings import first_of_product, survey_portfolios
from sim.users.portfolio.welfare import welfare_of_portfolios
from sim.users.records import (
    ALONE,
    UNIT,
    Book,
    Graph,
    Rules,
    Totals,
    Users,
    World,
    new_scratch,
)
from sim.users.request_classes import split_types
from sim.users.rules import wind_clocks, with_switching_cost, write_rules
from sim.users.seeding import seed_users
from sim.users.setup import reach_of
from sim.users.totals import count_totals
from sim.users.user_types import UserTypes
from sim.users.welfare import State, Welfare, first_takers, mean_satisfaction, standing, welfare


class Population:
    """The users of one replication.

    Users never see anything but the offers that they are handed, and nothing outside reads or
    changes a user. ``start`` sets the first day up; from then on every ``advance`` executes all
    events of all users up to a time, under the offers that held since the last one. The result
    does not depend on how time is cut into calls.

    Examples
    --------
    >>> population = Population.build(scenario, Streams(seed=1))  # doctest: +SKIP
    >>> population.start(offers)  # doctest: +SKIP
    >>> flow = population.advance(7.0, offers)  # doctest: +SKIP
    >>> flow.mtok.sum()  # doctest: +SKIP
    """

    def __init__(
        self, scenario: Scenario, streams: Streams, types: UserTypes, users: Users, graph: Graph
    ) -> None:
        self.types = types
        self.users = users
        self.graph = graph
        self.now_days = math.nan
        self._scenario = scenario
        self._streams = streams
        self._rules = write_rules(scenario, split_types(types, scenario.domains), streams)
        self._drawn = types.volumes

    @classmethod
    def build(cls, scenario: Scenario, streams: Streams) -> "Population":
        """Draw types, users and network.

        Parameters
        ----------
        scenario : Scenario
            Its population, domains and products are read.
        streams : Streams
            The replication's draws.

        The reader has refused more types than 16 bits can name, and more neighbours than users.
        """
        types = UserTypes.draw(scenario, streams)
        users = draw_users(scenario, types, streams)
        domain = types.domain[users.rows["type_index"]]
        graph = build_graph(scenario.population.network, domain, streams)
        return cls(scenario, streams, types, users, graph)

    @property
    def totals(self) -> Totals:
        """Sums over users by type and product; the kernel keeps them up to date."""
        return self._accounts.totals

    @property
    def nbytes_state(self) -> int:
        """Bytes of all users' state, without the network."""
        return sum(array.nbytes for array in self.users)

    @property
    def nbytes_network(self) -> int:
        """Bytes of the network."""
        return self.graph.offsets.nbytes + self.graph.neighbours.nbytes

    def start(self, offers: OfferView) -> None:
        """Set up the first day, t = 0: who is aware, who uses what, how much.

        Parameters
        ----------
        offers : OfferView
            The offers of the first day. If nothing is on offer, nobody uses anything.

        Raises
        ------
        ValueError
            If the offers have prices for other than the population's domains.
        """
        check_domains(offers, self.types.domains)
        self.now_days = 0.0
        self._advanced = False
        self._appraisal = Appraisal(self._scenario, self.types, offers)
        book, rows = self._appraisal.book, self._appraisal.rows
        open_first_day(self._scenario, self.types, self._streams, self.users, book)
        self._clocks = wind_clocks(self._rules, self._rules.portfolios.users, self._streams)
        self._scratch = new_scratch(
            offers.product_keys.size, self._rules.nests.dissimilarity.size - 1
        )
        if self._rules.portfolios.is_on:
            self._begin_portfolios(rows, book)
        self._accounts = Accounts(
            self._scenario.population,
            self.types,
            rows,
            count_totals(self.types, self.users, book, self._rules),
            self._survey,
        )

    def _begin_portfolios(self, rows: UserTypes, book: Book) -> None:
        """Give each class of requests a place, and let portfolios form in a settled start."""
        rules, reached = self._rules.portfolios, reached_usage(self.users, book)
        settled = self._scenario.population.start == "settled"
        self.users = split_users(self.users, book, rules, settled=settled)
        begin_usage(self.users, reached, rows, book, rules)
        if settled and self._rules.choice.review_per_day > 0.0:
            totals = count_totals(self.types, self.users, book, self._rules)
            world = World(
                self.users, self.graph, book, totals, self._clocks, self._rules, self._scratch
            )
            with np.errstate(over="ignore"):
                settle_portfolios(ROUNDS, world)

    def advance(self, until_days: float, offers: OfferView) -> Flow:
        """Execute every user event up to a time, in true time order.

        Parameters
        ----------
        until_days : float
            End of the interval, which is closed there; it begins where the last one ended.
        offers : OfferView
            The offers that hold throughout the interval. Users of a product that is no longer
            listed, or no longer worth its running fee to them, choose anew at its very beginning.

        Returns
        -------
        Flow
            What happened in the interval.

        Raises
        ------
        ValueError
            If the time lies before the present, or the product slots are not those of the start.
        """
        if not until_days >= self.now_days:
            raise ValueError(f"until_days = {until_days} lies before now, {self.now_days} (start?)")
        self._check_slots(offers)
        gone = any_gone(self._accounts.totals.users_of, offers.listed)
        if self._is_caught_up(until_days) and not gone:
            return self._accounts.no_flow
        self._appraisal.read(offers)
        gone |= any_priced_out(self._accounts.totals.cells, self._appraisal.book.offers)
        # uint64 products wrap around: by design, and only the uncompiled kernel would warn
        with np.errstate(over="ignore"):
            if self._appraisal.has_lower_limits:
                moves.keep_to_budgets(self.now_days, self.now_days, self._world())
                self._appraisal.has_lower_limits = False
            if gone:
                kernel.execute(self.now_days, self.now_days, True, self._world())
            kernel.execute(self.now_days, float(until_days), False, self._world())
        days = until_days - self.now_days
        self.now_days = until_days
        self._advanced = True
        return self._accounts.flow(days, self._appraisal)

    def seed(
        self,
        count: int,
        chosen_by: Centrality,
        campaign: int,
        product: int | None,
        offers: OfferView,
    ) -> None:
        """Let chosen users hear of the technology now; each reviews what is on offer at once.

        Parameters
        ----------
        count : int
            How many simulated users.
        chosen_by : Centrality
            How they are chosen from all users, aware or not.
        campaign : int
            Entity of the campaign: its lots and reviews have draws of their own.
        product : int, optional
            Slot of a product of which they hear what is new, as of a launch.
        offers : OfferView
            The offers that hold now, up to which the population has been advanced.
        """
        self._check_slots(offers)
        self._appraisal.read(offers)
        users = self._rules.portfolios.users
        lots = self._streams.uniforms(Stream.SEEDING, campaign, np.arange(users))
        seeded = most_central(self.graph, chosen_by, count, lots)
        world = self._world()
        if product is not None:
            world = world._replace(book=_with_news(world.book, product, self.now_days, world.rules))
        with np.errstate(over="ignore"):
            seed_users(seeded, np.uint64(campaign), self.now_days, world)

    def set_demand(self, factors: Floats, offers: OfferView) -> None:
        """Set how much work all users have, as a factor of what they were drawn with.

        Parameters
        ----------
        factors : ndarray of float64, shape (D,)
            Of each domain, above 0.
        offers : OfferView
            The offers that hold now, up to which the population has been advanced.
        """
        self._check_slots(offers)
        self._appraisal.read(offers)
        self.types.set_demand(factors, self._drawn)
        self._appraisal.value_anew()
        self._accounts.measure_volumes()

    def set_switching_cost(self, factor: float) -> None:
        """Set what moving to another provider costs, as a factor of the scenario's [sigma].

        The population has been advanced up to now.
        """
        choice = with_switching_cost(self._scenario.population, factor)
        self._rules = self._rules._replace(choice=choice)
        self._accounts.set_switching_costs(
            choice.switching_cost_vendor, choice.switching_cost_model
        )

    def read_meters(self, weights: Floats, free_weights: Floats, sums: Floats) -> None:
        """Add the work that users have done since the last call, by the second account of it.

        Parameters
        ----------
        weights, free_weights : ndarray of float64, shape (M, D, P)
            What a million tokens of work weigh in each sum; what those within the free quota add.
        sums : ndarray of float64, shape (M, D, P)
            Receive the work, times its weights.
        """
        types, meters = self._appraisal.rows, self._accounts.totals.meters
        volume = types.volume_mtok_per_month / DAYS_PER_MONTH
        read_meters(meters, self.now_days, types.domain, volume, weights, free_weights, sums)

    def missed_by_meters(self) -> float:
        """Return how much usage all users have that meters missed, or the other way round.

        Returns
        -------
        float
            Sum over types and products of the difference, in users who run all their tasks; exactly
            zero unless something changed a user's usage or product and told no meter.
        """
        meters = self._accounts.totals.meters
        found = np.zeros(meters.shape, meters.dtype)  # zeros_like copies zeros field by field
        recount(self.users.rows, self.users.product, self._appraisal.book.limits, found)
        missed = sum(int(np.abs(found[use] - meters[use]).sum()) for use in ("usage", "free"))
        return missed / UNIT

    def snapshot(self, offers: OfferView) -> Snapshot:
        """Describe how users stand now.

        Parameters
        ----------
        offers : OfferView
            The offers that hold now.
        """
        self._check_slots(offers)
        self._appraisal.read(offers)
        return self._accounts.snapshot(self._appraisal)

    def welfare(self, offers: OfferView, domain_cost_usd_per_mtok: Floats) -> Welfare:
        """Return what the offers are worth now, by type; see `sim.users.welfare`.

        Parameters
        ----------
        offers : OfferView
            The offers that hold now.
        domain_cost_usd_per_mtok : ndarray, shape (D, P)
            Marginal cost of each product at each domain's mix of tokens.
        """
        if self._rules.portfolios.is_on:
            self._check_slots(offers)
            self._appraisal.read(offers)
            return welfare_of_portfolios(
                self.types,
                self._appraisal,
                self._world(),
                self.now_days,
                domain_cost_usd_per_mtok,
            )
        return welfare(self.welfare_state(offers), domain_cost_usd_per_mtok)

    def welfare_state(self, offers: OfferView) -> State:
        """Return all that decides what offers are worth to users of one product, but prices."""
        self._check_slots(offers)
        self._appraisal.read(offers)
        totals, book = self._accounts.totals, self._appraisal.book
        return standing(
            self.types,
            self._appraisal,
            totals,
            self._rules,
            now_days=self.now_days,
            has_peers=self.graph.kind != ALONE,
            first_takers=first_takers(self.users, book.offers),
            satisfaction=mean_satisfaction(self.users, totals.cells["users"]),
        )

    def count_users(self) -> Counts:
        """Count the users of each product now, shape (P,)."""
        return self._accounts.totals.users_of[:-1].copy()

    def count_holders(self) -> int:
        """Count who holds which product by going through all users, totals left aside.

        Whoever holds several products counts once for each.
        """
        return int(first_of_product(self.users, self._rules.portfolios.classes).sum())

    def _survey(
        self,
        least_usage: Floats,
        satisfaction: Floats,
        satisfaction_by_product: Floats,
        people: Counts,
    ) -> None:
        reach = reach_of(self._appraisal.book.whole)
        if self._rules.portfolios.is_on:
            survey_portfolios(
                self._world(),
                reach,
                least_usage,
                satisfaction,
                satisfaction_by_product,
                self.types.domain,
                people,
            )
            return
        survey(
            self.users.rows,
            self.users.product,
            self.types.domain,
            reach,
            least_usage,
            satisfaction,
            satisfaction_by_product,
            people,
        )

    def _is_caught_up(self, until_days: float) -> bool:
        """Whether no time passes, and the offers need not even be read."""
        return self._advanced and until_days == self.now_days

    def _check_slots(self, offers: OfferView) -> None:
        check_slots(offers, self._appraisal.offers, self.types.domains)

    def _world(self) -> World:
        return World(
            self.users, self.graph, self._appraisal.book, self._accounts.totals, self._clocks,
            self._rules, self._scratch,
        )  # fmt: skip


def _with_news(book: Book, product: int, now_days: float, rules: Rules) -> Book:
    """Return the book with news of one product added, at the level of a launch."""
    age_days = now_days - book.news_time_days
    news = book.news * news_level_now(1.0, age_days, rules.consideration)
    news[product] += 1.0
    return book._replace(news=news, news_total=float(news.sum()), news_time_days=now_days)

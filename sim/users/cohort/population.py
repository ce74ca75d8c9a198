"""The users of one replication as cohorts: counts that steps of at most a week move."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from sim.scenario.scenario import Scenario
from sim.scenario.seeding import Centrality
from sim.streams import Streams
from sim.units import DAYS_PER_MONTH
from sim.users.accounts import Accounts
from sim.users.appraisal import Appraisal
from sim.users.cohort.climate import most_moves_per_day
from sim.users.cohort.first_day import open_first_day, settle_strata, type_keys
from sim.users.cohort.migrating import any_gone, keep_to_budgets, migrate
from sim.users.cohort.records import Cohorts, Offered, Strata, World, new_scratch
from sim.users.cohort.standing import count_users, survey_cohorts, value_usage
from sim.users.cohort.step import take_step
from sim.users.flow import Counts, Floats, Flow, Snapshot
from sim.users.meters import read_meters
from sim.users.offers import OfferView, check_domains, check_slots
from sim.users.records import UNIT, Book, Totals
from sim.users.rules import with_switching_cost, write_rules
from sim.users.setup import reach_of
from sim.users.user_types import UserTypes
from sim.users.welfare import Welfare, payable, standing, welfare

LONGEST_STEP_DAYS: Final = 7.0
MOST_MOVES: Final = 0.15
"""Reviews and losses that a user expects in a step, at most: shares move no further within it."""
_STEPS_A_WEEK = 1 << 20


class CohortPopulation:
    """The users of one replication, as counts by type, holding, awareness and satisfaction.

    It takes the place of `Population`, at a cost that does not depend on the number of users. Time
    goes in steps that end with every call of ``advance``, every week since the start, and before a
    user would expect more than 0.15 moves. Draws are addressed by the week and the number of the
    step in it, so that a further event in one world leaves the draws of other weeks alone.
    """

    def __init__(self, scenario: Scenario, streams: Streams, types: UserTypes) -> None:
        self.types = types
        self.now_days = math.nan
        self._scenario = scenario
        self._streams = streams
        self._rules = write_rules(scenario, types, streams)
        self._drawn = types.volumes

    @classmethod
    def build(cls, scenario: Scenario, streams: Streams) -> "CohortPopulation":
        """Draw the types. Arguments as of `Population.build`."""
        return cls(scenario, streams, UserTypes.draw(scenario, streams))

    def start(self, offers: OfferView) -> None:
        """Set up the first day, t = 0. Arguments and errors as of `Population.start`."""
        check_domains(offers, self.types.domains)
        self.now_days = 0.0
        self._advanced = False
        self._week, self._step, self._read_days = 0, 0, 0.0
        self._appraisal = Appraisal(self._scenario, self.types, offers)
        book = self._appraisal.book
        strata = settle_strata(self.types, book)
        cohorts, totals = open_first_day(self._scenario, self.types, self._streams, book, strata)
        self._accounts = Accounts(
            self._scenario.population, self.types, self.types, totals, self._survey
        )
        self._world = self._new_world(cohorts, strata, offers)
        count_users(self._world)
        value_usage(self._world)

    def advance(self, until_days: float, offers: OfferView) -> Flow:
        """Let all users act up to a time. Arguments and errors as of `Population.advance`."""
        if not until_days >= self.now_days:
            raise ValueError(f"until_days = {until_days} lies before now, {self.now_days} (start?)")
        check_slots(offers, self._appraisal.offers, self.types.domains)
        self._read(offers)
        # uint64 products wrap around: by design, and only the uncompiled kernel would warn
        with np.errstate(over="ignore"):
            gone = any_gone(self._world)
            if self._advanced and until_days == self.now_days and not gone:
                return self._accounts.no_flow
            if self._appraisal.has_lower_limits:
                keep_to_budgets(self.now_days - self._read_days, self._world)
                self._appraisal.has_lower_limits = False
            if gone:
                migrate(self.now_days - self._read_days, self._next_ordinal(), self._world)
                count_users(self._world)
            days = until_days - self.now_days
            while self.now_days < until_days:
                self._take_step(until_days)
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
        """Refuse to seed: nobody is central among counts. Arguments as of `Population.seed`.

        Raises
        ------
        ValueError
            Always; a scenario that seeds cohorts is refused before.
        """
        del campaign, product, offers
        raise ValueError(f"{count} users by {chosen_by}: cohorts know nobody whom to seed")

    def set_demand(self, factors: Floats, offers: OfferView) -> None:
        """Set how much work all users have. Arguments as of `Population.set_demand`."""
        check_slots(offers, self._appraisal.offers, self.types.domains)
        self._read(offers)
        self.types.set_demand(factors, self._drawn)
        self._appraisal.value_anew()
        self._take_over_book()
        self._accounts.measure_volumes()

    def set_switching_cost(self, factor: float) -> None:
        """Set what moving to another provider costs, as `Population.set_switching_cost` does."""
        choice = with_switching_cost(self._scenario.population, factor)
        self._rules = self._rules._replace(choice=choice)
        self._world = self._world._replace(rules=self._rules)
        self._accounts.set_switching_costs(
            choice.switching_cost_vendor, choice.switching_cost_model
        )

    def read_meters(self, weights: Floats, free_weights: Floats, sums: Floats) -> None:
        """Add the work done since the last call, by the second account of it.

        Arguments as of `Population.read_meters`.
        """
        types, meters = self.types, self._accounts.totals.meters
        volume = types.volume_mtok_per_month / DAYS_PER_MONTH
        metered_days = self.now_days - self._read_days
        read_meters(meters, metered_days, types.domain, volume, weights, free_weights, sums)
        # from now on meters' time begins anew: sums of a billion users would cancel out badly
        meters["moment"] = 0.0
        self._read_days = self.now_days

    def missed_by_meters(self) -> float:
        """Return how much usage all cells have that meters missed, or the other way round.

        Returns
        -------
        float
            In users who run all their tasks; exactly zero unless usage changed beside a meter.
        """
        totals = self._accounts.totals
        return float(np.abs(totals.cells["usage"] - totals.meters["usage"]).sum()) / UNIT

    def snapshot(self, offers: OfferView) -> Snapshot:
        """Describe how users stand now. Arguments as of `Population.snapshot`."""
        check_slots(offers, self._appraisal.offers, self.types.domains)
        self._read(offers)
        return self._accounts.snapshot(self._appraisal)

    @property
    def totals(self) -> Totals:
        """Sums over users by type and product."""
        return self._accounts.totals

    def welfare(self, offers: OfferView, domain_cost_usd_per_mtok: Floats) -> Welfare:
        """Return what the offers are worth now, by type. Arguments as of `Population.welfare`."""
        check_slots(offers, self._appraisal.offers, self.types.domains)
        self._read(offers)
        cohorts, products = self._world.cohorts, offers.listed.size
        open_to = ndtr(payable(self._appraisal.book.offers))[:, None, :]
        may_take = (open_to >= self._world.strata.middle[:, :, None]).sum(axis=2)
        first_takers = np.zeros((self.types.count, products + 1), np.int64)
        kinds = np.broadcast_to(np.arange(self.types.count)[:, None], may_take.shape)
        np.add.at(first_takers, (kinds, may_take), cohorts.new)
        satisfaction = (cohorts.held * cohorts.satisfaction).sum(axis=2)
        state = standing(
            self.types,
            self._appraisal,
            self.totals,
            self._rules,
            now_days=self.now_days,
            has_peers=self._world.offered.has_peers,
            first_takers=first_takers,
            satisfaction=satisfaction / np.maximum(self.totals.cells["users"], 1),
        )
        return welfare(state, domain_cost_usd_per_mtok)

    def count_users(self) -> Counts:
        """Count the users of each product now, shape (P,)."""
        return self._accounts.totals.users_of[:-1].copy()

    def count_holders(self) -> int:
        """Count the users who hold a product over all classes, totals left aside."""
        return int(self._world.cohorts.held.sum())

    def _new_world(self, cohorts: Cohorts, strata: Strata, offers: OfferView) -> World:
        products = offers.product_keys.size
        offered = Offered(
            book=self._appraisal.book,
            setup_share=ndtr(self._appraisal.book.offers["setup_quantile"].astype(np.float64)),
            has_peers=self._scenario.population.network.kind != "none",
            by_provider=np.argsort(offers.provider_index, kind="stable"),
            by_delivered=_best_first(self._appraisal.book),
        )
        return World(
            cohorts,
            strata,
            offered,
            self._accounts.totals,
            self._rules,
            type_keys(self._scenario),
            new_scratch(products),
        )

    def _read(self, offers: OfferView) -> None:
        """Bring what the steps read up to date with the present offers."""
        if offers is self._appraisal.offers:
            return
        self._appraisal.read(offers)
        self._take_over_book()

    def _take_over_book(self) -> None:
        """Bring what the steps read up to date with the appraisal."""
        book = self._appraisal.book
        self._world = self._world._replace(
            offered=self._world.offered._replace(
                book=book,
                by_provider=np.argsort(book.products["provider"], kind="stable"),
                setup_share=ndtr(book.offers["setup_quantile"].astype(np.float64)),
                by_delivered=_best_first(book),
            )
        )

    def _take_step(self, until_days: float) -> None:
        """Take one step, not beyond a time."""
        week_ends = (math.floor(self.now_days / LONGEST_STEP_DAYS) + 1.0) * LONGEST_STEP_DAYS
        until = min(until_days, week_ends)
        moves = most_moves_per_day(self._world) * (until - self.now_days)
        if moves > MOST_MOVES:
            steps = math.ceil(moves / MOST_MOVES)
            until = self.now_days + (until - self.now_days) / steps
        take_step(
            self.now_days,
            until - self.now_days,
            self.now_days - self._read_days,
            self._next_ordinal(),
            self._world,
        )
        self._count_looks_at_news()
        self.now_days = until

    def _count_looks_at_news(self) -> None:
        """Count as reviews, as for users one by one, that news of any product reached a user."""
        climate, totals = self._world.scratch.climate, self._accounts.totals
        reached = climate.amounts[1] * (1.0 - np.prod(1.0 - climate.reach))
        totals.counts[:] += round(float(reached * totals.types["aware"].sum()))

    def _next_ordinal(self) -> np.uint64:
        """Return the address in draws of the step that begins now: its week, and which it is."""
        week = math.floor(self.now_days / LONGEST_STEP_DAYS)
        self._step = self._step + 1 if week == self._week else 0
        self._week = week
        return np.uint64(week * _STEPS_A_WEEK + self._step)

    def _survey(
        self,
        least_usage: Floats,
        satisfaction: Floats,
        satisfaction_by_product: Floats,
        people: NDArray[np.int64],
    ) -> None:
        survey_cohorts(
            self._world,
            self.types.domain,
            ndtr(reach_of(self._appraisal.book.offers)),
            least_usage,
            satisfaction,
            satisfaction_by_product,
            people,
        )


def _best_first(book: Book) -> NDArray[np.int64]:
    """Return the products by what they deliver to each type, (K, P), best first."""
    return np.argsort(-book.offers["delivered"], axis=1, kind="stable")

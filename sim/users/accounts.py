"""From sums over users by type to what the market and the recorder want to know by domain."""

import numpy as np
from numpy.typing import NDArray

from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.cells import (
    ADOPTIONS,
    LEAVES,
    SWITCHES_IN,
    SWITCHES_OUT,
    add_satisfaction,
    collect,
    find_blocked,
    stand,
)
from sim.users.flow import Flow, Snapshot
from sim.users.offers import OfferView
from sim.users.records import UNIT, Users
from sim.users.totals import count_totals
from sim.users.user_types import UserTypes

Floats = NDArray[np.float64]


class Accounts:
    """The totals that the kernel keeps, and their sums by domain.

    Parameters
    ----------
    types : UserTypes
    users : Users
        The users, as they stand when the accounts begin.
    products : int
        Number of product slots P.

    Attributes
    ----------
    totals : Totals
        Kept up to date by the kernel.
    """

    def __init__(self, types: UserTypes, users: Users, products: int) -> None:
        self._types = types
        self._users = users
        self.totals = count_totals(types, users, products)
        self._mtok_per_day = types.volume_mtok_per_month / (DAYS_PER_MONTH * UNIT)
        population = self.totals.types["population"]
        potential = types.by_domain(types.volume_mtok_per_month * population / DAYS_PER_MONTH)
        # a domain without users runs a share of zero
        self._potential_mtok_per_day = np.where(potential > 0.0, potential, np.inf)
        self._by_domain = types.domains, products
        self._gain = np.full((types.count, products), np.nan)

    def flow(self, days: float, appraisal: Appraisal) -> Flow:
        """Account for what happened since the last call.

        Parameters
        ----------
        days : float
            Length of the interval since then.
        appraisal : Appraisal
            Of the offers that held throughout it.
        """
        counts = self.totals.counts
        work, user_days = np.zeros(self._by_domain), np.zeros(self._by_domain)
        moves = np.zeros((4, *self._by_domain), np.int64)
        collect(
            self.totals.cells,
            self._types.domain,
            self._mtok_per_day,
            appraisal.valuation.value_usd_per_mtok_of_work,
            appraisal.valuation.work_price_usd_per_mtok_of_work,
            work,
            user_days,
            moves,
            self._gain,
        )
        flow = Flow(
            days=days,
            mtok=work * _tokens(appraisal.offers),
            work_mtok=work,
            user_days=user_days,
            surplus_usd=self._surplus(),
            task_share_days=work.sum(axis=1) / self._potential_mtok_per_day,
            adoptions=moves[ADOPTIONS],
            switches_in=moves[SWITCHES_IN],
            switches_out=moves[SWITCHES_OUT],
            leaves=moves[LEAVES],
            reviews=int(counts[0]),
            candidates=int(counts[1]),
        )
        counts.fill(0)
        return flow

    def no_flow(self) -> Flow:
        """Return the flow of no time, in which nothing happened."""
        amounts, counts = np.zeros(self._by_domain), np.zeros(self._by_domain, np.int64)
        none = np.zeros(self._types.domains)
        return Flow(
            days=0.0,
            mtok=amounts,
            work_mtok=amounts,
            user_days=amounts,
            surplus_usd=none,
            task_share_days=none,
            adoptions=counts,
            switches_in=counts,
            switches_out=counts,
            leaves=counts,
            reviews=0,
            candidates=0,
        )

    def snapshot(self, appraisal: Appraisal, outside_utility: float) -> Snapshot:
        """Describe how users stand now.

        Parameters
        ----------
        appraisal : Appraisal
            Of the present offers.
        outside_utility : float
            Utility of no product, in units of mu.
        """
        types, totals = self._types, self.totals
        users, work = np.zeros(self._by_domain, np.int64), np.zeros(self._by_domain)
        stand(
            totals.cells,
            types.domain,
            self._mtok_per_day,
            appraisal.valuation.value_usd_per_mtok_of_work,
            appraisal.valuation.work_price_usd_per_mtok_of_work,
            users,
            work,
            self._gain,
        )
        adopters = users.sum(axis=1)
        aware = totals.types["aware"]
        idle = aware - totals.cells["users"].sum(axis=1)
        barred, deterred = np.zeros(types.count, np.bool_), np.zeros(types.count, np.bool_)
        find_blocked(
            appraisal.book.offers,
            types.privacy_cost,
            appraisal.offers.cloud,
            outside_utility,
            barred,
            deterred,
        )
        satisfaction = np.zeros(types.domains)
        add_satisfaction(self._users.rows, self._users.product, types.domain, satisfaction)
        return Snapshot(
            users=users,
            population=types.by_domain(totals.types["population"]),
            adopters=adopters,
            aware=types.by_domain(aware),
            usage_mtok_per_day=work * _tokens(appraisal.offers),
            surplus_usd_per_day=self._surplus(),
            satisfaction_mean=satisfaction / np.maximum(adopters, 1),
            tasks_share=work.sum(axis=1) / self._potential_mtok_per_day,
            barrier_blocked=types.by_domain(np.where(barred, totals.types["untried"], 0)),
            privacy_blocked=types.by_domain(np.where(deterred, idle, 0)),
        )

    def _surplus(self) -> Floats:
        """Consumer surplus A (pi exp(m + s^2 / 2) G - p w) by domain, in USD (a day).

        The sums over products and types are NumPy's, whose pairwise order loses few digits.
        """
        return self._types.by_domain(self._gain.sum(axis=1) * self._mtok_per_day)


def _tokens(offers: OfferView) -> Floats:
    return np.where(offers.listed, offers.tokens_per_task, 0.0)

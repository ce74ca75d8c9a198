"""From sums over users by type to what the market and the recorder want to know by domain."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Population as PopulationRecord
from sim.units import DAYS_PER_MONTH
from sim.users.appraisal import Appraisal
from sim.users.cells import (
    ADOPTERS,
    ADOPTIONS,
    AWARE_USERS,
    BARRED,
    DETERRED,
    LEAVES,
    POPULATION,
    SWITCHES_IN,
    SWITCHES_OUT,
    collect,
    count_people,
    stand,
)
from sim.users.flow import Flow, Snapshot
from sim.users.offers import OfferView
from sim.users.records import UNIT, Totals
from sim.users.request_classes import whole
from sim.users.user_types import UserTypes

Floats = NDArray[np.float64]
Survey = Callable[[Floats, Floats, Floats, NDArray[np.int64]], None]


class Accounts:
    """The totals that the kernel keeps, and their sums by domain.

    Parameters
    ----------
    record : Population
        What the scenario says of all users.
    types, rows : UserTypes
        The types, and the same cut into classes of requests.
    totals : Totals
        As users stand when the accounts begin.
    survey : callable
        Asks all users: adds up satisfaction, adopters, and those who are kept out, as
        ``sim.users.cells.survey`` does; called with its last four arguments.

    Attributes
    ----------
    totals : Totals
        Kept up to date by whoever moves users.
    no_flow : Flow
        The flow of no time, in which nothing happened; its arrays cannot be written.
    """

    def __init__(
        self,
        record: PopulationRecord,
        types: UserTypes,
        rows: UserTypes,
        totals: Totals,
        survey: Survey,
    ) -> None:
        self._record = record
        self._types = types
        self._rows = rows
        self.totals = totals
        self._survey = survey
        self._switching_cost_vendor = record.choice.switching_cost_vendor
        self._switching_cost_model = record.choice.switching_cost_model
        self.measure_volumes()
        self._shape = types.domains, totals.cells.shape[1]
        self._gain = np.full(totals.cells.shape, np.nan)
        self._tokens_per_work = types.tokens_per_work[:: types.count // types.domains]
        self.no_flow = _no_flow(types.count, *self._shape)

    def measure_volumes(self) -> None:
        """Take the volumes of the types as they are now; all before is accounted for."""
        types, population = self._types, self.totals.types["population"]
        self._mtok_per_day = self._rows.volume_mtok_per_month / (DAYS_PER_MONTH * UNIT)
        potential = types.by_domain(types.volume_mtok_per_month * population / DAYS_PER_MONTH)
        self._potential_mtok_per_day = potential
        # a domain without users runs a share of zero
        self._whole_mtok_per_day = np.where(potential > 0.0, potential, np.inf)

    def set_switching_costs(self, vendor: float, model: float) -> None:
        """Set what moves cost from now on, in units of mu; all before is accounted for."""
        self._switching_cost_vendor, self._switching_cost_model = vendor, model

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
        work, free, user_days = np.zeros((3, *self._shape))
        moves = np.zeros((4, *self._shape), np.int64)
        held_days = self.totals.cells["user_days"][: self._types.count].sum(axis=1)
        device_cost = self._device_cost(appraisal)
        collect(
            self.totals.cells,
            self._rows.domain,
            self._mtok_per_day,
            appraisal.valuation.value_usd_per_mtok_of_work,
            appraisal.valuation.work_price_usd_per_mtok_of_work,
            appraisal.valuation.token_cost_usd_per_mtok_of_work,
            work,
            free,
            user_days,
            moves,
            self._gain,
        )
        surplus = self._surplus()
        running_fee = self._types.running_fee_usd_per_month * held_days / DAYS_PER_MONTH
        if self.totals.holdings.size:
            user_days = self._types.by_domain(self.totals.holdings["user_days"])
            running_fee += self._further_fee()
        setup_cost = self.totals.types["setup_paid_usd"].copy()
        switching_cost = self._switching_cost()
        tokens = self._tokens(appraisal.offers)
        flow = Flow(
            days=days,
            mtok=work * tokens,
            billed_mtok=(work - free) * tokens,
            work_mtok=work,
            user_days=user_days,
            surplus_usd=self._types.by_domain(surplus),
            running_fee_usd=self._types.by_domain(running_fee),
            setup_cost_usd=self._types.by_domain(setup_cost),
            switching_cost_usd=self._types.by_domain(switching_cost),
            surplus_usd_by_type=surplus,
            running_fee_usd_by_type=running_fee,
            setup_cost_usd_by_type=setup_cost,
            switching_cost_usd_by_type=switching_cost,
            device_cost_usd=self._types.by_domain(device_cost),
            device_cost_usd_by_type=device_cost,
            surplus_usd_by_offer=whole(self._gain * self._mtok_per_day[:, None], self._types.count),
            type_domain=self._types.domain,
            task_share_days=work.sum(axis=1) / self._whole_mtok_per_day,
            adoptions=moves[ADOPTIONS],
            switches_in=moves[SWITCHES_IN],
            switches_out=moves[SWITCHES_OUT],
            leaves=moves[LEAVES],
            reviews=int(counts[0]),
            candidates=int(counts[1]),
        )
        counts.fill(0)
        for flowing in ("setup_paid_usd", "vendor_moves", "model_moves", "further_vendor_days"):
            self.totals.types[flowing] = 0
        self.totals.holdings["user_days"] = 0.0
        return flow

    def snapshot(self, appraisal: Appraisal) -> Snapshot:
        """Describe how users stand now.

        Parameters
        ----------
        appraisal : Appraisal
            Of the present offers.
        """
        types, totals = self._types, self.totals
        users, work = np.zeros(self._shape, np.int64), np.zeros(self._shape)
        stand(
            totals.cells,
            self._rows.domain,
            self._mtok_per_day,
            appraisal.valuation.value_usd_per_mtok_of_work,
            appraisal.valuation.work_price_usd_per_mtok_of_work,
            appraisal.valuation.token_cost_usd_per_mtok_of_work,
            users,
            work,
            self._gain,
        )
        if totals.holdings.size:
            users = types.by_domain(totals.holdings["users"])
        first = totals.cells[: types.count]  # every holder has one product for the first class
        holders = types.by_domain(first["users"].sum(axis=1))
        people = np.zeros((5, types.domains), np.int64)
        count_people(
            first,
            totals.types,
            types.domain,
            appraisal.book.whole,
            appraisal.open_utility,
            people,
        )
        satisfaction, by_product = np.zeros(types.domains), np.zeros(self._shape[1])
        self._survey(self._least_usage(appraisal.offers), satisfaction, by_product, people)
        with np.errstate(invalid="ignore"):
            by_product = by_product / users.sum(axis=0)
        return Snapshot(
            users=users,
            holders=holders,
            population=people[POPULATION],
            adopters=people[ADOPTERS],
            aware=people[AWARE_USERS],
            usage_mtok_per_day=work * self._tokens(appraisal.offers),
            surplus_usd_per_day=types.by_domain(self._surplus()),
            satisfaction_mean=satisfaction / np.maximum(holders, 1),
            satisfaction_by_product=by_product,
            potential_mtok_per_day=self._potential_mtok_per_day,
            tasks_share=work.sum(axis=1) / self._whole_mtok_per_day,
            barrier_blocked=people[BARRED],
            privacy_blocked=people[DETERRED],
        )

    def _device_cost(self, appraisal: Appraisal) -> Floats:
        """Cost of devices over the time since the last call, by type, in USD."""
        cost = appraisal.valuation.device_cost_usd_per_month
        if not (cost > 0.0).any():  # nearly always: no product runs on devices of its users
            return np.zeros(self._types.count)
        months = self.totals.cells["user_days"] / DAYS_PER_MONTH
        paid = months * np.nan_to_num(cost)
        return whole(paid.sum(axis=1), self._types.count)

    def _further_fee(self) -> Floats:
        """Cost of vendors beyond the first since the last call, by type, in USD."""
        months = self.totals.types["further_vendor_days"] / DAYS_PER_MONTH
        return np.asarray(self._types.further_vendor_fee_usd_per_month * months)

    def _tokens(self, offers: OfferView) -> Floats:
        """Tokens per token of work, (D, P)."""
        verbosity = np.where(offers.listed, offers.tokens_per_task, 0.0)
        return np.asarray(self._tokens_per_work[:, None] * verbosity)

    def _surplus(self) -> Floats:
        """Consumer surplus A (pi exp(m + s^2 / 2) G - p w) by type, in USD (a day).

        The sums over products are NumPy's, whose pairwise order loses few digits.
        """
        return whole(self._gain.sum(axis=1) * self._mtok_per_day, self._types.count)

    def _switching_cost(self) -> Floats:
        """Sum over moves of ``mu sigma``, by type, in USD."""
        moves = self.totals.types
        cost = (
            self._switching_cost_vendor * moves["vendor_moves"]
            + self._switching_cost_model * moves["model_moves"]
        )
        return np.asarray(self._types.taste_scale_usd_per_month * cost)

    def _least_usage(self, offers: OfferView) -> Floats:
        """Usage at which a user of each product counts as an adopter, in units of 1 / UNIT.

        By rows: as if one class of requests were all that there is.
        """
        least = self._record.adopter_minimum_mtok_per_month
        volume = self._rows.volume_mtok_per_month[:, None]
        volume = volume * self._tokens(offers)[self._rows.domain]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(least > 0.0, least / volume * UNIT, 0.0)


def _no_flow(types: int, domains: int, products: int) -> Flow:
    amounts, counts = np.zeros((domains, products)), np.zeros((domains, products), np.int64)
    by_domain, by_type, by_offer = np.zeros(domains), np.zeros(types), np.zeros((types, products))
    for shared in (amounts, counts, by_domain, by_type, by_offer):
        shared.setflags(write=False)
    return Flow(
        days=0.0,
        mtok=amounts,
        billed_mtok=amounts,
        work_mtok=amounts,
        user_days=amounts,
        surplus_usd=by_domain,
        running_fee_usd=by_domain,
        setup_cost_usd=by_domain,
        switching_cost_usd=by_domain,
        surplus_usd_by_type=by_type,
        running_fee_usd_by_type=by_type,
        setup_cost_usd_by_type=by_type,
        switching_cost_usd_by_type=by_type,
        device_cost_usd=by_domain,
        device_cost_usd_by_type=by_type,
        surplus_usd_by_offer=by_offer,
        type_domain=np.zeros(types, np.int64),
        task_share_days=by_domain,
        adoptions=counts,
        switches_in=counts,
        switches_out=counts,
        leaves=counts,
        reviews=0,
        candidates=0,
    )

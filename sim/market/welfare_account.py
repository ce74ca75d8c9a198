"""Surplus by type of user since the last end of a quarter, and what the offers are worth there."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.quantities import FloatArray
from sim.record.user_rows import WelfareRows
from sim.users.flow import Flow
from sim.users.offers import OfferView
from sim.users.populations import AnyPopulation


class WelfareAccount:
    """Adds up what users of each type gain, and values the offers at the ends of quarters.

    The log-sum takes some hundred times as long as the rest of a snapshot, so that it is taken at
    the first snapshot in each quarter of the calendar, on the first day and on the last.

    Parameters
    ----------
    domain_names
        Of the population's domains, in their order.
    population
        The users.
    scale
        Users that a simulated one stands for.
    """

    def __init__(self, domain_names: list[str], population: AnyPopulation, scale: float) -> None:
        self._population = population
        self._scale = scale
        types = population.types
        self._domain = [domain_names[number] for number in types.domain]
        first = np.searchsorted(types.domain, types.domain)
        self._number = np.arange(types.count) - first
        self._gross_usd, self._costs_usd = np.zeros((2, types.count))
        self._since_days = 0.0
        self._quarter: tuple[int, int] | None = None

    def add(self, flow: Flow) -> None:
        """Add a stretch of time."""
        costs = (
            flow.running_fee_usd_by_type
            + flow.setup_cost_usd_by_type
            + flow.switching_cost_usd_by_type
            + flow.device_cost_usd_by_type
        )
        self._gross_usd += flow.surplus_usd_by_type * self._scale
        self._costs_usd += costs * self._scale

    def is_due(self, date: dt.date) -> bool:
        """Return whether a quarter of the calendar has begun since the last rows."""
        return _quarter(date) != self._quarter

    def rows(
        self, now_days: float, date: dt.date, offers: OfferView, domain_cost: FloatArray
    ) -> WelfareRows:
        """Return the rows of today, and begin anew.

        Parameters
        ----------
        now_days, date
            Today.
        offers
            The offers that hold now.
        domain_cost
            (D, P): marginal cost of each product at each domain's mix, USD per million tokens.
        """
        types, totals = self._population.types, self._population.totals
        worth = self._population.welfare(offers, domain_cost)
        days = now_days - self._since_days
        gross, net = (
            (usd / days if days > 0.0 else None)
            for usd in (self._gross_usd, self._gross_usd - self._costs_usd)
        )
        self._gross_usd, self._costs_usd = np.zeros((2, types.count))
        self._since_days, self._quarter = now_days, _quarter(date)
        scale = self._scale
        return WelfareRows(
            domain=self._domain,
            user_type=self._number,
            volume_mtok_per_month=types.volume_mtok_per_month.copy(),
            users=totals.types["population"] * scale,
            holders=totals.cells["users"][: types.count].sum(axis=1) * scale,
            viable_tasks_share=worth.viable_tasks_share,
            gross_surplus_usd_per_day=gross,
            surplus_usd_per_day=net,
            log_sum_surplus_usd_per_day=worth.log_sum_usd_per_day * scale,
            expected_margin_usd_per_day=worth.margin_usd_per_day * scale,
            deadweight_loss_usd_per_day=worth.deadweight_loss_usd_per_day * scale,
        )


def _quarter(date: dt.date) -> tuple[int, int]:
    return date.year, (date.month - 1) // 3

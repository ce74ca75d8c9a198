"""What rented hours must have served and cost, by the roofline's rates and the terms of clouds."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.data.rents import rent_history
from sim.interventions.kinds.rents import Rents
from sim.quantities import FloatArray, IntegerArray
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Accelerator
from sim.serving.cost import Serving
from sim.serving.service import Served

_SECONDS_PER_HOUR = 3600.0
_TOKENS_PER_MTOK = 1e6
_HOURS_PER_DAY = 24.0


class ServedWeek(NamedTuple):
    """A week whose services are reckoned.

    Attributes
    ----------
    first, last
        Its first day and the day after its last, from the scenario's first.
    served
        Who served which share, where, at which rates, and the hours that were rented.
    """

    first: int
    last: int
    served: Sequence[Served]


class Rented(NamedTuple):
    """What services must have taken, one row for each of all weeks, (S,).

    Attributes
    ----------
    week, product, chips
        Places of the week among those given, of the product, and of host and vendor in
        `RentedTime.chips`.
    mtok
        Tokens that the hours served at the roofline's rates, in millions.
    hours, busy_hours
        Accelerator-hours that were rented on the days of the week, and those that the work took.
    leased
        How many accelerators its provider leased of the kind on the day that is furthest from a
        whole number of them.
    rent_usd, chip_usd
        What the provider owes its host for them, and the host the chip's vendor.
    """

    week: IntegerArray
    product: IntegerArray
    chips: IntegerArray
    mtok: FloatArray
    hours: FloatArray
    busy_hours: FloatArray
    leased: FloatArray
    rent_usd: FloatArray
    chip_usd: FloatArray


class RentedTime:
    """Reckons hours of work and rents anew, apart from the hosts that rent accelerators out.

    One instance reads prompts at ``prefill_tok_per_s`` and writes a token of each of its
    ``concurrency`` sequences in ``step_s``; what is found in a cache it reads at
    ``cached_tok_per_s``.

    Parameters
    ----------
    scenario
        Its clouds and products are read.

    Attributes
    ----------
    chips
        Hosts, and vendors of accelerators that they rent out.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._devices = np.array(
            [float(p.architecture.accelerators_per_instance) for p in scenario.products]
        )
        offers = [(cloud, offer) for cloud in scenario.clouds for offer in cloud.accelerators]
        vendors = [(cloud.name, offer.spec.vendor) for cloud, offer in offers]
        self.chips = list(dict.fromkeys(vendors))
        self._chips = np.array([self.chips.index(vendor) for vendor in vendors], np.int64)
        self._rent_factor = np.array([1.0 + cloud.markup_share for cloud, _ in offers])
        self._chip_factor = np.array([cloud.chip_cost_share for cloud, _ in offers])
        days = [
            scenario.start_date + dt.timedelta(days=n) for n in range(round(scenario.duration_days))
        ]
        self._rents_usd = np.array(
            [_rents_by_day(offer, cloud.lease_share, days) for cloud, offer in offers]
        )
        for number, (cloud, offer) in enumerate(offers):
            self._rents_usd[number] *= _factors_by_day(scenario, cloud.name, offer.name, days)
        self._offer: dict[str, dict[str, int]] = {cloud.name: {} for cloud in scenario.clouds}
        for number, (cloud, offer) in enumerate(offers):
            self._offer[cloud.name][offer.name] = number
        self._premium = np.array([cloud.on_demand_premium_share for cloud, _ in offers])
        makers = [provider.name for provider in scenario.providers]
        self._maker = np.array([makers.index(p.provider) for p in scenario.products], np.int64)

    def reckon(self, weeks: Sequence[ServedWeek], kinds_mtok: FloatArray) -> Rented:
        """Return what the work of weeks must have taken; weeks are given once, in order.

        Parameters
        ----------
        weeks
            The weeks.
        kinds_mtok
            (W, P, 3): tokens by week, product and kind, in the order of `PerToken`.
        """
        rows = [one for week in weeks for one in week.served]
        week = np.repeat(np.arange(len(weeks)), [len(one.served) for one in weeks])
        products, hosts, accelerators, _, services, shares, servings = (
            zip(*rows, strict=True) if rows else ((),) * len(Served._fields)
        )
        product, share = np.array(products, np.int64), np.array(shares)
        offer = np.array(
            [self._offer[host][one.name] for host, one in zip(hosts, accelerators, strict=True)],
            np.int64,
        )
        kinds = kinds_mtok[week, product]
        mtok = kinds.sum(axis=1)
        whole = self._devices[product] * _hours_of_work(servings, kinds)
        busy = share * whole
        days = _Days.of([one.hours_by_day for one in services])
        rent_usd = self._rents_usd[offer[days.row], days.day]
        premium = 1.0 + self._premium[offer[days.row]]
        base_usd = days.sums((days.leased + days.on_demand) * rent_usd)
        paid_usd = days.sums((days.leased + days.on_demand * premium) * rent_usd)
        worked = np.array([one.accelerator_hours * one.utilisation_share for one in services])
        # what takes no time is served by any share of a fleet
        served = np.divide(worked, whole, out=share.copy(), where=whole > 0.0) * mtok
        return Rented(
            week,
            product,
            self._chips[offer],
            served,
            days.sums(days.leased + days.on_demand),
            busy,
            self._leased(days, self._maker[product] * self._rents_usd.shape[0] + offer),
            paid_usd * self._rent_factor[offer],
            base_usd * self._chip_factor[offer],
        )

    def _leased(self, days: _Days, pool: IntegerArray) -> FloatArray:
        """Return by row the number of leased accelerators of its provider's least whole day."""
        width = self._rents_usd.shape[1]
        place = pool[days.row] * width + days.day
        places, back = np.unique(place, return_inverse=True)
        hours = np.bincount(back, days.leased, places.size)
        leased = (hours / _HOURS_PER_DAY)[back]
        worst = np.zeros(days.rows)
        order = np.argsort(np.abs(leased - np.rint(leased)), kind="stable")
        worst[days.row[order]] = leased[order]
        return worst


class _Days(NamedTuple):
    """Hours of all rows, day by day."""

    rows: int
    row: IntegerArray
    day: IntegerArray
    leased: FloatArray
    on_demand: FloatArray

    @classmethod
    def of(cls, hours_by_day: Sequence[Sequence[tuple[int, float, float]]]) -> _Days:
        """Put the days of all rows one after the other."""
        row = np.repeat(np.arange(len(hours_by_day)), [len(days) for days in hours_by_day])
        flat = np.array([day for days in hours_by_day for day in days]).reshape(-1, 3)
        return cls(len(hours_by_day), row, flat[:, 0].astype(np.int64), flat[:, 1], flat[:, 2])

    def sums(self, amounts: FloatArray) -> FloatArray:
        """Return the sums of amounts of days by row."""
        return np.asarray(np.bincount(self.row, amounts, self.rows), np.float64)


def _hours_of_work(servings: Sequence[Serving], kinds_mtok: FloatArray) -> FloatArray:
    """Return the hours that an instance of one accelerator each would take for tokens by kind."""
    rates = [
        (one.prefill_tok_per_s, one.cached_tok_per_s, one.step_s, one.concurrency)
        for one in servings
    ]
    prefill_tok_per_s, cached_tok_per_s, step_s, concurrency = np.array(rates).reshape(-1, 4).T
    seconds = (
        kinds_mtok[:, 0] / prefill_tok_per_s
        + kinds_mtok[:, 1] / cached_tok_per_s
        + kinds_mtok[:, 2] * step_s / concurrency
    )
    return np.asarray(_TOKENS_PER_MTOK * seconds / _SECONDS_PER_HOUR)


def _rents_by_day(offer: Accelerator, lease_share: float, days: Sequence[dt.date]) -> list[float]:
    """Return the last rent by each day: the scenario's own, else the table's as leased."""
    own = [(rent.date, rent.rent_usd_per_hour) for rent in offer.rents]
    leased = [] if own else [(date, lease_share * rent) for date, rent in rent_history(offer.name)]
    dates, rents = zip(*sorted(own or leased), strict=True)
    return [rents[max(bisect_right(dates, day) - 1, 0)] for day in days]


def _factors_by_day(
    scenario: Scenario, cloud: str, chip: str, days: Sequence[dt.date]
) -> FloatArray:
    """Return what interventions multiply a rent by on each day."""
    factors = np.ones(len(days))
    for one in scenario.interventions:
        if isinstance(one, Rents) and one.cloud in (None, cloud) and one.chip in (None, chip):
            until = one.until_date or dt.date.max
            factors *= [one.factor if one.date <= day < until else 1.0 for day in days]
    return factors

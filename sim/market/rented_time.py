"""What fleets must have been rented for, reckoned from tokens by the roofline's rates."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.data.accelerators import accelerator
from sim.data.rents import rent_history
from sim.quantities import FloatArray, IntegerArray
from sim.scenario.scenario import Scenario
from sim.scenario.supply import Accelerator
from sim.serving.cost import Serving
from sim.serving.service import MOST_BUSY_SHARE, Served

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
    hours
        Accelerator-hours that must have been rented.
    rent_usd, chip_usd
        What the provider owes its host for them, and the host the chip's vendor.
    """

    week: IntegerArray
    product: IntegerArray
    chips: IntegerArray
    mtok: FloatArray
    hours: FloatArray
    rent_usd: FloatArray
    chip_usd: FloatArray


class RentedTime:
    """Reckons fleets, hours and rents anew, apart from the hosts that rent them out.

    One instance reads prompts at ``prefill_tok_per_s`` and writes a token of each of its
    ``concurrency`` sequences in ``step_s``; what is found in a cache takes no time.

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
        vendors = [(cloud.name, accelerator(offer.name).vendor) for cloud, offer in offers]
        self.chips = list(dict.fromkeys(vendors))
        self._chips = np.array([self.chips.index(vendor) for vendor in vendors], np.int64)
        self._target = np.array([cloud.target_utilisation for cloud, _ in offers])
        self._rent_factor = np.array([1.0 + cloud.markup_share for cloud, _ in offers])
        self._chip_factor = np.array([cloud.chip_cost_share for cloud, _ in offers])
        days = [
            scenario.start_date + dt.timedelta(days=n) for n in range(round(scenario.duration_days))
        ]
        self._rents_usd = np.array(
            [_rents_by_day(offer, cloud.lease_share, days) for cloud, offer in offers]
        )
        self._offer: dict[str, dict[str, int]] = {cloud.name: {} for cloud in scenario.clouds}
        for number, (cloud, offer) in enumerate(offers):
            self._offer[cloud.name][offer.name] = number
        self._sized = np.full((len(scenario.products), len(offers)), np.nan)

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
        days = np.array([one.last - one.first for one in weeks])[week]
        busy = share * whole / (_HOURS_PER_DAY * days)
        wanted = busy / self._target[offer]
        fleet = np.maximum(self._sized_before(product, offer, wanted), busy / MOST_BUSY_SHARE)
        hours = fleet * _HOURS_PER_DAY * days
        base_usd = hours * self._mean_rents(weeks)[week, offer]
        worked = np.array([one.accelerator_hours * one.utilisation_share for one in services])
        # what takes no time is served by any share of a fleet
        served = np.divide(worked, whole, out=share.copy(), where=whole > 0.0) * mtok
        return Rented(
            week,
            product,
            self._chips[offer],
            served,
            hours,
            base_usd * self._rent_factor[offer],
            base_usd * self._chip_factor[offer],
        )

    def _sized_before(
        self, product: IntegerArray, offer: IntegerArray, wanted: FloatArray
    ) -> FloatArray:
        """Return the fleets as sized the time before; a first one is what is wanted now."""
        place = product * self._sized.shape[1] + offer
        order = np.argsort(place, kind="stable")
        again = np.append(False, np.diff(place[order]) == 0)
        known = self._sized.ravel()
        before = np.where(again, np.roll(wanted[order], 1), known[place[order]])
        known[place] = wanted  # of several weeks the last stays
        sized = np.empty_like(wanted)
        sized[order] = before
        return np.where(np.isnan(sized), wanted, sized)

    def _mean_rents(self, weeks: Sequence[ServedWeek]) -> FloatArray:
        """Return means of the days' rents, (W, accelerators), without the hosts' mark-ups."""
        of_weeks = [self._rents_usd[:, week.first : week.last] for week in weeks]
        return np.array([days.mean(axis=1) for days in of_weeks])


def _hours_of_work(servings: Sequence[Serving], kinds_mtok: FloatArray) -> FloatArray:
    """Return the hours that an instance of one accelerator each would take for tokens by kind."""
    prefill_tok_per_s, step_s, concurrency = (
        np.array([(one.prefill_tok_per_s, one.step_s, one.concurrency) for one in servings])
        .reshape(-1, 3)
        .T
    )
    seconds = kinds_mtok[:, 0] / prefill_tok_per_s + kinds_mtok[:, 2] * step_s / concurrency
    return np.asarray(_TOKENS_PER_MTOK * seconds / _SECONDS_PER_HOUR)


def _rents_by_day(offer: Accelerator, lease_share: float, days: Sequence[dt.date]) -> list[float]:
    """Return the last rent by each day: the scenario's own, else the table's as leased."""
    own = [(rent.date, rent.rent_usd_per_hour) for rent in offer.rents]
    leased = [] if own else [(date, lease_share * rent) for date, rent in rent_history(offer.name)]
    dates, rents = zip(*sorted(own or leased), strict=True)
    return [rents[max(bisect_right(dates, day) - 1, 0)] for day in days]

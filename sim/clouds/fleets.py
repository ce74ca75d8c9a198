"""The fleets of all hosts: whole instances, leased or by the hour, and what they serve."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from sim.clouds.allotment import allot, ration
from sim.clouds.fleet import Asked, Fleet, Model
from sim.clouds.leases import Hosting, Leases
from sim.clouds.pool import Pool
from sim.clouds.tenant import Renter, Tenant
from sim.clouds.usage_record import Felt, Rented
from sim.market.offer_book import tariffs_of
from sim.market.stage import Process, Stage
from sim.quantities import FloatArray
from sim.scenario.demand import HOURS
from sim.users.mechanisms.hours import served_hours

_HOURS_PER_DAY = 24.0
_MEMORY_PER_DAY = 0.2
"""Weight of the last day in what users see of delay and refusals; an assumption."""
_FELT_WAIT_S, _FELT_WAIT_SHARE, _FELT_REFUSED_SHARE = 0.02, 0.02, 1e-3
"""Changes of delay, in seconds and in part of itself, and of refusals that users do not notice."""


class Joining(Hosting, Protocol):
    """A host, as fleets know it."""

    def join(self, fleets: Fleets) -> None:
        """Let its accelerators be counted in these fleets."""


class Fleets:
    """All fleets of a market.

    A provider leases whole accelerators; its fleets share them, an instance at least for each. What
    a stretch of time calls for beyond the lease is rented by the hour, as far as hosts have any and
    the provider has money; what is still missing makes requests queue, and then be refused. What
    hosts keep free for the hour is one market: who has none of his own passes on another's.

    Attributes
    ----------
    leases
        What providers lease, once the fleets are open.
    """

    leases: Leases

    def __init__(self) -> None:
        self._fleets: list[Fleet] = []
        self._is_open: dict[int, bool] = {}
        self._place: dict[int, int] = {}
        self._rented: defaultdict[tuple[int, str], Rented] = defaultdict(Rented)
        self._felt: defaultdict[int, Felt] = defaultdict(Felt)
        self._hour_shares: FloatArray | None = None
        self._day = (-1, dt.date.min)
        self._stage: Stage

    # ------------------------------------------------------------------------- beginning

    def open(self, stage: Stage, hosts: Sequence[Joining]) -> None:
        """Take the products in that hosts are to serve in this run."""
        self._stage, self.leases = stage, Leases(stage, hosts)
        shares = [mix.weights[2] for mix in stage.book.domain_mixes]
        domains = stage.scenario.domains
        hours = served_hours(domains, tariffs_of(stage.scenario))
        if np.ptp(hours, axis=2).any():
            self._hour_shares = hours
        together: defaultdict[tuple[str, str], list[Tenant]] = defaultdict(list)
        for product in (one for host in hosts for one in host.tenants):
            config = product.config
            named = f"product {config.name}" if config.fleet is None else f"fleet {config.fleet}"
            together[config.provider, named].append(product)
        self._fleets = [
            Fleet(products, shares, self.leases.terms(provider).target_utilisation)
            for (provider, _), products in together.items()
        ]
        for host in hosts:
            host.join(self)
        self._is_open = dict.fromkeys(range(len(self._fleets)), False)
        self._place = {
            product.number: place
            for place, fleet in enumerate(self._fleets)
            for product in fleet.products
        }

    # --------------------------------------------------------------------------- serving

    def serve(
        self,
        asked_mtok: FloatArray,
        first_days: float,
        days: float,
        served_mtok: FloatArray,
        refused_mtok: FloatArray,
    ) -> None:
        """Serve what users ask of its products over a stretch of time within a day.

        Parameters
        ----------
        asked_mtok
            (D, P): million tokens.
        first_days, days
            When it begins, and its length, > 0.
        served_mtok, refused_mtok
            (P,): what is served of them and of what waits from before, and what is refused;
            written in place for the host's own products.
        """
        if self._hour_shares is None:
            self._serve_evenly(asked_mtok, first_days, days, served_mtok, refused_mtok)
            return
        self._ask(asked_mtok, asked_mtok.sum(axis=0).tolist(), first_days, days)
        served, refused = np.zeros((2, served_mtok.size))
        for begin_days, length_days, parts in _pieces(self._hour_shares, first_days, days):
            piece = asked_mtok * parts
            of_piece = np.zeros((2, served_mtok.size))
            self._serve_evenly(piece, begin_days, length_days, *of_piece)
            served += of_piece[0]
            refused += of_piece[1]
        for fleet in self._fleets:
            for number in fleet.numbers:
                served_mtok[number], refused_mtok[number] = served[number], refused[number]

    def _serve_evenly(
        self,
        asked_mtok: FloatArray,
        first_days: float,
        days: float,
        served_mtok: FloatArray,
        refused_mtok: FloatArray,
    ) -> None:
        """Serve a stretch of time in which requests come evenly; parameters as in `serve`."""
        total = asked_mtok.sum(axis=0).tolist()
        asked = self._ask(asked_mtok, total, first_days, days)
        instances = self._divide(asked, first_days, days)
        for place, wanted in asked.items():
            fleet = self._fleets[place]
            passage = fleet.serve(wanted, instances[place], days)
            part = passage.served / wanted.requests if wanted.requests > 0.0 else 0.0
            lost = passage.refused / wanted.requests if wanted.requests > 0.0 else 0.0
            for index, number in enumerate(fleet.numbers):
                mtok = wanted.mtok[index]
                refused = lost * mtok + wanted.refused_mtok[index]
                served_mtok[number], refused_mtok[number] = part * mtok, refused
                felt = self._felt[number]
                felt.asked_mtok += total[number]
                felt.served_mtok += part * mtok
                felt.refused_mtok += refused
                felt.waited_s_mtok += passage.wait_s * part * mtok
                for name, hours in wanted.work_hours.items():
                    if hours[index] > 0.0:
                        self._rented[number, name].busy_hours += part * hours[index]

    def _ask(
        self, asked_mtok: FloatArray, total: list[float], first_days: float, days: float
    ) -> dict[int, Asked]:
        """Return what is asked of each fleet in use; a fleet that comes into use gets its lease."""
        listed, columns = self._stage.book.listed.tolist(), asked_mtok.T.tolist()
        asked = {}
        for place, fleet in enumerate(self._fleets):
            in_use = fleet.products[0].maker.active and any(
                listed[n] or total[n] > 0.0 for n in fleet.numbers
            )
            if in_use:
                if not self._is_open[place]:
                    fleet.renew()
                asked[place] = fleet.ask(columns, days)
                if not self._is_open[place]:
                    planned = (
                        fleet.ready(asked_mtok, days, sum(listed))
                        if first_days > 0.0
                        else fleet.needed(asked[place], days)
                    )
                    self.leases.begin(fleet, planned)
            self._is_open[place] = in_use
        return asked

    def _divide(
        self, asked: dict[int, Asked], first_days: float, days: float
    ) -> dict[int, dict[str, int]]:
        """Return how many instances of each kind each fleet has, and note who rents which hours."""
        pools: defaultdict[str, dict[str, list[tuple[int, int]]]] = defaultdict(dict)
        for place, wanted in asked.items():
            fleet = self._fleets[place]
            for name, needed in fleet.needed(wanted, days).items():
                users = pools[name].setdefault(fleet.products[0].config.provider, [])
                users.append((place, needed))
        instances: dict[int, dict[str, int]] = {place: {} for place in asked}
        used = {(provider, name) for name, providers in pools.items() for provider in providers}
        self.leases.receive(first_days, used)
        for name, providers in pools.items():
            pool = [
                Pool.of(self._fleets, fleets, self.leases, name) for fleets in providers.values()
            ]
            granted = ration([one.missing for one in pool], self.leases.free(name))
            for one, more in zip(pool, granted, strict=True):
                given = allot(one.needed, one.devices, one.working + more)
                for place, count in zip(one.places, given, strict=True):
                    instances[place][name] = count
                self._note_hours(name, one, given, asked, first_days, days)
        return instances

    def _note_hours(
        self,
        name: str,
        pool: Pool,
        given: list[int],
        asked: dict[int, Asked],
        first_days: float,
        days: float,
    ) -> None:
        """Divide the hours that a provider rents among its products, by instances and work.

        Accelerators that stand idle are divided as those in use are.
        """
        day, hours = math.floor(first_days), _HOURS_PER_DAY * days
        date = self._date_of(day)
        provider = pool.renter.config.name
        leased = self.leases.of(provider, name).accelerators
        rent = self.leases.rent_usd_per_hour(provider, name, date)
        premium_usd = rent * self.leases.terms(provider).on_demand_premium_share
        used = [count * size for count, size in zip(given, pool.devices, strict=True)]
        total, by_the_hour = sum(used), max(0, sum(used) - pool.working)
        for place, accelerators in zip(pool.places, used, strict=True):
            fleet, work = self._fleets[place], asked[place].work_hours[name]
            whole, serving = sum(work), fleet.serving[name]
            for index, number in enumerate(fleet.numbers):
                if not serving[index]:
                    continue
                of_fleet = work[index] / whole if whole > 0.0 else 1.0 / sum(serving)
                part = accelerators / total * of_fleet
                rented = self._rented[number, name]
                rented.leased_hours[day] += part * leased * hours
                rented.on_demand_hours[day] += part * by_the_hour * hours
                rented.base_usd += part * (leased + by_the_hour) * hours * rent
                rented.premium_usd += part * by_the_hour * hours * premium_usd

    def _date_of(self, day: int) -> dt.date:
        if self._day[0] != day:
            self._day = day, self._stage.scenario.start_date + dt.timedelta(days=day)
        return self._day[1]

    # --------------------------------------------------------------------- what users see

    def publish_daily(self, stage: Stage) -> Process:
        """Let users see, every day, how long they wait and how often they are refused."""
        while True:
            yield stage.wait(1.0)
            stage.advance()
            for number, felt in self._felt.items():
                book = stage.book
                waited, refused = float(book.delay_s[number]), float(book.refused_share[number])
                late_s = felt.delay_s - waited
                dearth = felt.refused_share - refused
                notice_s = max(_FELT_WAIT_S, _FELT_WAIT_SHARE * waited)
                if abs(late_s) > notice_s or abs(dearth) > _FELT_REFUSED_SHARE:
                    stage.set_service(
                        number,
                        waited + _MEMORY_PER_DAY * late_s,
                        refused + _MEMORY_PER_DAY * dearth,
                    )
            self._felt.clear()

    # ------------------------------------------------------------------------ settlements

    def take_rented(self, number: int) -> dict[str, Rented]:
        """Return what a product's accelerators did since the last settlement, and begin anew."""
        names = [name for product, name in self._rented if product == number]
        return {name: self._rented.pop((number, name)) for name in names}

    def model(self, number: int) -> Model:
        """Return how a product has been served since the last settlement."""
        fleet = self._fleets[self._place[number]]
        return fleet.models[fleet.numbers.index(number)]

    def order(self, days: float) -> None:
        """Close the week, and order for the time after the lead time what the forecasts call for.

        Parameters
        ----------
        days
            Length of the week.
        """
        wanted: defaultdict[tuple[str, str], int] = defaultdict(int)
        renters: dict[str, Renter] = {}
        for place, fleet in enumerate(self._fleets):
            if not self._is_open[place]:
                continue
            provider = fleet.products[0].config.provider
            renters[provider] = fleet.products[0].maker
            fleet.remember(days)
            before = fleet.expected(0.0)
            shares = [model.shares for model in fleet.models]
            fleet.renew()
            if shares != [model.shares for model in fleet.models]:
                self.leases.move(fleet, before)
            ahead_days = self.leases.terms(provider).order_lead_time_days + days
            for name, instances in fleet.expected(ahead_days).items():
                wanted[provider, name] += instances * fleet.devices
        for (provider, name), accelerators in wanted.items():
            self.leases.order(renters[provider], name, accelerators)


def _pieces(
    shares: FloatArray, first_days: float, days: float
) -> Iterator[tuple[float, float, FloatArray]]:
    """Yield the hours of a stretch of time: begin, length, part of the tokens, (D, P)."""
    begin, end = HOURS * first_days, HOURS * (first_days + days)
    hours = range(math.floor(begin), math.ceil(end))
    bounds = [(max(hour, begin), min(hour + 1.0, end)) for hour in hours]
    lengths = np.array([high - low for low, high in bounds])
    weights = np.maximum(shares[..., [hour % HOURS for hour in hours]], 1e-12) * lengths
    parts = weights / weights.sum(axis=-1, keepdims=True)
    for place, (low, high) in enumerate(bounds):
        if high > low:
            yield low / HOURS, (high - low) / HOURS, parts[..., place]

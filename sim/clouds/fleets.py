"""The fleets of all hosts: whole instances, leased or by the hour, and what they serve."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from sim.clouds.fleet import Fleet, Model
from sim.clouds.leases import Hosting, Leases
from sim.clouds.lines import Asked, IntArray, Lines
from sim.clouds.pools import Pools
from sim.clouds.tenant import Renter, Tenant
from sim.clouds.usage_record import Felt, Rented
from sim.market.offer_book import tariffs_of
from sim.market.stage import Process, Stage
from sim.quantities import FloatArray
from sim.scenario.demand import HOURS
from sim.serving.queueing import is_wait_negligible
from sim.users.mechanisms.hours import served_hours

_HOURS_PER_DAY = 24.0
_SECONDS_PER_DAY = 86_400.0
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
        self._place: dict[int, int] = {}
        self._lines: Lines | None = None
        self._pools: Pools | None = None
        self._rented: defaultdict[tuple[int, str], Rented] = defaultdict(Rented)
        self._hour_shares: FloatArray | None = None
        self._output_shares: list[float] = []
        self._stage: Stage

    # ------------------------------------------------------------------------- beginning

    def open(self, stage: Stage, hosts: Sequence[Joining]) -> None:
        """Take the products in that hosts are to serve in this run."""
        self._stage, self.leases = stage, Leases(stage, hosts)
        self._output_shares = [mix.weights[2] for mix in stage.book.domain_mixes]
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
            Fleet(products, self.leases.terms(provider).target_utilisation)
            for (provider, _), products in together.items()
        ]
        for host in hosts:
            host.join(self)
        self._is_open = np.zeros(len(self._fleets), bool)
        self._busy_hours = np.zeros(len(self._fleets))
        self._felt = Felt(len(stage.book.delay_s))
        self._queued_mtok = np.zeros(len(stage.book.delay_s))
        self._numbers = np.array([n for fleet in self._fleets for n in fleet.numbers], np.int64)
        sizes = [len(fleet.numbers) for fleet in self._fleets]
        self._first_number = np.cumsum([0, *sizes])[:-1]
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
        self._open_used(asked_mtok, first_days, days)
        served, refused = np.zeros((2, served_mtok.size))
        for begin_days, length_days, parts in _pieces(self._hour_shares, first_days, days):
            piece = asked_mtok * parts
            of_piece = np.zeros((2, served_mtok.size))
            self._serve_evenly(piece, begin_days, length_days, *of_piece)
            served += of_piece[0]
            refused += of_piece[1]
        if self._lines is not None:
            numbers = self._lines.numbers
            served_mtok[numbers], refused_mtok[numbers] = served[numbers], refused[numbers]

    def _serve_evenly(
        self,
        asked_mtok: FloatArray,
        first_days: float,
        days: float,
        served_mtok: FloatArray,
        refused_mtok: FloatArray,
    ) -> None:
        """Serve a stretch of time in which requests come evenly; parameters as in `serve`."""
        self._open_used(asked_mtok, first_days, days)
        lines, pools = self._lines, self._pools
        if lines is None or pools is None:
            self.leases.receive(first_days, set())
            return
        asked = lines.ask(asked_mtok, self._queued_mtok, days)
        instances = pools.rent(asked, first_days, days)
        served, refused, queue, wait_s = self._pass(lines, asked, instances, days)
        numbers, of = lines.numbers, lines.fleet_of
        served_of, refused_of, queued_of = (
            np.divide(part, asked.requests, out=np.zeros_like(part), where=asked.requests > 0.0)
            for part in (served, refused, queue)
        )
        got = served_of[of] * asked.mtok
        lost = refused_of[of] * asked.mtok + asked.refused_mtok
        self._queued_mtok[numbers] = queued_of[of] * asked.mtok
        served_mtok[numbers], refused_mtok[numbers] = got, lost
        felt = self._felt
        felt.is_known[numbers] = True
        felt.asked_mtok[numbers] += asked_mtok[:, numbers].sum(axis=0)
        felt.served_mtok[numbers] += got
        felt.refused_mtok[numbers] += lost
        felt.waited_s_mtok[numbers] += wait_s[of] * got
        lines.note_work(served_of[lines.fleet_of_group[lines.group_of]] * asked.work_hours)

    def _pass(
        self, lines: Lines, asked: Asked, instances: IntArray, days: float
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Let requests pass through each fleet: served, refused, queue, wait in seconds; (F,)."""
        able_hours = _HOURS_PER_DAY * days * lines.devices * instances
        load = np.maximum.reduceat(asked.group_hours / able_hours, lines.first_group)
        slots = np.maximum(1, np.rint(np.add.reduceat(lines.slots * instances, lines.first_group)))
        fresh = np.divide(
            asked.waiting, asked.requests, out=np.zeros_like(load), where=asked.requests > 0.0
        )
        hours = np.add.reduceat(asked.group_hours, lines.first_group)
        self._busy_hours[self._is_open] += (1.0 - fresh) * hours
        served, (refused, queue, wait_s) = asked.requests.copy(), np.zeros((3, load.size))
        is_busy = (asked.requests > 0.0) & (load > 0.0)
        is_short = ~is_wait_negligible(slots, np.where(is_busy, load, 0.5))
        for fleet in np.flatnonzero(is_busy & (is_short | (asked.waiting > 0.0))).tolist():
            served[fleet], refused[fleet], queue[fleet], wait_s[fleet] = lines.fleets[fleet].serve(
                float(asked.requests[fleet]),
                float(asked.waiting[fleet]),
                float(load[fleet]),
                int(slots[fleet]),
                days * _SECONDS_PER_DAY,
            )
        return served, refused, queue, wait_s

    def _open_used(self, asked_mtok: FloatArray, first_days: float, days: float) -> None:
        """Note which fleets are used; those that come into use get their leases."""
        listed = self._stage.book.listed
        if not self._fleets:
            return
        is_wanted = (listed | (asked_mtok.sum(axis=0) > 0.0))[self._numbers]
        is_used = np.logical_or.reduceat(is_wanted, self._first_number)
        is_used &= [fleet.products[0].maker.active for fleet in self._fleets]
        begun = np.flatnonzero(is_used & ~self._is_open)
        if self._lines is not None and np.array_equal(is_used, self._is_open):
            return
        for place in begun.tolist():
            self._fleets[place].renew()
        self._is_open = is_used
        self._list_lines()
        if self._lines is None or not begun.size:
            return
        asked = self._lines.ask(asked_mtok, self._queued_mtok, days)
        needed = self._lines.needed(asked, days)
        used = np.flatnonzero(is_used).tolist()
        for place in begun.tolist():
            fleet = self._fleets[place]
            planned = (
                fleet.ready(asked_mtok, days, int(listed.sum()))
                if first_days > 0.0
                else self._lines.by_kind(used.index(place), needed)
            )
            self.leases.begin(fleet, planned)

    def _list_lines(self) -> None:
        """Draw up the lines and pools of the fleets in use, as they are served now."""
        self._keep_rented()
        fleets = [self._fleets[place] for place in np.flatnonzero(self._is_open).tolist()]
        self._lines = self._pools = None
        if fleets:
            self._lines = Lines(fleets, self._output_shares)
            start = self._stage.scenario.start_date
            self._pools = Pools(self._lines, self.leases, start)

    # --------------------------------------------------------------------- what users see

    def publish_daily(self, stage: Stage) -> Process:
        """Let users see, every day, how long they wait and how often they are refused."""
        while True:
            yield stage.wait(1.0)
            stage.advance()
            felt, book = self._felt, stage.book
            late_s, dearth = felt.delay_s - book.delay_s, felt.refused_share - book.refused_share
            notice_s = np.maximum(_FELT_WAIT_S, _FELT_WAIT_SHARE * book.delay_s)
            is_noticed = (np.abs(late_s) > notice_s) | (np.abs(dearth) > _FELT_REFUSED_SHARE)
            for number in np.flatnonzero(felt.is_known & is_noticed).tolist():
                stage.set_service(
                    number,
                    float(book.delay_s[number] + _MEMORY_PER_DAY * late_s[number]),
                    float(book.refused_share[number] + _MEMORY_PER_DAY * dearth[number]),
                )
            self._felt = Felt(felt.is_known.size)

    # ------------------------------------------------------------------------ settlements

    def take_rented(self, number: int) -> dict[str, Rented]:
        """Return what a product's accelerators did since the last settlement, and begin anew."""
        self._keep_rented()
        names = [name for product, name in self._rented if product == number]
        return {name: self._rented.pop((number, name)) for name in names}

    def _keep_rented(self) -> None:
        """Take over from the lines what was rented."""
        if self._lines is not None:
            for number, kind, rented in self._lines.take_rented():
                self._rented[number, kind].add(rented)

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
            fleet.remember(float(self._busy_hours[place]), days)
            before = fleet.expected(0.0)
            shares = [model.shares for model in fleet.models]
            fleet.renew()
            if shares != [model.shares for model in fleet.models]:
                self.leases.move(fleet, before)
            ahead_days = self.leases.terms(provider).order_lead_time_days + days
            for name, instances in fleet.expected(ahead_days).items():
                wanted[provider, name] += instances * fleet.devices
        self._busy_hours[:] = 0.0
        self._list_lines()
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

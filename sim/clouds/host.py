"""A cloud host: rents accelerators to providers, whose fleets it keeps."""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from operator import mul

from sim.clouds.fleets import Fleets
from sim.clouds.hosted_chip import HostedChip
from sim.clouds.tenant import Tenant
from sim.clouds.usage_record import Rented
from sim.data.accelerators import AcceleratorSpec
from sim.data.rents import rent_history
from sim.market.ledger import Account, AccountKind, Purpose
from sim.market.stage import Process, Stage
from sim.record.event import Event, EventKind
from sim.scenario.supply import Accelerator, Cloud
from sim.serving.service import Served, Service


class Host:
    """A cloud host at run time.

    Parameters
    ----------
    config
        What the scenario says of the host.

    Attributes
    ----------
    tenants
        Products that it serves, in the order in which they hear of new rents.
    fleets
        The accelerators that serve them, together with those of other hosts.
    """

    def __init__(self, config: Cloud) -> None:
        self.config = config
        self.account = Account(AccountKind.CLOUD, config.name)
        self.tenants: list[Tenant] = []
        carbon = config.carbon_kg_per_kwh
        self._carbon_kg_per_kwh = math.nan if carbon is None else carbon
        self._offers = {offer.name: offer for offer in config.accelerators}
        self._specs = {name: offer.spec for name, offer in self._offers.items()}
        self._rents = {
            name: _rent_steps(offer, config.lease_share) for name, offer in self._offers.items()
        }
        self._rents_date: dt.date | None = None
        self._rents_of_date: dict[str, float] = {}
        self._mean_of: tuple[dt.date, float] | None = None
        self._means: dict[str, float] = {}
        self.fleets = Fleets()
        self._due_to_vendors_usd: defaultdict[str, float] = defaultdict(float)

    @property
    def name(self) -> str:
        """Name of the host."""
        return self.config.name

    @property
    def accelerators(self) -> tuple[str, ...]:
        """Names of the accelerators that it rents out."""
        return tuple(self._offers)

    def spec(self, name: str) -> AcceleratorSpec:
        """Physics of one of its accelerators."""
        return self._specs[name]

    def hosted(self, name: str) -> HostedChip:
        """Return one of its accelerators as it runs it."""
        offer = self._offers[name]
        return HostedChip(
            chip=self._specs[name],
            target_utilisation=self.config.target_utilisation,
            prefill_efficiency=offer.prefill_efficiency,
            decode_efficiency=offer.decode_efficiency,
            power_usage_effectiveness=self.config.power_usage_effectiveness,
            cache_read_bytes_per_s=offer.cache_read_bytes_per_s,
        )

    def base_rent_usd_per_hour(self, name: str, date: dt.date) -> float:
        """Return the rent of one accelerator without the host's mark-up.

        Before its first dated rent the first holds, after its last the last.
        """
        if date != self._rents_date:
            self._rents_date = date
            self._rents_of_date = {
                offer: rents[max(bisect_right(dates, date) - 1, 0)]
                for offer, (dates, rents) in self._rents.items()
            }
        return self._rents_of_date[name]

    def mean_base_rent_usd_per_hour(self, name: str, until: dt.date, days: float) -> float:
        """Return the mean over time of the rent of one accelerator, without the host's mark-up.

        Parameters
        ----------
        name
            The accelerator.
        until
            The day at whose beginning the stretch of time ends.
        days
            Its length, > 0.
        """
        if self._mean_of != (until, days):
            self._mean_of = until, days
            self._means = {
                offer: _mean_rent(dates, rents, until, days)
                for offer, (dates, rents) in self._rents.items()
            }
        return self._means[name]

    def mean_rent_usd_per_hour(self, name: str, until: dt.date, days: float) -> float:
        """Return the mean over time of the rent that providers pay; parameters as above."""
        base = self.mean_base_rent_usd_per_hour(name, until, days)
        return (1.0 + self.config.markup_share) * base

    def rent_usd_per_hour(self, name: str, date: dt.date) -> float:
        """Return the rent that providers pay: base rent times ``1 + markup``."""
        return (1.0 + self.config.markup_share) * self.base_rent_usd_per_hour(name, date)

    def rents_usd_per_hour(self, names: Iterable[str], date: dt.date) -> dict[str, float]:
        """Return the rents that providers pay for several accelerators."""
        return {name: self.rent_usd_per_hour(name, date) for name in names}

    def rent_dates(self, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
        """Return the days after the first, up to the last, on which some rent changes."""
        changes = {
            date
            for dates, rents in self._rents.values()
            for date, old, new in zip(dates[1:], rents[:-1], rents[1:], strict=True)
            if new != old and first < date <= last
        }
        return tuple(sorted(changes))

    def scale_rents(
        self, names: Iterable[str], factor: float, first: dt.date, last: dt.date | None
    ) -> None:
        """Multiply the rents of some of its accelerators from a day until another.

        Parameters
        ----------
        names
            Which.
        factor
            By what.
        first, last
            From when, and the first day on which the rents are as before; None: never.
        """
        for name in names:
            self._rents[name] = _scaled(*self._rents[name], factor, first, last)
        self._rents_date = self._mean_of = None

    def follow_rents(self, stage: Stage) -> Process:
        """Change rents on their dates, and their tenants' costs with them.

        Parameters
        ----------
        stage
            The market.
        """
        scenario = stage.scenario
        for date in self.rent_dates(scenario.start_date, scenario.end_date):
            yield stage.wait(scenario.days(date) - stage.now)
            stage.advance()
            before = self.rents_usd_per_hour(self.accelerators, date - dt.timedelta(days=1))
            rents = self.rents_usd_per_hour(self.accelerators, date)
            for name, rent in rents.items():
                if rent != before[name]:
                    stage.log(
                        Event(
                            time_days=stage.now,
                            kind=EventKind.RENT,
                            actor=self.name,
                            subject=name,
                            field="rent_usd_per_hour",
                            old=before[name],
                            new=rent,
                        )
                    )
            for tenant in self.tenants:
                tenant.set_rents(rents)

    def pay_vendors(self, stage: Stage) -> None:
        """Pass on to chip vendors what of the week's rents is theirs."""
        for name, usd in self._due_to_vendors_usd.items():
            if usd > 0.0:
                vendor = Account(AccountKind.CHIP_VENDOR, self._specs[name].vendor)
                stage.pay(self.account, vendor, Purpose.CHIPS, usd)
        self._due_to_vendors_usd.clear()

    def join(self, fleets: Fleets) -> None:
        """Let its accelerators be counted in these fleets."""
        self.fleets = fleets

    def services(self, product: int, days: float, until: dt.date) -> list[Served]:
        """Return what serving a product took since the last settlement, and owe vendors their part.

        Parameters
        ----------
        product
            Its number.
        days
            Time since then.
        until
            Today.

        Returns
        -------
        list
            What it took of each kind of accelerator.
        """
        rented = self.fleets.take_rented(product)
        if not rented:
            return []
        model = self.fleets.model(product)
        shares = dict(model.shares)
        return [
            Served(
                product,
                self.name,
                self._specs[name],
                self.mean_rent_usd_per_hour(name, until, days),
                self._service(name, hours, days),
                shares[name],
                model.servings[name],
            )
            for name, hours in rented.items()
        ]

    def _service(self, name: str, rented: Rented, days: float) -> Service:
        leased_hours = sum(rented.leased_hours.values())
        on_demand_hours = sum(rented.on_demand_hours.values())
        hours = leased_hours + on_demand_hours
        chip_usd = rented.base_usd * self.config.chip_cost_share
        self._due_to_vendors_usd[name] += chip_usd
        idle_hours = max(0.0, hours - rented.busy_hours)
        drawn_hours = hours - idle_hours * (1.0 - self._offers[name].idle_power_share)
        energy_kwh = (
            drawn_hours * self._specs[name].power_w * self.config.power_usage_effectiveness / 1e3
        )
        return Service(
            fleet_accelerators=hours / (24.0 * days),
            on_demand_accelerators=on_demand_hours / (24.0 * days),
            utilisation_share=rented.busy_hours / hours if hours > 0.0 else 0.0,
            accelerator_hours=hours,
            rent_usd=(rented.base_usd + rented.premium_usd) * (1.0 + self.config.markup_share),
            chip_usd=chip_usd,
            energy_kwh=energy_kwh,
            co2_kg=energy_kwh * self._carbon_kg_per_kwh,
            hours_by_day=tuple(
                (day, rented.leased_hours[day], rented.on_demand_hours[day])
                for day in sorted(rented.leased_hours)
            ),
        )


def _rent_steps(offer: Accelerator, lease_share: float) -> tuple[list[dt.date], list[float]]:
    """Rents of an accelerator by date: the scenario's own, else the table's as it is leased."""
    if offer.rents:
        steps = sorted((rent.date, rent.rent_usd_per_hour) for rent in offer.rents)
    else:
        steps = [(date, lease_share * rent) for date, rent in rent_history(offer.name)]
    return [date for date, _ in steps], [rent for _, rent in steps]


def _scaled(
    dates: list[dt.date], rents: list[float], factor: float, first: dt.date, last: dt.date | None
) -> tuple[list[dt.date], list[float]]:
    """Return the rents by date, times a factor from a day until another."""
    bounds = [first] if last is None else [first, last]
    days = sorted({*dates, *bounds})
    held = [rents[max(bisect_right(dates, day) - 1, 0)] for day in days]
    times = [factor if first <= day and (last is None or day < last) else 1.0 for day in days]
    return days, [rent * one for rent, one in zip(held, times, strict=True)]


def _mean_rent(dates: list[dt.date], rents: list[float], until: dt.date, days: float) -> float:
    """Return the mean over time of rents that each hold until the next, the first before it too."""
    begin, end = until.toordinal() - days, float(until.toordinal())
    steps = [date.toordinal() for date in dates]
    held, last = max(bisect_right(steps, begin) - 1, 0), max(bisect_left(steps, end) - 1, 0)
    if held == last:
        return rents[held]
    bounds = [begin, *(float(step) for step in steps[held + 1 : last + 1]), end]
    spans = [after - before for before, after in pairwise(bounds)]
    return float(sum(map(mul, spans, rents[held : last + 1]))) / days

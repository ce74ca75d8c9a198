"""Pools: the fleets of one provider that share its accelerators of one kind."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from typing import NamedTuple

import numpy as np

from sim.clouds.allotment import allot, ration
from sim.clouds.leases import Leases
from sim.clouds.lines import Asked, IntArray, Lines
from sim.clouds.tenant import Renter
from sim.quantities import FloatArray

_HOURS_PER_DAY = 24.0


class Pool(NamedTuple):
    """Groups of one provider's instances of one kind of accelerator.

    Attributes
    ----------
    renter
        The provider.
    kind
        The kind.
    groups
        Places of the groups.
    devices
        Accelerators of an instance of each.
    """

    renter: Renter
    kind: str
    groups: IntArray
    devices: IntArray

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.renter.config.name


class Pools:
    """The pools of all fleets in use, kind by kind.

    Parameters
    ----------
    lines
        The fleets in use.
    leases
        What their providers lease.
    start
        First day of the run.
    """

    def __init__(self, lines: Lines, leases: Leases, start: dt.date) -> None:
        self._lines, self._leases, self._start = lines, leases, start
        self._pools = _pools_of(lines)
        self._pool_of = np.zeros(len(lines.kinds), np.int64)
        for place, pool in enumerate(self._pools):
            self._pool_of[pool.groups] = place
        terms = [leases.terms(pool.provider) for pool in self._pools]
        self._premium_share = np.array([one.on_demand_premium_share for one in terms])
        self._rents = (dt.date.min, np.empty(0))

    def rent(self, asked: Asked, first_days: float, days: float) -> IntArray:
        """Rent what is asked for, as far as there is any; note who rents which hours.

        Parameters
        ----------
        asked
            Of the fleets in use.
        first_days, days
            When the stretch of time begins, and its length, > 0.

        Returns
        -------
        NDArray
            (G,) How many instances each group has.
        """
        needed = self._lines.needed(asked, days)
        self._leases.receive(first_days, {(pool.provider, pool.kind) for pool in self._pools})
        working = [
            self._leases.working(pool.provider, pool.kind, int(pool.devices.sum()))
            for pool in self._pools
        ]
        wanted = np.bincount(self._pool_of, needed * self._lines.devices).astype(int).tolist()
        missing = [
            self._leases.by_the_hour(pool.renter, pool.kind, count - works)
            for pool, count, works in zip(self._pools, wanted, working, strict=True)
        ]
        more = self._ration(missing)
        instances = needed.copy()
        for pool, works, extra, count in zip(self._pools, working, more, wanted, strict=True):
            if count > works + extra:
                given = allot(needed[pool.groups].tolist(), pool.devices.tolist(), works + extra)
                instances[pool.groups] = given
        self._note_hours(asked, instances, working, first_days, days)
        return instances

    def _ration(self, missing: list[int]) -> list[int]:
        """Return what each pool gets by the hour of what it misses."""
        by_kind: defaultdict[str, list[int]] = defaultdict(list)
        for place, (pool, count) in enumerate(zip(self._pools, missing, strict=True)):
            if count > 0:
                by_kind[pool.kind].append(place)
        granted = [0] * len(missing)
        for kind, places in by_kind.items():
            shares = ration([missing[place] for place in places], self._leases.free(kind))
            for place, count in zip(places, shares, strict=True):
                granted[place] = count
        return granted

    def _note_hours(
        self,
        asked: Asked,
        instances: IntArray,
        working: list[int],
        first_days: float,
        days: float,
    ) -> None:
        """Divide the hours that providers rent among their products, by instances and work."""
        day, hours = math.floor(first_days), _HOURS_PER_DAY * days
        used, pool_of = instances * self._lines.devices, self._pool_of
        total = np.bincount(pool_of, used)
        leases = [self._leases.of(pool.provider, pool.kind) for pool in self._pools]
        leased = np.array([lease.accelerators for lease in leases])[pool_of]
        by_the_hour = np.maximum(0, total - working)[pool_of]
        rent_usd = self._rents_usd_per_hour(self._start + dt.timedelta(days=day))[pool_of]
        premium_usd = rent_usd * self._premium_share[pool_of]
        part, of = self._lines.divide(used / total[pool_of], asked), self._lines.group_of
        on_demand_hours = part * by_the_hour[of] * hours
        self._lines.note_rent(
            day,
            part * leased[of] * hours,
            on_demand_hours,
            part * (leased + by_the_hour)[of] * hours * rent_usd[of],
            on_demand_hours * premium_usd[of],
        )

    def _rents_usd_per_hour(self, date: dt.date) -> FloatArray:
        """Return what an accelerator of each pool costs on a date."""
        if self._rents[0] != date:
            rents = [
                self._leases.rent_usd_per_hour(pool.provider, pool.kind, date)
                for pool in self._pools
            ]
            self._rents = date, np.array(rents)
        return self._rents[1]


def _pools_of(lines: Lines) -> list[Pool]:
    renters: dict[tuple[str, str], Renter] = {}
    groups: dict[tuple[str, str], list[int]] = {}
    for group, (kind, fleet) in enumerate(
        zip(lines.kinds, lines.fleet_of_group.tolist(), strict=True)
    ):
        renter = lines.fleets[fleet].products[0].maker
        renters.setdefault((kind, renter.config.name), renter)
        groups.setdefault((kind, renter.config.name), []).append(group)
    return [
        Pool(renters[key], key[0], np.array(places), lines.devices[places])
        for key, places in groups.items()
    ]

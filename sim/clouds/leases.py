"""What providers lease, order, and may rent by the hour with the cash that they have."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Container, Sequence
from typing import Protocol

from sim.clouds.fleet import Fleet
from sim.clouds.lease import Lease
from sim.clouds.tenant import Renter, Tenant
from sim.market.stage import Stage
from sim.scenario.supply import Cloud
from sim.units import DAYS_PER_MONTH

_HOURS_PER_WEEK = 7.0 * 24.0
_HOURS_PER_MONTH = 24.0 * DAYS_PER_MONTH
_MOST_AFFORDABLE = 10**12


class Hosting(Protocol):
    """Who hosts fleets, as they know it."""

    tenants: list[Tenant]

    @property
    def config(self) -> Cloud:
        """What the scenario says of it."""

    def base_rent_usd_per_hour(self, name: str, date: dt.date) -> float:
        """Return the rent of one accelerator without the host's mark-up."""


class Leases:
    """Leases of all providers, and what hosts keep free, which is one market.

    Parameters
    ----------
    stage
        The market.
    hosts
        Who hosts what.
    """

    def __init__(self, stage: Stage, hosts: Sequence[Hosting]) -> None:
        self._stage = stage
        self._hosts = {product.config.provider: host for host in hosts for product in host.tenants}
        self._leases: defaultdict[tuple[str, str], Lease] = defaultdict(Lease)
        self._free: defaultdict[str, int] = defaultdict(int)
        for chip in (chip for host in hosts for chip in host.config.accelerators):
            self._free[chip.name] += chip.on_demand_accelerators
        self._frozen: set[tuple[str, str]] = set()
        self._working_share: dict[tuple[str, str], float] = {}

    def terms(self, provider: str) -> Cloud:
        """Return the terms of the cloud that a provider rents from."""
        return self._hosts[provider].config

    def rent_usd_per_hour(self, provider: str, name: str, date: dt.date) -> float:
        """Return what a provider's host asks for an accelerator, without its mark-up."""
        return self._hosts[provider].base_rent_usd_per_hour(name, date)

    def of(self, provider: str, name: str) -> Lease:
        """Return what a provider leases of a kind."""
        return self._leases[provider, name]

    def leased(self, provider: str) -> int:
        """Return how many accelerators a provider leases now."""
        return sum(one.accelerators for (name, _), one in self._leases.items() if name == provider)

    def ordered(self, provider: str) -> int:
        """Return how many more, or fewer, its orders and notices will make it."""
        return sum(one.ordered for (name, _), one in self._leases.items() if name == provider)

    # ----------------------------------------------------------------- what happens to them

    def freeze(self, host: str, accelerator: str, *, is_on: bool) -> None:
        """Let no accelerator of a kind come to a host, ordered or by the hour, or let them again.

        What has been ordered, and notices that were given, take effect when the freeze ends.
        """
        if is_on:
            self._frozen.add((host, accelerator))
        else:
            self._frozen.discard((host, accelerator))

    def limit(self, host: str, accelerator: str, working_share: float) -> None:
        """Let only a share of a host's leased accelerators of a kind work; all are paid.

        Each fleet keeps an instance.
        """
        self._working_share[host, accelerator] = working_share

    def begin(self, fleet: Fleet, planned: dict[str, int]) -> None:
        """Lease what a fleet begins with, as far as its provider can pay for a month of it."""
        renter = fleet.products[0].maker
        for name, instances in planned.items():
            affordable = self._affordable(renter, name, _HOURS_PER_MONTH) // fleet.devices
            accelerators = max(1, min(instances, affordable)) * fleet.devices
            self.of(renter.config.name, name).take(accelerators)

    def receive(self, now_days: float, used: Container[tuple[str, str]]) -> None:
        """Take over what was ordered for now, and end leases that serve nothing any more."""
        for key, lease in self._leases.items():
            if not self._is_frozen(*key):
                lease.receive(now_days)
            if key not in used:
                lease.end()

    def move(self, fleet: Fleet, before: dict[str, int]) -> None:
        """Take over the accelerators of an upgrade, and give back those that they replace.

        Parameters
        ----------
        fleet
            As it is served from now on.
        before
            Instances of each kind that it was to have until now.
        """
        after, provider = fleet.expected(0.0), fleet.products[0].config.provider
        for name in dict.fromkeys((*before, *after)):
            change = (after.get(name, 0) - before.get(name, 0)) * fleet.devices
            lease = self.of(provider, name)
            lease.take(max(change, -lease.accelerators))

    def order(self, renter: Renter, name: str, accelerators: int) -> None:
        """Order, for after the lead time, what is missing then; give notice of what is too much."""
        provider = renter.config.name
        lease, lead_time_days = self.of(provider, name), self.terms(provider).order_lead_time_days
        at_days = math.ceil(self._stage.now + lead_time_days)
        more = accelerators - lease.accelerators - lease.ordered
        lease.give_notice(-more, at_days)
        if more > 0:
            more -= lease.withdraw_notices(more)
            lease.order(min(more, self._affordable(renter, name, _HOURS_PER_MONTH)), at_days)

    # ------------------------------------------------------------------------ what there is

    def working(self, provider: str, name: str, least: int) -> int:
        """Return how many accelerators that a provider leases work; an instance a fleet, at least.

        Parameters
        ----------
        provider, name
            Who leases which kind.
        least
            Accelerators of an instance for each of its fleets: they are leased where they are not.
        """
        lease, host = self.of(provider, name), self.terms(provider).name
        lease.take(max(0, least - lease.accelerators))
        share = self._working_share.get((host, name), 1.0)
        return max(least, math.floor(lease.accelerators * share))

    def by_the_hour(self, renter: Renter, name: str, missing: int) -> int:
        """Return how many of the missing accelerators a provider would rent by the hour."""
        provider = renter.config.name
        refuses = renter.config.capacity.beyond == "refuse"
        if missing <= 0 or refuses or self._is_frozen(provider, name):
            return 0
        premium = 1.0 + self.terms(provider).on_demand_premium_share
        return min(missing, self._affordable(renter, name, _HOURS_PER_WEEK * premium))

    def free(self, name: str) -> int:
        """Return how many accelerators of a kind hosts have free, by the hour."""
        beside = sum(
            self.terms(provider).on_demand_share * lease.accelerators
            for (provider, kind), lease in self._leases.items()
            if kind == name
        )
        return self._free[name] + math.floor(beside)

    def _is_frozen(self, provider: str, name: str) -> bool:
        return (self.terms(provider).name, name) in self._frozen

    def _affordable(self, renter: Renter, name: str, hours: float) -> int:
        """Return how many accelerators a provider has the cash to pay for so many hours."""
        provider = renter.config.name
        rent = self.rent_usd_per_hour(provider, name, self._stage.date)
        each = rent * (1.0 + self.terms(provider).markup_share) * hours
        cash_usd = self._stage.balance_usd(renter.account)
        if each <= 0.0:
            return _MOST_AFFORDABLE
        return max(0, math.floor(min(cash_usd / each, _MOST_AFFORDABLE)))

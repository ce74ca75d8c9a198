"""A pool: the fleets of one provider that share its accelerators of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.clouds.fleet import Fleet
from sim.clouds.leases import Leases
from sim.clouds.tenant import Renter


class Pool(NamedTuple):
    """Fleets of one provider on one kind of accelerator.

    Attributes
    ----------
    renter
        The provider.
    places, needed, devices
        Places of the fleets, the instances that each needs, and accelerators of one.
    working
        Accelerators that it leases and that work.
    missing
        What it would rent by the hour.
    """

    renter: Renter
    places: list[int]
    needed: list[int]
    devices: list[int]
    working: int
    missing: int

    @classmethod
    def of(
        cls, fleets: Sequence[Fleet], users: list[tuple[int, int]], leases: Leases, name: str
    ) -> Pool:
        """Put fleets together, given by their places and the instances that they need."""
        places, needed = [place for place, _ in users], [count for _, count in users]
        devices = [fleets[place].devices for place in places]
        renter = fleets[places[0]].products[0].maker
        working = leases.working(renter.config.name, name, sum(devices))
        wanted = sum(count * size for count, size in zip(needed, devices, strict=True))
        missing = leases.by_the_hour(renter, name, wanted - working)
        return cls(renter, places, needed, devices, working, missing)

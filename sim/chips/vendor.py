"""Chip vendors: revenue from the rents of their accelerators."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sim.data.accelerators import AcceleratorSpec
from sim.serving.service import Service


@dataclass(frozen=True, slots=True)
class ChipRevenue:
    """What one kind of accelerator brought its vendor over a stretch of time.

    Attributes
    ----------
    vendor, accelerator
        Who made what.
    accelerators_rented
        Accelerators rented on average, over all hosts and products.
    revenue_usd
        The vendor's part of the rents: depreciation of the chips, spread over their use.
    """

    vendor: str
    accelerator: str
    accelerators_rented: float
    revenue_usd: float


def chip_revenues(
    services: Iterable[tuple[AcceleratorSpec, Service]],
) -> tuple[ChipRevenue, ...]:
    """Return revenue by vendor and accelerator, sorted, from services over the same stretch.

    Parameters
    ----------
    services
        Each with the accelerator that it ran on.
    """
    rented: defaultdict[tuple[str, str], float] = defaultdict(float)
    revenue: defaultdict[tuple[str, str], float] = defaultdict(float)
    for spec, service in services:
        rented[spec.vendor, spec.name] += service.fleet_accelerators
        revenue[spec.vendor, spec.name] += service.chip_usd
    return tuple(
        ChipRevenue(vendor, name, rented[vendor, name], revenue[vendor, name])
        for vendor, name in sorted(rented)
    )

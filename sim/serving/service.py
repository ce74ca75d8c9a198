"""A service: what serving a product on an accelerator took, and to whom the money goes."""

from __future__ import annotations

from typing import NamedTuple

from sim.data.accelerators import AcceleratorSpec
from sim.serving.cost import Serving


class Service(NamedTuple):
    """What serving one product on one kind of accelerator took over a stretch of time.

    Attributes
    ----------
    fleet_accelerators
        Accelerators rented on average, on-demand ones included.
    on_demand_accelerators
        Those of them that were rented by the hour, on average.
    utilisation_share
        Busy over rented time, at most one.
    accelerator_hours
        Rented.
    rent_usd
        What the provider pays, mark-up included.
    chip_usd
        What of it goes on to the chip vendor.
    energy_kwh, co2_kg
        Busy accelerators draw board power times the building's overhead, idle ones a share of it,
        by default all. CO2 is NaN where the carbon of the grid is unknown.
    hours_by_day
        Day of the run, and hours rented of leased accelerators and by the hour.
    """

    fleet_accelerators: float
    on_demand_accelerators: float
    utilisation_share: float
    accelerator_hours: float
    rent_usd: float
    chip_usd: float
    energy_kwh: float
    co2_kg: float
    hours_by_day: tuple[tuple[int, float, float], ...]

    @property
    def margin_usd(self) -> float:
        """What the host keeps: for power, building, staff and profit."""
        return self.rent_usd - self.chip_usd


class Served(NamedTuple):
    """What serving one product on one kind of accelerator of a host took in a week.

    Attributes
    ----------
    product
        Number of the product.
    host
        Name of the cloud host.
    accelerator
        Physics of the accelerator.
    rent_usd_per_hour
        What the provider paid for one on average over the week, mark-up included.
    service
        What it took.
    share
        Share of the product's tokens that it served.
    serving
        Work and speed of the model on this accelerator.
    """

    product: int
    host: str
    accelerator: AcceleratorSpec
    rent_usd_per_hour: float
    service: Service
    share: float
    serving: Serving

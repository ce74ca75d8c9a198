"""A cloud host: rents accelerators to providers and keeps a fleet for each product."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from sim.clouds.hosted_chip import HostedChip
from sim.clouds.queueing import mean_wait_s
from sim.data.accelerators import AcceleratorSpec, accelerator
from sim.data.rents import rent_history
from sim.scenario.supply import Accelerator, Cloud

MOST_BUSY_SHARE = 0.95
"""Utilisation never exceeds this: beyond, accelerators are rented on demand at the same rent."""
OUTPUT_TOKENS_PER_REQUEST = 500.0
"""Assumed length of an answer, for the time that a request holds its slot."""


@dataclass(frozen=True, slots=True)
class Service:
    """What serving one product on one kind of accelerator took over a stretch of time.

    Attributes
    ----------
    fleet_accelerators
        Accelerators rented on average, on-demand ones included.
    burst_accelerators
        Of these, on demand.
    utilisation_share
        Busy over rented time, at most 0.95.
    accelerator_hours
        Rented.
    rent_usd
        What the provider pays, mark-up included.
    chip_usd
        What of it goes on to the chip vendor.
    energy_kwh, co2_kg
        All rented accelerators draw board power times the building's overhead.
    """

    fleet_accelerators: float
    burst_accelerators: float
    utilisation_share: float
    accelerator_hours: float
    rent_usd: float
    chip_usd: float
    energy_kwh: float
    co2_kg: float

    @property
    def margin_usd(self) -> float:
        """What the host keeps: for power, building, staff and profit."""
        return self.rent_usd - self.chip_usd


class Host:
    """A cloud host at run time.

    Each product has its own accelerators (an instance holds one model's weights). Fleets are sized
    each week to the demand of the last, at the target utilisation; demand beyond 0.95 of a fleet
    is met by accelerators rented on demand. A product that has no fleet yet gets the one that its
    first demand calls for. Fleets are fractional: an accelerator may be rented for a part of the
    time.

    Parameters
    ----------
    config
        What the scenario says of the host.
    """

    def __init__(self, config: Cloud) -> None:
        self.config = config
        self._offers = {offer.name: offer for offer in config.accelerators}
        self._specs = {name: accelerator(name) for name in self._offers}
        self._rents = {name: _rent_steps(offer) for name, offer in self._offers.items()}
        self._fleets: dict[tuple[str, str], float] = {}

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
            flop_utilisation=offer.prefill_flop_utilisation,
            bandwidth_utilisation=offer.decode_bandwidth_utilisation,
            target_utilisation=self.config.target_utilisation,
            power_usage_effectiveness=self.config.power_usage_effectiveness,
        )

    def base_rent_usd_per_hour(self, name: str, date: dt.date) -> float:
        """Return the rent of one accelerator without the host's mark-up.

        Before its first dated rent the first holds, after its last the last.
        """
        dates, rents = self._rents[name]
        return rents[max(bisect_right(dates, date) - 1, 0)]

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

    def size_fleet(self, product: str, name: str, busy_accelerators: float) -> None:
        """Set a product's fleet for the coming week.

        Parameters
        ----------
        product, name
            Product and accelerator.
        busy_accelerators
            Mean number of accelerators that last week's demand kept busy (or is expected to, for a
            launch); the fleet is this over the target utilisation.
        """
        self._fleets[product, name] = busy_accelerators / self.config.target_utilisation

    def serve(
        self, product: str, name: str, busy_hours: float, days: float, date: dt.date
    ) -> Service:
        """Return what a product's demand took over a stretch of time.

        Parameters
        ----------
        product, name
            Product and accelerator.
        busy_hours
            Accelerator-hours of work: tokens times busy hours per Mtok.
        days
            Length of the stretch, > 0.
        date
            A day of it, for the rent.
        """
        hours = 24.0 * days
        fleet = self._fleets.get((product, name))
        if fleet is None:
            fleet = busy_hours / hours / self.config.target_utilisation
        rented = max(fleet, busy_hours / hours / MOST_BUSY_SHARE)
        rented_hours = rented * hours
        base_usd = rented_hours * self.base_rent_usd_per_hour(name, date)
        energy_kwh = (
            rented_hours * self._specs[name].power_w * self.config.power_usage_effectiveness / 1e3
        )
        return Service(
            fleet_accelerators=rented,
            burst_accelerators=rented - fleet,
            utilisation_share=busy_hours / rented_hours if rented_hours > 0.0 else 0.0,
            accelerator_hours=rented_hours,
            rent_usd=base_usd * (1.0 + self.config.markup_share),
            chip_usd=base_usd * self.config.chip_cost_share,
            energy_kwh=energy_kwh,
            co2_kg=energy_kwh * self.config.carbon_kg_per_kwh,
        )


def queueing_delay_s(
    fleet_accelerators: float,
    utilisation_share: float,
    accelerators_per_instance: int,
    concurrency: float,
    step_s: float,
    output_tokens_per_request: float = OUTPUT_TOKENS_PER_REQUEST,
) -> float:
    """Return the mean wait of a request for a decoding slot, in seconds.

    M/M/c with c the slots of the fleet and the mean time of an answer as service time.

    Parameters
    ----------
    fleet_accelerators, utilisation_share
        Of the product, as in `Service`; an empty fleet has no queue.
    accelerators_per_instance
        Accelerators that hold one copy of the model.
    concurrency, step_s
        Sequences decoded together, and the time of a step, as in `ServingCost`.
    output_tokens_per_request
        Mean length of an answer.
    """
    if fleet_accelerators <= 0.0:
        return 0.0
    slots = max(1, round(fleet_accelerators / accelerators_per_instance * concurrency))
    return mean_wait_s(slots, utilisation_share, step_s * output_tokens_per_request)


def _rent_steps(offer: Accelerator) -> tuple[list[dt.date], list[float]]:
    """Rents of an accelerator by date: the scenario's own, else the table's."""
    if offer.rents:
        steps = sorted((rent.date, rent.rent_usd_per_hour) for rent in offer.rents)
    else:
        steps = list(rent_history(offer.name))
    return [date for date, _ in steps], [rent for _, rent in steps]

"""Writing into a scenario what it leaves to the tables of real data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sim.compression.shipped_curves import shipped_curves
from sim.data.accelerators import ACCELERATORS
from sim.data.accelerators import accelerator as look_up
from sim.data.dataset import SHIPPED, Dataset
from sim.data.prices import exchange_rates
from sim.data.rents import level_chip, ratio_to_reference, rent_history, used_rents
from sim.reading.provenance import Source
from sim.scenario.compression import Compression
from sim.scenario.scenario import DatedRate, Scenario
from sim.scenario.supply import Accelerator, ChipSpecification, Cloud, DatedRent

Step = tuple[dt.date, float]
"""A value, and the date from which it holds."""


def resolve(scenario: Scenario, dataset: Dataset = SHIPPED) -> Scenario:
    """Return a scenario with explicit rents, exchange rates and compression curves.

    What is there already stays as it is: to resolve a resolved scenario changes nothing.

    Parameters
    ----------
    scenario
        As read.
    dataset
        The tables.

    Returns
    -------
    Scenario
        With the monthly rents of each accelerator, and the exchange rates, from the last before the
        first day to the last within the scenario, and the digest of the compression curves; with
        the sources of what was added.

    Raises
    ------
    UnknownName
        The rent table does not know an accelerator that has no rents of its own.
    """
    sources = dict(scenario.provenance)
    clouds = tuple(_cloud(cloud, scenario, sources, dataset) for cloud in scenario.clouds)
    rates = scenario.exchange_rates or _exchange_rates(scenario, sources, dataset)
    compression = _compression(scenario, sources)
    found = {"clouds": clouds, "exchange_rates": rates, "compression": compression}
    origin = replace(scenario.origin, provenance=sources)
    return scenario.model_copy(update=found).traced_to(origin)


def _compression(scenario: Scenario, sources: dict[str, Source]) -> Compression:
    """Say which shipped curves it uses; none if it has its own, or nothing to compress."""
    compression = scenario.compression
    projects = any(provider.compression for provider in scenario.providers)
    if compression.curves is not None or not projects:
        return compression.model_copy(update={"shipped_sha256": None})
    digest = shipped_curves().digest
    sources["compression.shipped_sha256"] = Source(
        digest, "compression curves fitted to the measured and the published table"
    )
    return compression.model_copy(update={"shipped_sha256": digest})


def _cloud(cloud: Cloud, scenario: Scenario, sources: dict[str, Source], dataset: Dataset) -> Cloud:
    accelerators = tuple(
        _accelerator(_specified(one, dataset), cloud, scenario, sources, dataset)
        for one in cloud.accelerators
    )
    return cloud.model_copy(update={"accelerators": accelerators})


def _specified(accelerator: Accelerator, dataset: Dataset) -> Accelerator:
    """Write down what a chip of the user's own table can do: a run has the shipped one alone."""
    if accelerator.specification is not None or not dataset.has_own(ACCELERATORS):
        return accelerator
    found = ChipSpecification.of(look_up(accelerator.name, dataset))
    return accelerator.model_copy(update={"specification": found})


def _accelerator(
    accelerator: Accelerator,
    cloud: Cloud,
    scenario: Scenario,
    sources: dict[str, Source],
    dataset: Dataset,
) -> Accelerator:
    if accelerator.rents:
        return accelerator
    steps = _held_during(
        rent_history(accelerator.name, dataset), scenario.start_date, scenario.end_date
    )
    steps = [(date, cloud.lease_share * rent) for date, rent in steps]
    level = level_chip(accelerator.name, dataset)
    posted = used_rents(level, dataset)
    named = list(dict.fromkeys(rent.source for rent in posted))
    source = f"rent table: {named[0]}" + (f" and {len(named) - 1} more" if named[1:] else "")
    note = (
        f"{ratio_to_reference(accelerator.name, dataset):.3g} times the monthly series of {level}, "
        f"made of {len(posted)} posted rents, as sim.data.rents says"
    )
    if cloud.lease_share != 1.0:
        note += f"; times lease_share, {cloud.lease_share:g}"
    place = f"clouds[{cloud.name}].accelerators[{accelerator.name}]"
    for index, (date, rent) in enumerate(steps):
        path = f"{place}.rents[{index}].rent_usd_per_hour"
        sources[path] = Source(rent, source, date, note=note)
    rents = tuple(DatedRent(date=date, rent_usd_per_hour=rent) for date, rent in steps)
    return accelerator.model_copy(update={"rents": rents})


def _exchange_rates(
    scenario: Scenario, sources: dict[str, Source], dataset: Dataset
) -> tuple[DatedRate, ...]:
    steps = _held_during(exchange_rates(dataset), scenario.start_date, scenario.end_date)
    for index, (date, rate) in enumerate(steps):
        path = f"exchange_rates[{index}].cny_per_usd"
        sources[path] = Source(rate, "price table: rate used for CNY prices", date)
    return tuple(DatedRate(date=date, cny_per_usd=rate) for date, rate in steps)


def _held_during(steps: Sequence[Step], first: dt.date, last: dt.date) -> list[Step]:
    """Select the steps that hold on some day of a period; the first is held before its date."""
    held = [step for step, following in pairwise(steps) if following[0] > first]
    held += steps[-1:]
    if not held:
        return []
    begins = min(first, held[0][0])
    return [(begins, held[0][1]), *(step for step in held[1:] if step[0] <= last)]

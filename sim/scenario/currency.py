"""Prices in CNY, converted at dated rates."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sim.data.dataset import Dataset
from sim.data.prices import cny_per_usd
from sim.errors import DataError
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar
from sim.reading.problems import Problems
from sim.reading.provenance import Source, Sources
from sim.reading.validation import validate
from sim.scenario.dialect import SCENARIO
from sim.scenario.scenario import DatedRate
from sim.scenario.supply import Price

CNY = "price_cny_per_mtok"
USD = "price_usd_per_mtok"


def convert(
    root: Mapping,
    node: Mapping,
    path: Path,
    day: dt.date | None,
    sources: Sources,
    problems: Problems,
    dataset: Dataset,
) -> Mapping:
    """Return a record with its price in USD, if it gives it in CNY.

    Parameters
    ----------
    root
        The whole tree, which may have exchange rates of its own.
    node, path
        A product or an entry of its price history, and where it stands.
    day
        The day whose rate counts; None where the file gives no valid date (noted elsewhere).
    sources
        Takes the source of each converted value, with the rate in its note.
    problems
        Takes prices that are none, and days without a rate.
    dataset
        The tables.
    """
    cny = node.entries.get(CNY)
    if cny is None:
        return node
    price = validate(Price, root, (*path, CNY), cny, SCENARIO, problems)
    rate = _rate(root, day, cny, (*path, CNY), problems, dataset) if day and price else None
    if rate is None or not isinstance(cny, Mapping):
        return node.without(CNY).put(USD, stand_in(cny))
    entries: dict[str, Node] = {}
    for key, child in cny.entries.items():
        entries[key] = child
        if isinstance(child, Scalar) and isinstance(child.value, int | float):
            entries[key] = replace(child, value=child.value / rate)
            source = sources.pop((*path, CNY, key), None)
            if source is not None:
                sources[(*path, USD, key)] = _in_usd(source, child.value, rate, day)
    return node.without(CNY).put(USD, Mapping(entries, cny.keys, cny.place))


def stand_in(node: Node) -> Mapping:
    """Return a price that stands in for one that was refused, so that it is refused only once."""
    zero = Scalar(0.0, "0", node.place)
    return Mapping(
        {"input": zero, "output": zero}, {"input": node.place, "output": node.place}, node.place
    )


def _in_usd(source: Source, cny: float, rate: float, day: dt.date | None) -> Source:
    note = f"{cny:g} CNY at {rate:g} CNY per USD on {day}"
    return replace(
        source,
        value=cny / rate,
        range=None if source.range is None else (source.range[0] / rate, source.range[1] / rate),
        note=f"{source.note}; {note}" if source.note else note,
    )


def _rate(
    root: Mapping, day: dt.date, cny: Node, path: Path, problems: Problems, dataset: Dataset
) -> float | None:
    """CNY per USD on a day, by the scenario's own rates if it has any."""
    listed = root.entries.get("exchange_rates")
    if isinstance(listed, Listing) and listed.items:
        rates = [
            validate(DatedRate, root, ("exchange_rates", index), item, SCENARIO, problems)
            for index, item in enumerate(listed.items)
        ]
        held = [rate for rate in rates if rate is not None and rate.date <= day]
        if held:
            return max(held, key=lambda rate: rate.date).cny_per_usd
        if None not in rates:
            problems.add(cny.place, path, f"exchange_rates has no rate for {day}.", node=cny)
        return None
    try:
        return cny_per_usd(day, dataset)
    except DataError as error:
        problems.add(cny.place, path, f"{error}.", node=cny)
        return None

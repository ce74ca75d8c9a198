"""Prices and capabilities that a file takes from the tables of real data."""

from __future__ import annotations

import datetime as dt

from sim.data.capabilities import capability_logit
from sim.data.dataset import Dataset
from sim.data.prices import PricePoint, list_price_history
from sim.errors import UnknownName
from sim.nearest import offer, with_article
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar, Value
from sim.reading.problems import Problems
from sim.reading.provenance import Source, Sources
from sim.reading.validation import validate
from sim.scenario.currency import USD, stand_in
from sim.scenario.dialect import SCENARIO
from sim.scenario.file_keys import PriceReference

PRICE = "price_from_data"
HISTORY = "price_history"
CAPABILITY = "capability_from_data"
LOGIT = "capability_logit"
STANDARD_ERROR = "capability_standard_error_logit"
_NORMAL_95 = 1.96
"""Standard errors to each side of a value that make its 95% interval."""


def look_up_price(
    root: Mapping,
    node: Mapping,
    path: Path,
    period: tuple[dt.date | None, dt.date | None],
    sources: Sources,
    problems: Problems,
    dataset: Dataset,
) -> Mapping:
    """Return a product with the list price and history that it takes from the price table.

    Parameters
    ----------
    root
        The whole tree.
    node, path
        The product and where it stands.
    period
        The day whose price counts, and the last day for later prices; None where the file gives no
        valid date, which is noted elsewhere.
    sources
        Takes the sources of the prices.
    problems
        Takes names that are not in the table, and days without a price.
    dataset
        The tables.
    """
    place = node.entries.get(PRICE)
    if place is None:
        return node
    reference = validate(PriceReference, root, (*path, PRICE), place, SCENARIO, problems)
    first, last = period
    points: tuple[PricePoint, ...] = ()
    if reference is not None and first is not None and last is not None:
        points = _list_prices(place, (*path, PRICE), (first, last), problems, dataset)
    node = node.without(PRICE)
    if not points:
        return node.put(USD, stand_in(place))
    node = node.put(USD, _price(points[0], (*path, USD), sources, place.place))
    if reference is None or not reference.history:
        return node
    if HISTORY in node.entries:
        problems.add(
            node.keys[HISTORY],
            (*path, HISTORY),
            f"duplicates price_from_data in {place.place.in_words}, which has 'history: true'.",
            hint="Remove one of the two.",
        )
        return node
    entries = tuple(
        _dated_price(point, (*path, HISTORY, index), sources, place.place)
        for index, point in enumerate(points[1:])
    )
    return node.put(HISTORY, Listing(entries, place.place))


def _list_prices(
    node: Node,
    path: Path,
    period: tuple[dt.date, dt.date],
    problems: Problems,
    dataset: Dataset,
) -> tuple[PricePoint, ...]:
    """Prices from the one that holds on the first day to the last change in the period."""
    first, last = period
    names = node.entries if isinstance(node, Mapping) else {}
    provider, model = (
        child.value if isinstance(child, Scalar) else None
        for child in (names.get("provider"), names.get("model"))
    )
    try:
        history = list_price_history(str(provider), str(model), dataset)
    except UnknownName as error:
        key = "provider" if error.name == provider and error.kind == "provider" else "model"
        _refuse(error, names[key], (*path, key), problems)
        return ()
    held = [point for point in history if point.date <= first]
    if not held:
        begins = f"they begin on {history[0].date}" if history else "there are none"
        problems.add(
            node.place,
            path,
            f"the price table has no list price of {model!r} on {first}: {begins}.",
            hint="Write price_usd_per_mtok, or a later launch_date.",
        )
        return ()
    later = [point for point in history if first < point.date <= last]
    return tuple(_changes([held[-1], *later]))


def _changes(points: list[PricePoint]) -> list[PricePoint]:
    """Drop points that only repeat the price before; of one day the last point counts."""
    of_days = list({point.date: point for point in points}.values())
    return [
        point
        for index, point in enumerate(of_days)
        if index == 0 or _usd(point) != _usd(of_days[index - 1])
    ]


def _usd(point: PricePoint) -> tuple[float, float]:
    return point.input_usd_per_mtok, point.output_usd_per_mtok


def _price(point: PricePoint, path: Path, sources: Sources, place: Place) -> Mapping:
    posted = {"input": point.input_per_mtok, "output": point.output_per_mtok}
    entries: dict[str, Node] = {}
    for key, usd in zip(posted, _usd(point), strict=True):
        note = f"price table: {point.provider} {point.model}, {point.event}"
        if point.cny_per_usd is not None:
            note += f"; {posted[key]:g} CNY at {point.cny_per_usd:g} CNY per USD"
        entries[key] = _scalar(usd, place)
        sources[(*path, key)] = Source(usd, point.source, point.date, note=note)
    return _mapping(entries, place)


def _dated_price(point: PricePoint, path: Path, sources: Sources, place: Place) -> Mapping:
    price = _price(point, (*path, USD), sources, place)
    return _mapping({"date": _scalar(point.date, place), USD: price}, place)


def look_up_capability(
    node: Mapping, path: Path, sources: Sources, problems: Problems, dataset: Dataset
) -> Mapping:
    """Return a product with the capability that it takes from the benchmark table."""
    name = node.entries.get(CAPABILITY)
    if name is None:
        return node
    node = node.without(CAPABILITY)
    if not isinstance(name, Scalar) or not isinstance(name.value, str):
        problems.add(name.place, (*path, CAPABILITY), "must be the name of a model.", node=name)
        return node.put(LOGIT, _scalar(0.0, name.place))
    try:
        found = capability_logit(name.value, dataset)
    except UnknownName as error:
        _refuse(error, name, (*path, CAPABILITY), problems)
        return node.put(LOGIT, _scalar(0.0, name.place))
    within = _NORMAL_95 * found.standard_error
    sources[(*path, LOGIT)] = Source(
        found.value,
        f"capability scale: {found.model} in {found.source}",
        range=(found.value - within, found.value + within),
        note=f"standard error {found.standard_error:g} logit",
    )
    return node.put(LOGIT, _scalar(found.value, name.place))


def standard_error_from_range(node: Mapping, path: Path, sources: Sources) -> Mapping:
    """Return a product with the standard error that the range of its capability implies.

    The range is read as a 95% interval: half of it over 1.96. A product that states its standard
    error, or whose capability has no range, is returned as it is. What follows from the range of an
    assumption has no source of its own.
    """
    found = sources.get((*path, LOGIT))
    if STANDARD_ERROR in node.entries or found is None or found.range is None:
        return node
    low, high = found.range
    standard_error = (high - low) / (2.0 * _NORMAL_95)
    if not found.is_assumption:
        note = f"range of {LOGIT}, read as a 95% interval"
        sources[(*path, STANDARD_ERROR)] = Source(
            standard_error, found.source, found.date, note=note
        )
    return node.put(STANDARD_ERROR, _scalar(standard_error, node.entries[LOGIT].place))


def _refuse(error: UnknownName, node: Node, path: Path, problems: Problems) -> None:
    problems.add(
        node.place,
        path,
        f"is not {with_article(error.kind)} in the tables.",
        node=node,
        hint=offer(error.name, error.known),
    )


def _scalar(value: Value, place: Place) -> Scalar:
    return Scalar(value, str(value), place)


def _mapping(entries: dict[str, Node], place: Place) -> Mapping:
    return Mapping(entries, dict.fromkeys(entries, place), place)

"""A target in tables of data: what was known by the origin, and what happened after it."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from analysis.backtests.target import FREE_USD_PER_MTOK, Target
from sim.data.adoption import ADOPTION, observations
from sim.data.dataset import Dataset
from sim.data.prices import POSTED, PRICES, PricePoint, price_points, product_lines
from sim.data.rents import RENTS, posted_rents
from sim.data.weekly_leaders import WEEKLY_LEADERS, Leader, weekly_leaders

Series = tuple[tuple[dt.date, float], ...]
"""Values by date, in order of time."""

Paths = Mapping[str, Series]
"""Prices by model, each held until the next."""


_WEEKLY = "_per_week"


def table_of(target: Target) -> str:
    """Return the table that a target is observed in."""
    if target.kind in ("price_move", "price_index"):
        return PRICES
    if target.kind == "rent":
        return RENTS
    return WEEKLY_LEADERS if target.metric is None else ADOPTION


def price_paths(target: Target, dataset: Dataset) -> Paths:
    """Return the posted prices of a target's models, in USD per million tokens.

    A name of ``product_lines`` stands for all that its product was called.
    """
    lines = product_lines(dataset)
    names: dict[str, str] = {}
    for name in target.models:
        names |= dict.fromkeys(lines.get((target.entity or "", name), ()), name)
    names |= {name: name for name in target.models}
    paths: dict[str, list[tuple[dt.date, float]]] = defaultdict(list)
    for point in price_points(dataset):
        model = names.get(point.model) if point.provider == target.entity else None
        is_meant = model is not None and target.currency in (None, point.currency)
        if model is not None and is_meant and point.kind in POSTED and point.event != "retire":
            paths[model].append((point.date, _price(point, target)))
    return {model: tuple(path) for model, path in paths.items()}


def _price(point: PricePoint, target: Target) -> float:
    prices = {
        "3:1": point.blended_usd_per_mtok,
        "input": point.input_usd_per_mtok,
        "output": point.output_usd_per_mtok,
    }
    return max(prices[target.blend], FREE_USD_PER_MTOK)


def price_on(path: Series, day: dt.date) -> float | None:
    """Return the price that holds on a day; None before the first."""
    position = bisect_right([date for date, _ in path], day)
    return path[position - 1][1] if position else None


def index_on(paths: Paths, day: dt.date, target: Target) -> float | None:
    """Return the log of the prices that hold on a day, aggregated; None where there are none."""
    prices = [price for path in paths.values() if (price := price_on(path, day)) is not None]
    return aggregate(prices, target)


def aggregate(prices: Sequence[float], target: Target) -> float | None:
    """Return the log of prices, of the lowest or on average; None of none."""
    if not prices:
        return None
    logs = [math.log(price) for price in prices]
    return min(logs) if target.aggregation == "lowest" else statistics.fmean(logs)


def joined(known: Paths, later: Paths) -> Paths:
    """Return the paths of models that were on offer at the origin, continued."""
    return {model: (*path, *later.get(model, ())) for model, path in known.items()}


def values(target: Target, dataset: Dataset) -> Series:
    """Return a target's series in its transform: logs, or levels of shares.

    A price is an index, `chained`.
    """
    if target.kind in ("price_move", "price_index"):
        return chained(price_paths(target, dataset), target)
    levels = _levels(target, dataset)
    return tuple(
        (day, math.log(level) if target.is_log else level)
        for day, level in levels
        if level > 0.0 or not target.is_log
    )


def chained(paths: Paths, target: Target) -> Series:
    """Return an index of prices whose every step is that of the models on sale on both dates.

    A model that comes thus moves no mean. The lowest price is the lowest of all: a cheap newcomer
    does move it.
    """
    days = sorted({date for path in paths.values() for date, _ in path})
    found: list[tuple[dt.date, float]] = []
    for day in days:
        level = index_on(paths, day, target)
        if found and target.aggregation == "mean_log":
            last, value = found[-1]
            both = {
                model: path for model, path in paths.items() if price_on(path, last) is not None
            }
            now, before = index_on(both, day, target), index_on(both, last, target)
            level = None if now is None or before is None else value + now - before
        if level is not None:
            found.append((day, level))
    return tuple(found)


def _levels(target: Target, dataset: Dataset) -> Series:
    if target.kind == "rent":
        return _by_day(
            (rent.date, rent.usd_per_hour)
            for rent in posted_rents(dataset)
            if rent.gpu == target.model
        )
    if target.metric is None:
        return _of_leaders(target, weekly_leaders(dataset))
    scale = 0.01 if target.metric.endswith("_pct") else 1.0
    # the table dates a week by its first day; worlds, and the lists of leaders, by its last
    rest = dt.timedelta(days=6 if target.metric.endswith(_WEEKLY) else 0)
    return _by_day(
        (row.date + rest, scale * row.value)
        for row in observations(dataset)
        if row.metric == target.metric and row.entity == target.entity
    )


def _by_day(rows: Iterable[tuple[dt.date, float]]) -> Series:
    """Return the median of each day's values."""
    found: dict[dt.date, list[float]] = defaultdict(list)
    for day, value in rows:
        found[day].append(value)
    return tuple((day, statistics.median(values)) for day, values in sorted(found.items()))


def _of_leaders(target: Target, rows: Sequence[Leader]) -> Series:
    """Tokens of the nine leaders of each week, or of one developer's among them; or its share."""
    total: dict[dt.date, float] = defaultdict(float)
    own: dict[dt.date, float] = defaultdict(float)
    for row in rows:
        total[row.week_ending] += row.tokens
        if target.entity in (None, row.name.split("/")[0]):
            own[row.week_ending] += row.tokens
    if target.kind == "share":
        return tuple((week, own[week] / tokens) for week, tokens in sorted(total.items()))
    return tuple((week, own[week]) for week in sorted(total))

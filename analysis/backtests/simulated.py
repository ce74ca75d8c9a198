"""A target in the worlds of a forecast: one draw a world."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.backtests.series import aggregate
from analysis.backtests.target import CHANGE, DEPTH, FREE_USD_PER_MTOK, LAG, MOVED, Target
from analysis.leading_models import LISTED
from sim.record.arrow import to_frame
from sim.record.event import EventKind

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.sweep import Sweep

COLUMNS = ("target", "quantity", "date", "draw", "value")


Tables = Callable[[str], "pd.DataFrame"]
"""Returns a table of the worlds by name."""

_READ = {
    "market": ("date", "tokens_mtok_per_day"),
    "products": (
        "date",
        "provider",
        "product",
        "listed",
        "price_input_usd_per_mtok",
        "price_output_usd_per_mtok",
        "tokens_mtok_per_day",
    ),
    "providers": ("date", "provider", "tokens_share"),
    "clouds": ("date", "accelerator", "rent_usd_per_hour"),
    "events": ("date", "kind", "subject"),
}
"""Columns that targets read: worlds that differ in hundreds of parameters have as many more."""


def world_tables(sweep: Sweep) -> Tables:
    """Return what reads the tables of worlds, each once."""

    @cache
    def table(name: str) -> pd.DataFrame:
        keys = "point", "replication", "row"
        rows = sweep.relation(name).select(", ".join((*keys, *_READ[name]))).order(", ".join(keys))
        return to_frame(rows.to_arrow_table().drop_columns(["row"]))

    return table


def draws_of(
    target: Target, tables: Tables, origin: dt.date, end: dt.date, last_known: dt.date | None = None
) -> list[tuple[str, str, dt.date, int, float]]:
    """Return what a target comes to in each world, as rows of `COLUMNS`.

    Parameters
    ----------
    target
        What is asked.
    tables
        Of the worlds: points and replications, numbered in their order.
    origin, end
        First and last day.
    last_known
        Day of the last value known at the origin, from which changes are counted in the worlds as
        in what happened: from the week that ends nearest to it; None: from the origin.
    """
    table = _table(target, tables)
    changes = _price_changes(tables) if target.kind == "price_move" else None
    base_day = min(last_known or origin, origin)
    rows: list[tuple[str, str, dt.date, int, float]] = []
    for number, (world_of, world) in enumerate(table.groupby(["point", "replication"], sort=True)):
        before = world[world["date"] <= _day(origin)]
        after = world[(world["date"] > _day(origin)) & (world["date"] <= _day(end))]
        if before.empty or after.empty:
            continue
        if changes is not None:
            own = changes.loc[[world_of]] if world_of in changes.index else changes.iloc[:0]
            found = _move(target, before, after, own, origin, end)
            rows += [(target.name, name, end, number, value) for name, value in found.items()]
            continue
        base, asked = _base(target, before, base_day)
        if base is None:
            continue
        for date, week in after.groupby("date", sort=True):
            value = _value(target, _comparable(target, week, asked))
            if value is not None:
                day = dt.date.fromisoformat(str(date)[:10])
                rows.append((target.name, CHANGE, day, number, value - base))
    return rows


def _day(date: dt.date) -> np.datetime64:
    return np.datetime64(date)


def _base(
    target: Target, before: pd.DataFrame, base_day: dt.date
) -> tuple[float | None, pd.DataFrame]:
    """Return the value of the week that ends nearest to a day, of those that have one; and it."""
    weeks = [week for _, week in before.groupby("date", sort=True)]
    valued = [(_value(target, week), week) for week in weeks]
    known = [one for one in valued if one[0] is not None]
    if not known:
        return None, before
    return min(known, key=lambda one: abs(one[1]["date"].iloc[0] - _day(base_day)))


def _comparable(target: Target, week: pd.DataFrame, base: pd.DataFrame) -> pd.DataFrame:
    """Return a week's prices of the products that the base has, unless the lowest of all counts."""
    if target.kind != "price_index" or target.aggregation == "lowest":
        return week
    return week[week["product"].isin(base["product"])]


def _table(target: Target, tables: Tables) -> pd.DataFrame:
    if target.kind in ("price_move", "price_index"):
        table = tables("products")
        table = table[table["product"].isin(target.of_products) & table["listed"]].copy()
        inputs, outputs = table["price_input_usd_per_mtok"], table["price_output_usd_per_mtok"]
        blends = {"3:1": (3.0 * inputs + outputs) / 4.0, "input": inputs, "output": outputs}
        table["value"] = blends[target.blend].clip(lower=FREE_USD_PER_MTOK)
        return table
    if target.kind == "rent":
        table = tables("clouds")
        table = table[table["accelerator"].isin(target.of_products or (target.model,))].copy()
        table["value"] = table["rent_usd_per_hour"]
        return table
    if target.metric is None:
        return _of_leaders(target, tables("products"))
    if target.of_provider is None:
        table = tables("market").copy()
        table["value"] = table["tokens_mtok_per_day"]
        return table
    if target.kind == "share":
        table = tables("providers")
        table = table[table["provider"] == target.of_provider].copy()
        table["value"] = table["tokens_share"]
        return table
    table = tables("products")
    table = table[table["provider"] == target.of_provider].copy()
    table["value"] = table["tokens_mtok_per_day"]
    return table


def _of_leaders(target: Target, products: pd.DataFrame) -> pd.DataFrame:
    """Return what the observed table holds: tokens of each week's nine leading products.

    All of them, or a provider's among them; of a share, over those of all nine.
    """
    keys = ["point", "replication", "date"]
    sold = products[products["tokens_mtok_per_day"] > 0.0]
    nine = sold.sort_values("tokens_mtok_per_day", ascending=False).groupby(keys).head(LISTED)
    total = nine.groupby(keys)["tokens_mtok_per_day"].sum()
    is_own = nine["provider"] == (target.of_provider or nine["provider"])
    tokens = nine["tokens_mtok_per_day"].where(is_own, 0.0)
    own = tokens.groupby([nine[key] for key in keys]).sum()
    return (own / total if target.kind == "share" else own).rename("value").reset_index()


def _value(target: Target, week: pd.DataFrame) -> float | None:
    """Return a target's value in one week of one world, in its transform."""
    found = [float(one) for one in week["value"] if math.isfinite(one)]
    if not found:
        return None
    if target.kind == "price_index":
        return aggregate(found, target)
    level = float(np.mean(found)) if target.kind in ("rent", "share") else math.fsum(found)
    if not target.is_log:
        return level
    return math.log(level) if level > 0.0 else None


def _price_changes(tables: Tables) -> pd.DataFrame:
    """Return the days on which products' prices changed, by world."""
    events = tables("events")
    events = events[events["kind"] == EventKind.PRICE]
    return events.set_index(["point", "replication"])[["subject", "date"]].sort_index()


def _move(
    target: Target,
    before: pd.DataFrame,
    after: pd.DataFrame,
    changes: pd.DataFrame,
    origin: dt.date,
    end: dt.date,
) -> dict[str, float]:
    last = before[before["date"] == before["date"].max()]
    base = dict(zip(last["product"], last["value"], strict=True))
    known = after[after["product"].isin(base)]
    ratio = known["value"] / known["product"].map(base)
    cuts = known[ratio <= 1.0 - target.least_cut_share].groupby("product")["date"].min()
    horizon = float((end - origin).days)
    lag = min((_day_of_cut(*cut, changes, origin) for cut in cuts.items()), default=horizon)
    at_end = known.sort_values("date").groupby("product")["value"].last()
    depth = [math.log(float(price) / base[name]) for name, price in at_end.items()]
    return {
        MOVED: float(not cuts.empty),
        LAG: lag,
        DEPTH: float(np.mean(depth)) if depth else 0.0,
    }


def _day_of_cut(
    product: object, seen: pd.Timestamp, changes: pd.DataFrame, origin: dt.date
) -> float:
    """Return days from the origin to the last change of a price by the week that shows it cut."""
    own = changes["date"][(changes["subject"] == product) & (changes["date"] <= seen)]
    day = own.max() if len(own) else seen
    return max(float((day - _day(origin)) / np.timedelta64(1, "D")), 0.0)

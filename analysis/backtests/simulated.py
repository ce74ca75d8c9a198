"""A target in the worlds of a forecast: one draw a world."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from analysis.backtests.series import aggregate
from analysis.backtests.target import CHANGE, DEPTH, FREE_USD_PER_MTOK, LAG, MOVED, Target

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("target", "quantity", "date", "draw", "value")


Tables = Callable[[str], "pd.DataFrame"]
"""Returns a table of the worlds by name."""


def draws_of(
    target: Target, tables: Tables, origin: dt.date, end: dt.date
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
    """
    table = _table(target, tables)
    rows: list[tuple[str, str, dt.date, int, float]] = []
    for number, (_, world) in enumerate(table.groupby(["point", "replication"], sort=True)):
        before = world[world["date"] <= _day(origin)]
        after = world[(world["date"] > _day(origin)) & (world["date"] <= _day(end))]
        if before.empty or after.empty:
            continue
        if target.kind == "price_move":
            found = _move(target, before, after, origin, end)
            rows += [(target.name, name, end, number, value) for name, value in found.items()]
            continue
        base = _value(target, before[before["date"] == before["date"].max()])
        for date, week in after.groupby("date", sort=True):
            value = _value(target, week)
            if base is not None and value is not None:
                day = dt.date.fromisoformat(str(date)[:10])
                rows.append((target.name, CHANGE, day, number, value - base))
    return rows


def _day(date: dt.date) -> np.datetime64:
    return np.datetime64(date)


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


def _move(
    target: Target, before: pd.DataFrame, after: pd.DataFrame, origin: dt.date, end: dt.date
) -> dict[str, float]:
    last = before[before["date"] == before["date"].max()]
    base = dict(zip(last["product"], last["value"], strict=True))
    known = after[after["product"].isin(base)]
    ratio = known["value"] / known["product"].map(base)
    cuts = known["date"][ratio <= 1.0 - target.least_cut_share]
    horizon = float((end - origin).days)
    lag = horizon if cuts.empty else float((cuts.min() - _day(origin)) / np.timedelta64(1, "D"))
    at_end = known.sort_values("date").groupby("product")["value"].last()
    depth = [math.log(float(price) / base[name]) for name, price in at_end.items()]
    return {
        MOVED: float(not cuts.empty),
        LAG: lag,
        DEPTH: float(np.mean(depth)) if depth else 0.0,
    }

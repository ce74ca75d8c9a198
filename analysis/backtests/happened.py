"""What happened of a target, by the tables of ``observed/`` alone."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from analysis.backtests.series import Paths, index_on, joined, price_paths, table_of, values
from analysis.backtests.target import CHANGE, DEPTH, LAG, MOVED, Target
from sim.data.dataset import OWN, Dataset, TableFile
from sim.data.own_tables import READERS
from sim.errors import DataError, UsageError
from sim.nearest import offer


def observed_tables(folder: Path) -> Dataset:
    """Read the tables of what happened, and nothing else.

    Raises
    ------
    UsageError
        There is none.
    DataError
        A file is no table of what happened, or one of its rows is refused.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise UsageError(f"{folder}: holds no table of what happened.")
    for path in files:
        if path.stem not in OWN:
            raise DataError(f"{path}: is no table of what happened.  {offer(path.stem, OWN)}")
    dataset = Dataset(tuple(TableFile.read(path, replaces=True) for path in files))
    for file in dataset.files:
        READERS[file.table](dataset)
    return dataset


def happened(
    target: Target,
    known: dict[str, Any],
    observed: Dataset,
    window: tuple[dt.date, dt.date, dt.date],
    days: list[dt.date],
) -> Iterable[tuple[str, dt.date, float]]:
    """Yield what happened of a target: quantity, date and value.

    Parameters
    ----------
    target
        What was asked.
    known
        What the forecast's record says of it: its history and base prices.
    observed
        The tables of what happened.
    window
        Origin, first and last day that count.
    days
        Days of the forecast, on which a price index is taken.
    """
    origin, start, end = window
    if not observed.has_own(table_of(target)):
        return
    if target.kind in ("price_move", "price_index"):
        base: Paths = {
            model: ((dt.date.fromisoformat(date), price),)
            for model, (date, price) in known["base_prices"].items()
        }
        found = price_paths(target, observed)
        if not any(path[-1][0] > origin for model, path in found.items() if model in base):
            return  # a row after the end attests that nothing changed before; no row says nothing
        later = {
            model: tuple(step for step in path if origin < step[0] <= end)
            for model, path in found.items()
        }
        if target.kind == "price_move":
            yield from _moved(target, base, later, (origin, start, end))
            return
        held = joined(base, later)
        # a newcomer may be the cheapest of all, but moves no mean
        paths = {**later, **held} if target.aggregation == "lowest" else held
        before = index_on(base, origin, target)
        for day in days:
            now = index_on(paths, day, target)
            if before is not None and now is not None and start <= day <= end:
                yield CHANGE, day, now - before
        return
    history = known["history"]
    base_value = float(history[-1][1]) if history else None
    for day, value in values(target, observed):
        if start <= day <= end and base_value is not None:
            yield CHANGE, day, value - base_value


def _moved(
    target: Target, base: Paths, later: Paths, window: tuple[dt.date, dt.date, dt.date]
) -> Iterable[tuple[str, dt.date, float]]:
    origin, start, end = window
    floor = 1.0 - target.least_cut_share
    cuts = [
        day
        for model, path in later.items()
        if model in base
        for day, price in path
        if day >= start and price <= floor * base[model][0][1]
    ]
    horizon = float((end - origin).days)
    depth = [
        math.log(path[-1][1] / base[model][0][1]) if (path := later.get(model, ())) else 0.0
        for model in base
    ]
    yield MOVED, end, float(bool(cuts))
    yield LAG, end, float((min(cuts) - origin).days) if cuts else horizon
    yield DEPTH, end, float(np.mean(depth)) if depth else 0.0

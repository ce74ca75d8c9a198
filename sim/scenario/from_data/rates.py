"""Exchange rates that are known: rows of a table ``fx.csv``."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sim.data.prices import PricePoint
from sim.data.table import Row, read_table

CNY = "CNY"


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """What one USD buys in CNY from a date on."""

    date: dt.date
    cny_per_usd: float


def rates_of(paths: Iterable[Path], as_of: dt.date | None = None) -> tuple[Rate, ...]:
    """Read tables ``fx.csv``, in order of date.

    Parameters
    ----------
    paths
        The tables.
    as_of
        The date by which a row must have been known to be taken; None: all are.

    Raises
    ------
    DataError
        A row is refused.
    """

    def read(row: Row) -> Rate | None:
        rate = Rate(row.date("date"), row.number("cny_per_usd", low=1.0, high=20.0))
        row.text("source")
        return rate if row.is_known_by(as_of) else None

    found = (one for path in paths for one in read_table(path, read))
    return tuple(sorted(one for one in found if one is not None))


def in_usd(point: PricePoint, rates: Sequence[Rate], as_of: dt.date) -> PricePoint:
    """Return a price posted in CNY in USD at the rate of a day, so that all compare at one rate.

    Without a rate by then, and of prices in USD, it is the same.
    """
    position = bisect_right([rate.date for rate in rates], as_of)
    if point.currency != CNY or position == 0:
        return point
    rate = rates[position - 1].cny_per_usd
    return replace(
        point,
        input_usd_per_mtok=point.input_per_mtok / rate,
        output_usd_per_mtok=point.output_per_mtok / rate,
        cny_per_usd=rate,
    )

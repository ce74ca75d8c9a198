"""What an hour of an accelerator costs, by month: ``gpu_rental_prices.csv``.

The table holds posted rents of single hosts on single days. A series is made of them by these
rules, in this order:

1. Rents on a yearly contract are left out: the series is of rent by the hour.
2. A rent below 0.3 of the median of all rents of the same chip is left out (interruptible or
   promotional capacity posted beside on-demand lists).
3. What remains is reduced to medians by half-year, each placed at the mean date of its rows.
4. Between those points the logarithm of the rent is interpolated; each month takes the value at
   its middle. Before the first point the rent is held.
5. After a chip's last point its rent moves in proportion to that of H100, the chip with the
   longest record, and the rent of H100 is held at its last point.

H800, a H100 for export, has one figure of its own (2 USD/h on 2025-02-27): its series is that of
H100, scaled so as to pass through it.
"""

import datetime as dt
import math
import statistics
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import LAST_DATE, TABLES, Row, read_table
from sim.errors import UnknownName

RENTS = TABLES / "gpu_rental_prices.csv"

OUTLIER_SHARE = 0.3
"""A posted rent below this share of the chip's median is not an on-demand rent."""

REFERENCE = "H100 SXM5 80GB"

_LABELS = {
    "A100 SXM4 40GB": ("A100 (40 GB)",),
    "A100 SXM4 80GB": ("A100 (80 GB)",),
    "A10G": ("A10G (24 GB)",),
    "H100 PCIe 80GB": ("H100 PCIe (80GB)",),
    REFERENCE: ("H100 (80 GB)", "H100 (80GB)", "H100 HGX (80GB)"),
    "L40": ("L40 (48 GB)",),
    "RTX 4090": ("4090 (24 GB)",),
    "T4": ("T4 (16 GB)", "T4 (16)"),
    "V100 SXM2 32GB": ("V100 (32 GB)",),
}
"""How the rent table writes the names of the accelerator table."""

_PROXIES = {"H800 SXM5": "H800"}
"""Chips whose series is that of the reference chip, scaled to their own rows."""


@dataclass(frozen=True, slots=True)
class PostedRent:
    """A rent for one accelerator as a host posted it."""

    date: dt.date
    gpu: str
    usd_per_hour: float
    market: str
    notes: str
    source: str


def _posted_rent(row: Row) -> PostedRent:
    return PostedRent(
        date=row.date("date"),
        gpu=row.text("gpu"),
        usd_per_hour=row.number("price_usd_per_hour", low=0.01, high=1000.0),
        market=row.text("market"),
        notes=row.optional_text("notes"),
        source=row.text("source"),
    )


@cache
def posted_rents(path: Path = RENTS) -> tuple[PostedRent, ...]:
    """Read every posted rent, in order of date."""
    return tuple(sorted(read_table(path, _posted_rent), key=lambda rent: rent.date))


def used_rents(name: str) -> tuple[PostedRent, ...]:
    """Select the posted rents that the series of a chip is made of (rules 1 and 2).

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    labels = (_PROXIES[name],) if name in _PROXIES else _LABELS.get(name)
    if labels is None:
        raise UnknownName("accelerator with rents", name, {*_LABELS, *_PROXIES})
    hourly = [r for r in posted_rents() if r.gpu in labels and "contract" not in r.market]
    floor = OUTLIER_SHARE * statistics.median(rent.usd_per_hour for rent in hourly)
    return tuple(rent for rent in hourly if rent.usd_per_hour >= floor)


def _half_year_medians(name: str) -> list[tuple[float, float]]:
    """Points of the series as (ordinal of the mean date, natural log of the median rent)."""
    groups: dict[tuple[int, bool], list[PostedRent]] = defaultdict(list)
    for rent in used_rents(name):
        groups[rent.date.year, rent.date.month > 6].append(rent)
    return [
        (
            statistics.fmean(rent.date.toordinal() for rent in rents),
            math.log(statistics.median(rent.usd_per_hour for rent in rents)),
        )
        for _, rents in sorted(groups.items())
    ]


def _log_rent(name: str, ordinal: float) -> float:
    if name in _PROXIES:
        own = used_rents(name)
        gaps = [math.log(r.usd_per_hour) - _log_rent(REFERENCE, r.date.toordinal()) for r in own]
        return _log_rent(REFERENCE, ordinal) + statistics.median(gaps)
    points = _half_year_medians(name)
    position = bisect_right([at for at, _ in points], ordinal)
    if position == 0:
        return points[0][1]
    last_at, last = points[position - 1]
    if position == len(points):
        if name == REFERENCE:
            return last
        return last + _log_rent(REFERENCE, ordinal) - _log_rent(REFERENCE, last_at)
    next_at, following = points[position]
    return last + (following - last) * (ordinal - last_at) / (next_at - last_at)


@cache
def rent_history(name: str) -> tuple[tuple[dt.date, float], ...]:
    """Rent of one accelerator, as (first of a month, USD per hour), each held until the next.

    The series runs from the month of the chip's first used row to October 2025.

    Raises
    ------
    UnknownName
        The table has no rent of this chip; name one that it has, or state rents in the scenario.
    """
    own = used_rents(name)
    rents = used_rents(REFERENCE) if name in _PROXIES else own
    month = rents[0].date.replace(day=1)
    history = []
    while month <= LAST_DATE:
        history.append((month, math.exp(_log_rent(name, month.toordinal() + 14))))
        month = (month + dt.timedelta(days=31)).replace(day=1)
    return tuple(history)


def rent_usd_per_hour(name: str, date: dt.date) -> float:
    """Rent of one accelerator on a date, in USD per hour; held flat outside the history.

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    history = rent_history(name)
    position = bisect_right([month for month, _ in history], date)
    return history[max(position - 1, 0)][1]

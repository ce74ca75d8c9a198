"""What an hour of an accelerator costs, by month: ``gpu_rental_prices.csv``.

The table holds posted rents of single hosts on single days. All series are on one basis: the level
is that of H100, the chip with the longest record, and every other chip stands to it in one ratio.

The series of H100, in this order:

1. Rents on a yearly contract are left out: the series is of rent by the hour.
2. A rent below 0.3 of the median of all rents of the same chip is left out (interruptible or
   promotional capacity posted beside on-demand lists).
3. What remains is reduced to medians by half-year, each placed at the mean date of its rows.
4. Between those points the logarithm of the rent is interpolated; each month takes the value at
   its middle. Before the first point and after the last the rent is held.

Ratios come from hosts that post both chips on one day, after rules 1 and 2: the median over them.
Hosts differ by more than chips do, so a median of one chip's rents beside that of another would
compare hosts. A100 (80 GB) and H100 PCIe are compared with H100, all others with A100 (80 GB),
which most hosts post beside others. H800, an H100 for export, is posted by no host that posts
another chip and is taken at the rent of H100; the lease price that DeepSeek states for it (2 USD
on 2025-02-27) is a price of another kind, see ``clouds[].lease_share``.
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

_COMPARED_WITH = {
    "A100 SXM4 80GB": REFERENCE,
    "H100 PCIe 80GB": REFERENCE,
    "A100 SXM4 40GB": "A100 SXM4 80GB",
    "A10G": "A100 SXM4 80GB",
    "L40": "A100 SXM4 80GB",
    "RTX 4090": "A100 SXM4 80GB",
    "T4": "A100 SXM4 80GB",
    "V100 SXM2 32GB": "A100 SXM4 80GB",
}
"""The chip beside which hosts post one, and its ratio to H100 goes through."""

_SAME_AS = {"H800 SXM5": REFERENCE}
"""Chips that are taken at the rent of another."""


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
    """Select the posted rents of a chip that are on-demand rents (rules 1 and 2).

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    labels = _LABELS.get(_SAME_AS.get(name, name))
    if labels is None:
        raise UnknownName("accelerator with rents", name, {*_LABELS, *_SAME_AS})
    hourly = [r for r in posted_rents() if r.gpu in labels and "contract" not in r.market]
    floor = OUTLIER_SHARE * statistics.median(rent.usd_per_hour for rent in hourly)
    return tuple(rent for rent in hourly if rent.usd_per_hour >= floor)


def posted_together(name: str, other: str) -> tuple[float, ...]:
    """Return the ratios of two chips' rents, one for each host and day on which it posts both.

    A host that posts a chip more than once on a day, by connection or size, counts with its median.
    """
    own, others = (_by_host_and_day(chip) for chip in (name, other))
    return tuple(own[key] / others[key] for key in own if key in others)


@cache
def ratio_to_reference(name: str) -> float:
    """Return the rent of a chip over that of H100.

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    used_rents(name)
    name = _SAME_AS.get(name, name)
    if name == REFERENCE:
        return 1.0
    other = _COMPARED_WITH[name]
    return statistics.median(posted_together(name, other)) * ratio_to_reference(other)


def _by_host_and_day(name: str) -> dict[tuple[str, dt.date], float]:
    groups: dict[tuple[str, dt.date], list[float]] = defaultdict(list)
    for rent in used_rents(name):
        groups[rent.market, rent.date].append(rent.usd_per_hour)
    return {key: statistics.median(rents) for key, rents in groups.items()}


@cache
def _reference_points() -> tuple[tuple[float, float], ...]:
    """Points of H100's series as (ordinal of the mean date, natural log of the median rent)."""
    groups: dict[tuple[int, bool], list[PostedRent]] = defaultdict(list)
    for rent in used_rents(REFERENCE):
        groups[rent.date.year, rent.date.month > 6].append(rent)
    return tuple(
        (
            statistics.fmean(rent.date.toordinal() for rent in rents),
            math.log(statistics.median(rent.usd_per_hour for rent in rents)),
        )
        for _, rents in sorted(groups.items())
    )


def _reference_rent(ordinal: float) -> float:
    points = _reference_points()
    position = bisect_right([at for at, _ in points], ordinal)
    if position in (0, len(points)):
        return math.exp(points[min(position, len(points) - 1)][1])
    (last_at, last), (next_at, following) = points[position - 1 : position + 1]
    return math.exp(last + (following - last) * (ordinal - last_at) / (next_at - last_at))


@cache
def rent_history(name: str) -> tuple[tuple[dt.date, float], ...]:
    """Rent of one accelerator, as (first of a month, USD per hour), each held until the next.

    The series runs from the month of the chip's first used row, or of H100's if that is earlier, to
    October 2025.

    Raises
    ------
    UnknownName
        The table has no rent of this chip; name one that it has, or state rents in the scenario.
    """
    ratio = ratio_to_reference(name)
    first = min(used_rents(chip)[0].date for chip in (name, REFERENCE))
    month = first.replace(day=1)
    history = []
    while month <= LAST_DATE:
        history.append((month, ratio * _reference_rent(month.toordinal() + 14)))
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

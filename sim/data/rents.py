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
which most hosts post beside others; a chip that only a table of one's own has, with H100. Where no
host posts both, as may be in views as of a date, the ratio is the median of the chip's rents over
H100's series of the same days. H800, an H100 for export, is posted by no host that posts another
chip and is taken at the rent of H100; the lease price that DeepSeek states for it (2 USD on
2025-02-27) is a price of another kind, see ``clouds[].lease_share``.
"""

import datetime as dt
import math
import statistics
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import LAST_DATE, Row
from sim.errors import UnknownName

RENTS = "gpu_rental_prices"

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
def posted_rents(dataset: Dataset = SHIPPED) -> tuple[PostedRent, ...]:
    """Read every posted rent, in order of date."""
    return tuple(sorted(dataset.records(RENTS, _posted_rent), key=lambda rent: rent.date))


def used_rents(name: str, dataset: Dataset = SHIPPED) -> tuple[PostedRent, ...]:
    """Select the posted rents of a chip that are on-demand rents (rules 1 and 2).

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    same = _SAME_AS.get(name, name)
    labels = (*_LABELS.get(same, ()), same)
    hourly = [r for r in posted_rents(dataset) if r.gpu in labels and "contract" not in r.market]
    if not hourly:
        raise UnknownName("accelerator with rents", name, _with_rents(dataset))
    floor = OUTLIER_SHARE * statistics.median(rent.usd_per_hour for rent in hourly)
    return tuple(rent for rent in hourly if rent.usd_per_hour >= floor)


def _with_rents(dataset: Dataset) -> set[str]:
    """Return the names under which the rents of a dataset can be asked for."""
    posted = {rent.gpu for rent in posted_rents(dataset)}
    known = {name for name, labels in _LABELS.items() if posted.intersection(labels)}
    known |= {name for name, same in _SAME_AS.items() if same in known}
    return known | (posted - {label for labels in _LABELS.values() for label in labels})


def posted_together(name: str, other: str, dataset: Dataset = SHIPPED) -> tuple[float, ...]:
    """Return the ratios of two chips' rents, one for each host and day on which it posts both.

    A host that posts a chip more than once on a day, by connection or size, counts with its median.
    """
    own, others = (_by_host_and_day(chip, dataset) for chip in (name, other))
    return tuple(own[key] / others[key] for key in own if key in others)


def level_chip(name: str, dataset: Dataset = SHIPPED) -> str:
    """Return the chip whose series a rent is a multiple of: H100 or, before it was posted, it."""
    has_reference = any(rent.gpu in _LABELS[REFERENCE] for rent in posted_rents(dataset))
    return REFERENCE if has_reference else _SAME_AS.get(name, name)


@cache
def ratio_to_reference(name: str, dataset: Dataset = SHIPPED) -> float:
    """Return the rent of a chip over that of H100.

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    used_rents(name, dataset)
    name = _SAME_AS.get(name, name)
    if name == level_chip(name, dataset):
        return 1.0
    other = _COMPARED_WITH.get(name, REFERENCE)
    together = posted_together(name, other, dataset)
    if together:
        return statistics.median(together) * ratio_to_reference(other, dataset)
    return statistics.median(
        rent.usd_per_hour / _level_rent(REFERENCE, rent.date.toordinal(), dataset)
        for rent in used_rents(name, dataset)
    )


def _by_host_and_day(name: str, dataset: Dataset) -> dict[tuple[str, dt.date], float]:
    groups: dict[tuple[str, dt.date], list[float]] = defaultdict(list)
    for rent in used_rents(name, dataset):
        groups[rent.market, rent.date].append(rent.usd_per_hour)
    return {key: statistics.median(rents) for key, rents in groups.items()}


@cache
def _level_points(chip: str, dataset: Dataset) -> tuple[tuple[float, float], ...]:
    """Points of a chip's series as (ordinal of the mean date, natural log of the median rent)."""
    groups: dict[tuple[int, bool], list[PostedRent]] = defaultdict(list)
    for rent in used_rents(chip, dataset):
        groups[rent.date.year, rent.date.month > 6].append(rent)
    return tuple(
        (
            statistics.fmean(rent.date.toordinal() for rent in rents),
            math.log(statistics.median(rent.usd_per_hour for rent in rents)),
        )
        for _, rents in sorted(groups.items())
    )


def _level_rent(chip: str, ordinal: float, dataset: Dataset) -> float:
    points = _level_points(chip, dataset)
    position = bisect_right([at for at, _ in points], ordinal)
    if position in (0, len(points)):
        return math.exp(points[min(position, len(points) - 1)][1])
    (last_at, last), (next_at, following) = points[position - 1 : position + 1]
    return math.exp(last + (following - last) * (ordinal - last_at) / (next_at - last_at))


@cache
def rent_history(name: str, dataset: Dataset = SHIPPED) -> tuple[tuple[dt.date, float], ...]:
    """Rent of one accelerator, as (first of a month, USD per hour), each held until the next.

    The series runs from the month of the chip's first used row, or of H100's if that is earlier, to
    October 2025, or the last row of one's own, or the date of the view.

    Raises
    ------
    UnknownName
        The table has no rent of this chip; name one that it has, or state rents in the scenario.
    """
    ratio = ratio_to_reference(name, dataset)
    level = level_chip(name, dataset)
    first = min(used_rents(chip, dataset)[0].date for chip in (name, level))
    last = max(dataset.as_of or LAST_DATE, posted_rents(dataset)[-1].date)
    month = first.replace(day=1)
    history = []
    while month <= last:
        history.append((month, ratio * _level_rent(level, month.toordinal() + 14, dataset)))
        month = (month + dt.timedelta(days=31)).replace(day=1)
    return tuple(history)


def rent_usd_per_hour(name: str, date: dt.date, dataset: Dataset = SHIPPED) -> float:
    """Rent of one accelerator on a date, in USD per hour; held flat outside the history.

    Raises
    ------
    UnknownName
        The table has no rent of this chip.
    """
    history = rent_history(name, dataset)
    position = bisect_right([month for month, _ in history], date)
    return history[max(position - 1, 0)][1]

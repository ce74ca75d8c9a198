"""A table that sets worlds side by side: each world, and the first minus each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.comparison import paired_replications
from analysis.report.section import Cell, Heading, PageTable
from analysis.scales import SIGNED, Scale, scale_of_difference
from analysis.significance import FAMILY_ERROR, holm, paired_p_value
from analysis.statistics import MONTE_CARLO, Interval, short, student
from analysis.worlds import Worlds, others, subject

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PairedRow:
    """A quantity in every world.

    Attributes
    ----------
    labels
        The cells before the worlds'.
    values
        By world: a number a replication, indexed by replication.
    number
        Writes a value.
    scale
        Where the quantity lives.
    """

    labels: tuple[Cell | str, ...]
    values: Mapping[str, pd.Series[float]]
    number: Callable[[float], str] = short
    scale: Scale = SIGNED


def paired_table(
    worlds: Worlds, heads: tuple[Heading, ...], rows: Iterable[PairedRow]
) -> Iterator[str | PageTable]:
    """Lay out means with 95% intervals, and paired differences, bold where `more_than_chance`.

    A sentence below the table says what the intervals are.

    Parameters
    ----------
    worlds
        The worlds of the page.
    heads
        The heads of the cells before the worlds'.
    rows
        The quantities.

    Raises
    ------
    ResultError
        If the worlds cannot be paired.
    """
    first, paired, rows = next(iter(worlds)), _paired(worlds), tuple(rows)
    beside = [
        Heading(text, "number") for name in paired for text in (name, f"{first} minus {name}")
    ]
    bold = more_than_chance(worlds, rows)
    body = tuple(
        (*row.labels, *_cells(row, first, paired, bold[index])) for index, row in enumerate(rows)
    )
    yield PageTable((*heads, Heading(first, "number"), *beside), body)
    yield f"Means over replications with 95% intervals: {MONTE_CARLO}."


def more_than_chance(worlds: Worlds, rows: Sequence[PairedRow]) -> list[dict[str, bool]]:
    """Return, for each row by other world, whether chance does not explain the difference.

    Paired t tests; the differences of the whole table are one family, corrected by Holm.
    """
    first, paired = next(iter(worlds)), _paired(worlds)
    keys = [(index, name) for index in range(len(rows)) for name in paired]
    adjusted = holm(
        [_p_value(rows[index].values, first, name, paired[name]) for index, name in keys]
    )
    found: list[dict[str, bool]] = [{} for _ in rows]
    for (index, name), p_value in zip(keys, adjusted, strict=True):
        found[index][name] = p_value < FAMILY_ERROR
    return found


def _paired(worlds: Worlds) -> dict[str, list[int]]:
    """Return the replications that each other world shares with the first."""
    run = subject(worlds)
    return {name: list(paired_replications(run, other)) for name, other in others(worlds).items()}


def _p_value(
    values: Mapping[str, pd.Series[float]], first: str, other: str, replications: list[int]
) -> float:
    a, b = (values[name].loc[replications] for name in (first, other))
    return paired_p_value(a, b)


def _cells(
    row: PairedRow, first: str, paired: Mapping[str, list[int]], bold: Mapping[str, bool]
) -> list[Cell]:
    cells = [_cell(student(row.values[first].to_numpy(), row.scale), row.number)]
    for name, replications in paired.items():
        theirs = row.values[name]
        difference = row.values[first].loc[replications] - theirs.loc[replications]
        cells += [
            _cell(student(theirs.to_numpy(), row.scale), row.number),
            _cell(
                student(difference.to_numpy(), scale_of_difference(row.scale)),
                row.number,
                bold=bold[name],
            ),
        ]
    return cells


def _cell(interval: Interval, number: Callable[[float], str], *, bold: bool = False) -> Cell:
    if interval.replications == 0:
        return Cell("none")
    return Cell(number(interval.centre), interval.bounds(number), "settled" if bold else "")

"""Columns of a table that sets worlds side by side: each world, and the first minus each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from analysis.comparison import paired_replications
from analysis.report.section import Cell, Heading
from analysis.statistics import Interval, student
from analysis.worlds import Worlds, others, subject

if TYPE_CHECKING:
    import pandas as pd


def paired_headings(worlds: Worlds) -> tuple[Heading, ...]:
    """Return the heads of these columns."""
    first = next(iter(worlds))
    beside = (
        Heading(text, "number")
        for other in others(worlds)
        for text in (other, f"{first} minus {other}")
    )
    return Heading(first, "number"), *beside


def paired_cells(
    worlds: Worlds, values: Mapping[str, pd.Series[float]], number: Callable[[float], str]
) -> tuple[Cell, ...]:
    """Return a row's cells: means with 95% intervals, differences paired, bold where settled.

    Parameters
    ----------
    worlds
        The worlds of the page.
    values
        By world: a number a replication, indexed by replication.
    number
        Writes a value.

    Raises
    ------
    ResultError
        If the worlds cannot be paired.
    """
    first = next(iter(worlds))
    cells = [_cell(student(values[first].to_numpy()), number)]
    for name, other in others(worlds).items():
        paired = list(paired_replications(subject(worlds), other))
        difference = student((values[first].loc[paired] - values[name].loc[paired]).to_numpy())
        cells += [
            _cell(student(values[name].to_numpy()), number),
            _cell(difference, number, bold=difference.settled),
        ]
    return tuple(cells)


def _cell(interval: Interval, number: Callable[[float], str], *, bold: bool = False) -> Cell:
    if interval.replications == 0:
        return Cell("none")
    return Cell(number(interval.centre), interval.bounds(number), "settled" if bold else "")

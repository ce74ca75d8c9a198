"""Columns of a table that sets worlds side by side: each world, and the first minus each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison import paired_replications
from analysis.report.section import Cell, Heading
from analysis.significance import paired_p_value
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
    """Return a row's cells: means with 95% intervals, differences paired.

    The page sets those in bold that are more than chance, all of the table taken together.

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
        both = [values[world].loc[paired].to_numpy(float) for world in (first, name)]
        known = ~np.isnan(both[0] - both[1])
        difference = student(both[0] - both[1])
        p_value = paired_p_value(both[0][known], both[1][known])
        cells += [
            _cell(student(values[name].to_numpy()), number),
            _cell(difference, number, p_value),
        ]
    return tuple(cells)


def _cell(interval: Interval, number: Callable[[float], str], p_value: float = math.nan) -> Cell:
    if interval.replications == 0:
        return Cell("none")
    return Cell(number(interval.centre), interval.bounds(number), p_value=p_value)

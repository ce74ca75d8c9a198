"""Whether two results hold the same tables: to the byte, within rounding, or not, and where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from analysis.words import counted, joined
from sim.errors import ResultError
from sim.record.run import Run
from sim.record.sweep import Sweep
from sim.record.tables import SCHEMAS

if TYPE_CHECKING:
    import pandas as pd

Result: TypeAlias = "Run | Sweep"

ROUNDING_SHARE: Final = 1e-9
"""Difference of two numbers, as a share of the larger, that is taken for rounding by itself."""
_KEYS: Final = ("point", "replication", "time_days", "date")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in which two results differ.

    Attributes
    ----------
    table, column
        Where.
    row
        Number of the row, from 0; -1: the table as a whole.
    keys
        What identifies the row, in words.
    first, second
        Both values; None: one of them has no such row or column.
    share
        Difference as a share of the larger of two numbers; infinite for anything else.
    """

    table: str
    column: str
    row: int
    keys: str
    first: object
    second: object
    share: float

    def __str__(self) -> str:
        """Where it is, and both values."""
        where = f"table {self.table}"
        if self.row >= 0:
            keys = f" ({self.keys})" if self.keys else ""
            where += f", row {self.row}{keys}, column {self.column}"
        elif self.column:
            where += f", {self.column}"
        return f"{where}: {_shown(self.first)} against {_shown(self.second)}"


@dataclass(frozen=True, slots=True)
class Sameness:
    """How far two results are the same.

    Attributes
    ----------
    rows, tables
        How many rows of how many tables were compared.
    same_bytes
        Whether the files of all tables are the same; None for sweeps, whose shards hold what had
        finished together: their files are not compared.
    within_share
        Largest difference that counts as none, as a share of the larger number.
    largest
        The largest difference of two numbers that counts as none; None: there is none.
    first
        The first cell, by table, row and column, that differs by more; None: none does.
    """

    rows: int
    tables: int
    same_bytes: bool | None
    within_share: float
    largest: Cell | None
    first: Cell | None

    @property
    def is_same(self) -> bool:
        """Whether no cell differs by more than counts as none."""
        return self.first is None

    def __str__(self) -> str:
        """In a sentence or two."""
        held = f"{counted(self.rows, 'row')} of {counted(self.tables, 'table')}"
        if self.first is not None:
            return f"They differ, first in {self.first}."
        if self.same_bytes:
            return f"Same bytes: {held}."
        if self.largest is None and self.same_bytes is None:
            return f"Same values to the last bit: {held}."
        if self.largest is None:
            return f"Same values to the last bit, in files that differ in their bytes: {held}."
        return (
            f"Same within {self.largest.share:.2g} of the numbers: {held}.\n"
            f"  The largest difference: {self.largest}."
        )


def sameness(first: Result, second: Result, within_share: float = ROUNDING_SHARE) -> Sameness:
    """Compare all tables of two runs, or of two sweeps, cell by cell.

    Parameters
    ----------
    first, second
        Two runs or two sweeps.
    within_share
        Numbers that differ by no more than this share of the larger are the same; 0: none that
        differ in any bit are.

    Raises
    ------
    ResultError
        If one is a run and the other a sweep, or a table is damaged.
    """
    if isinstance(first, Run) != isinstance(second, Run):
        raise ResultError(
            f"{_place(first)} and {_place(second)} are a run and a sweep, which hold different "
            "tables.\n  Compare two runs, or two sweeps."
        )
    same_bytes = _have_same_bytes(first, second)
    if same_bytes:
        rows = sum(first.manifest["tables"][name]["rows"] for name in SCHEMAS)  # type: ignore[union-attr]
        return Sameness(rows, len(SCHEMAS), True, within_share, None, None)
    largest: Cell | None = None
    rows = 0
    for name in SCHEMAS:
        mine, theirs = first.table(name), second.table(name)
        rows += len(mine)
        shape = _other_shape(name, mine, theirs)
        beyond, near = _differing(name, mine, theirs, within_share)
        if beyond is not None or shape is not None:
            return Sameness(rows, len(SCHEMAS), same_bytes, within_share, largest, beyond or shape)
        if near is not None and (largest is None or near.share > largest.share):
            largest = near
    return Sameness(rows, len(SCHEMAS), same_bytes, within_share, largest, None)


def _place(result: Result) -> Path:
    return result.folder if isinstance(result, Run) else result.path


def _have_same_bytes(first: Result, second: Result) -> bool | None:
    if not isinstance(first, Run) or not isinstance(second, Run):
        return None
    for run in (first, second):
        run.verify()
    digests = [
        {name: run.manifest["tables"][name]["sha256"] for name in SCHEMAS}
        for run in (first, second)
    ]
    return digests[0] == digests[1]


def _other_shape(table: str, first: pd.DataFrame, second: pd.DataFrame) -> Cell | None:
    """Return that columns or numbers of rows differ, if they do."""
    for column in dict.fromkeys((*first.columns, *second.columns)):
        sides = [column if column in frame else None for frame in (first, second)]
        if None in sides:
            return Cell(table, "its columns", -1, "", sides[0], sides[1], np.inf)
    if len(first) != len(second):
        return Cell(table, "its rows", -1, "", len(first), len(second), np.inf)
    return None


def _differing(
    table: str, first: pd.DataFrame, second: pd.DataFrame, within_share: float
) -> tuple[Cell | None, Cell | None]:
    """Return the first cell that differs by more than a share, and the largest by no more."""
    rows = min(len(first), len(second))
    shares = {
        column: _shares(first[column].to_numpy()[:rows], second[column].to_numpy()[:rows])
        for column in first.columns
        if column in second
    }
    if not shares or rows == 0:
        return None, None
    matrix = np.column_stack(list(shares.values()))
    columns = list(shares)

    def cell(row: int, place: int) -> Cell:
        column = columns[place]
        one, other = (frame[column].iloc[row] for frame in (first, second))
        return Cell(table, column, row, _keys(first, row), one, other, float(matrix[row, place]))

    beyond = np.argwhere(matrix > within_share)
    if len(beyond):
        return cell(*map(int, beyond[0])), None
    place = divmod(int(matrix.argmax()), len(columns))
    return None, cell(*place) if matrix[place] > 0.0 else None


def _shares(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Return by how much two columns differ, row by row, as a share of the larger number."""
    if all(column.dtype.kind in "fiu" for column in (first, second)):
        a, b = first.astype(np.float64), second.astype(np.float64)
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.abs(a - b) / np.maximum(np.abs(a), np.abs(b))
        return np.where(same, 0.0, np.where(np.isnan(share), np.inf, share))
    alike = [_comparable(a) == _comparable(b) for a, b in zip(first, second, strict=True)]
    return np.where(alike, 0.0, np.inf)


def _comparable(value: object) -> object:
    """Return a value that equals itself: not-a-number and not-a-time do not."""
    return value if value == value else None


def _keys(frame: pd.DataFrame, row: int) -> str:
    """Say what identifies a row: numbers and texts of its keys."""
    return joined(list(_key_words(frame, row)))


def _key_words(frame: pd.DataFrame, row: int) -> Iterator[str]:
    for column in frame.columns:
        value = frame[column].iloc[row]
        if column in _KEYS or (isinstance(value, str) and value):
            yield f"{column} {_shown(value)}"


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dt.datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float | np.floating):
        return repr(float(value))
    return str(value)

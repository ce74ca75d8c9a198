"""Rows of a csv table, with errors that name the file, the line and the reason."""

import csv
import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import DataError

TABLES = Path(__file__).parent / "tables"
"""Folder of the shipped tables."""

LAST_DATE = dt.date(2025, 10, 31)
"""No row may be dated later: what followed is kept aside for scoring forecasts."""

_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table; its methods read a column as a type or say why they cannot.

    Parameters
    ----------
    path
        The file, for messages.
    line
        Line number of the row's end in the file, the header being line 1.
    values
        Text by column name.
    last_date
        No date may be later; None: of a table of one's own, which may go on.
    """

    path: Path
    line: int
    values: Mapping[str, str]
    last_date: dt.date | None = LAST_DATE

    def error(self, reason: str) -> DataError:
        """Return an error that says where this row is and what is wrong with it."""
        where = self.path.name if self.path.parent == TABLES else self.path
        return DataError(f"{where}:{self.line}  {reason}")

    def _cell(self, column: str) -> str:
        try:
            return self.values[column].strip()
        except KeyError:
            raise self.error(f"the table has no column {column}") from None

    def text(self, column: str) -> str:
        """Read a text that must not be empty."""
        value = self._cell(column)
        if not value:
            raise self.error(f"{column} is empty")
        return value

    def optional_text(self, column: str) -> str:
        """Read a text that may be empty."""
        return self._cell(column)

    def choice(self, column: str, allowed: frozenset[str]) -> str:
        """Read a text that must be one of a few."""
        value = self.text(column)
        if value not in allowed:
            raise self.error(f"{column} = {value!r} must be one of {', '.join(sorted(allowed))}")
        return value

    def date(self, column: str) -> dt.date:
        """Read an ISO date, not after `last_date`."""
        date = self._any_date(column)
        if self.last_date is not None and date > self.last_date:
            raise self.error(
                f"{column} = {date} is after {self.last_date}, the last date of the data"
            )
        return date

    def _any_date(self, column: str) -> dt.date:
        value = self.text(column)
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise self.error(f"{column} = {value!r} is not a date like 2024-05-06") from None

    def optional_date(self, column: str) -> dt.date | None:
        """Read a day of publication, which may come after the data; an empty cell is None."""
        return self._any_date(column) if self._cell(column) else None

    def is_known_by(self, date: dt.date | None) -> bool:
        """Whether it was published by a date, stated in ``known_on``; without a date, always."""
        known_on = self.optional_date("known_on")
        return date is None or (known_on is not None and known_on <= date)

    def flag(self, column: str) -> bool:
        """Read ``True`` or ``False``."""
        return self.choice(column, frozenset({"True", "False"})) == "True"

    def number(self, column: str, low: float = 0.0, high: float = math.inf) -> float:
        """Read a finite number between `low` and `high`, both included."""
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            raise self.error(f"{column} = {value!r} is not a number") from None
        if not math.isfinite(number):
            raise self.error(f"{column} = {value} is not finite")
        if not low <= number <= high:
            raise self.error(f"{column} = {value} must lie between {low:g} and {high:g}")
        return number

    def optional_number(
        self, column: str, low: float = 0.0, high: float = math.inf
    ) -> float | None:
        """Read a number as `number` does; an empty cell is None."""
        return self.number(column, low, high) if self._cell(column) else None


def read_table(path: Path, parse: Callable[[Row], Record]) -> tuple[Record, ...]:
    """Read a table: every row parsed, or an error at the first row that cannot be.

    Parameters
    ----------
    path
        A csv file in UTF-8 with a header line, with or without a byte-order mark.
    parse
        Makes one record of one row; what it reads through `Row` is checked.

    Raises
    ------
    DataError
        The file cannot be read, has no rows, or holds a row that `parse` refuses.
    """
    return tuple(record for _, record in read_rows(path, parse))


def read_rows(
    path: Path, parse: Callable[[Row], Record], last_date: dt.date | None = LAST_DATE
) -> tuple[tuple[Row, Record], ...]:
    """Read a table as `read_table` does, each record with its row.

    Parameters
    ----------
    path, parse
        As there.
    last_date
        The last date that a row may have; None: any.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _records(path, csv.DictReader(file, strict=True), parse, last_date)
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise DataError(f"{path}: cannot be read as a csv table: {problem}") from problem


def _records(
    path: Path,
    reader: "csv.DictReader[str]",
    parse: Callable[[Row], Record],
    last_date: dt.date | None,
) -> tuple[tuple[Row, Record], ...]:
    records = []
    header = reader.fieldnames or ()
    for mark, name in _OTHER_SEPARATORS.items():
        if len(header) == 1 and mark in header[0]:
            raise DataError(f"{path.name}:1  has {name} between its cells; save it with commas")
    for values in reader:
        row = Row(path, reader.line_num, values, last_date)
        if None in values or None in values.values():
            raise row.error(f"has {_count(values)}, the header has {len(header)}")
        records.append((row, parse(row)))
    if not records:
        raise DataError(f"{path.name}:1  has no rows")
    return tuple(records)


def _count(values: Mapping[str | Any, str | Any]) -> str:
    """Count the cells of a line: csv keeps what is beyond the header as a list under None."""
    named = sum(value is not None for column, value in values.items() if column is not None)
    cells = named + len(values.get(None) or ())
    return f"{cells} cell{'s' if cells != 1 else ''}"

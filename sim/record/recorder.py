"""The recorder: rows of one replication, collected in memory until it ends."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any

import numpy as np
import pyarrow as pa

from sim.errors import ResultError
from sim.record.arrow import to_column
from sim.record.event import Event
from sim.record.tables import KEYS, SCHEMAS, TABLES, Rows


class Recorder:
    """Collects the rows of one replication.

    Parameters
    ----------
    replication
        Number of the replication, written into every row.
    start_date
        The scenario's first day, from which dates are counted.
    """

    def __init__(self, replication: int, start_date: dt.date) -> None:
        self._replication = replication
        self._start_date = start_date
        self._columns: dict[str, dict[str, list[Any]]] = {
            name: {column.name: [] for column in table.columns} for name, table in TABLES.items()
        }
        self._blocks: dict[str, list[tuple[float, int]]] = {name: [] for name in TABLES}

    def event(self, event: Event) -> None:
        """Add an event."""
        for name, cells in self._columns[event.table].items():
            cells.append(getattr(event, name))
        self._blocks[event.table].append((event.time_days, 1))

    def extend(self, time_days: float, rows: Rows) -> None:
        """Add a block of rows of one time, given as columns.

        A column is a list or an array with a cell a row, or one value that all rows share; without
        any list or array the block is one row. None and masked cells are null, NaN stays NaN.

        Raises
        ------
        ResultError
            If columns differ in length.
        """
        table = TABLES[rows.table]
        self._append(
            table.name, time_days, {one.name: getattr(rows, one.name) for one in table.columns}
        )

    def add(self, table: str, time_days: float, **values: Any) -> None:
        """Add rows by name of table and columns; columns that are left out are null.

        Raises
        ------
        ResultError
            If a value names a column that the table does not have, or columns differ in length.
        """
        unknown = values.keys() - self._columns[table].keys()
        if unknown:
            raise ResultError(f"table {table} has no column {', '.join(sorted(unknown))}")
        self._append(table, time_days, values)

    def _append(self, table: str, time_days: float, values: Mapping[str, Any]) -> None:
        cells = {
            name: given.tolist() if isinstance(given, np.ndarray) else given
            for name, given in values.items()
        }
        lengths = {name: len(one) for name, one in cells.items() if isinstance(one, list | tuple)}
        count = next(iter(lengths.values()), 1)
        if any(length != count for length in lengths.values()):
            listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise ResultError(f"table {table}: columns of one block differ in length: {listed}")
        for name, column in self._columns[table].items():
            given = cells.get(name)
            column.extend(given if name in lengths else repeat(given, count))
        self._blocks[table].append((time_days, count))

    def fill(self, table: str, column: str, values: Sequence[float]) -> None:
        """Set a column that is known only in the end, a value a row; NaN becomes null.

        Raises
        ------
        ResultError
            If there are more or fewer values than rows.
        """
        cells = self._columns[table][column]
        if len(values) != len(cells):
            raise ResultError(f"table {table} has {len(cells)} rows, {column} {len(values)} values")
        cells[:] = [None if math.isnan(value) else value for value in values]

    def tables(self) -> dict[str, pa.Table]:
        """Return the rows as Arrow tables."""
        return {
            name: pa.table(
                [*self._keys(blocks), *self._cells(name)],
                schema=SCHEMAS[name],
            )
            for name, blocks in self._blocks.items()
        }

    def _cells(self, table: str) -> Iterator[pa.Array]:
        """Columns of a table, its keys left out."""
        for column in TABLES[table].columns:
            yield to_column(self._columns[table][column.name], column.type)

    def _keys(self, blocks: Sequence[tuple[float, int]]) -> Iterator[pa.Array]:
        """Make the columns that every table begins with, for blocks of rows of one time."""
        times = [time_days for time_days, count in blocks for _ in range(count)]
        dates = [
            date
            for time_days, count in blocks
            for date in repeat(self._start_date + dt.timedelta(days=int(time_days)), count)
        ]
        for key, cells in zip(KEYS, ([self._replication] * len(times), times, dates), strict=True):
            yield to_column(cells, key.type)

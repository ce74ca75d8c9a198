"""The recorder: rows of one replication, collected in memory until it ends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
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
        block = self._columns[rows.table]
        given: dict[str, Any] = {}
        for name in block:
            cells = getattr(rows, name)
            given[name] = cells.tolist() if isinstance(cells, np.ndarray) else cells
        lengths = {name: len(one) for name, one in given.items() if isinstance(one, list | tuple)}
        count = next(iter(lengths.values()), 1)
        if any(length != count for length in lengths.values()):
            listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise ResultError(
                f"table {rows.table}: columns of one block differ in length: {listed}"
            )
        for name, column in block.items():
            column.extend(given[name] if name in lengths else repeat(given[name], count))
        self._blocks[rows.table].append((time_days, count))

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
        keys: tuple[list[Any], ...] = ([self._replication] * len(times), times, dates)
        for key, cells in zip(KEYS, keys, strict=True):
            yield to_column(cells, key.type)

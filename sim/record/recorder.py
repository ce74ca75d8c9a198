"""The recorder: rows of one replication, collected in memory until it ends."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from sim.errors import ResultError
from sim.record.arrow import to_column
from sim.record.event import Event
from sim.record.tables import SCHEMAS, TABLES, Rows


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
            name: {column: [] for column in schema.names} for name, schema in SCHEMAS.items()
        }

    def event(self, event: Event) -> None:
        """Add an event."""
        values = {column.name: getattr(event, column.name) for column in TABLES["events"].columns}
        self._append("events", event.time_days, values)

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
        lengths = {name: len(cells) for name, cells in values.items() if _is_column(cells)}
        count = next(iter(lengths.values()), 1)
        if any(length != count for length in lengths.values()):
            listed = ", ".join(f"{name} {length}" for name, length in lengths.items())
            raise ResultError(f"table {table}: columns of one block differ in length: {listed}")
        keyed = {
            **values,
            "replication": self._replication,
            "time_days": time_days,
            "date": self._start_date + dt.timedelta(days=int(time_days)),
        }
        for name, cells in self._columns[table].items():
            given = keyed.get(name)
            if name in lengths:
                cells.extend(_cells(given))
            else:
                cells.extend([given] * count)

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
                [to_column(self._columns[name][field.name], field.type) for field in schema],
                schema=schema,
            )
            for name, schema in SCHEMAS.items()
        }


def _is_column(cells: Any) -> bool:
    """Whether this is a cell for each row, rather than one for all."""
    return isinstance(cells, list | tuple) or (isinstance(cells, np.ndarray) and cells.ndim == 1)


def _cells(column: Any) -> Iterable[Any]:
    """Python values of a list or an array, None where an array is masked."""
    cells: Iterable[Any] = column.tolist() if isinstance(column, np.ndarray) else column
    return cells

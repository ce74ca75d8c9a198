"""The recorder: rows of one replication, collected in memory until it ends."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from sim.errors import ResultError
from sim.record.columns import to_column
from sim.record.tables import SCHEMAS


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

    def add(self, table: str, time_days: float, **values: Any) -> None:
        """Add one row.

        Columns that are left out are null: use it only where a value has no meaning.

        Raises
        ------
        ResultError
            If a value names a column that the table does not have.
        """
        columns = self._columns[table]
        unknown = values.keys() - columns.keys()
        if unknown:
            raise ResultError(f"table {table} has no column {', '.join(sorted(unknown))}")
        values["replication"] = self._replication
        values["time_days"] = time_days
        values["date"] = self._start_date + dt.timedelta(days=int(time_days))
        for column, cells in columns.items():
            cells.append(values.get(column))

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

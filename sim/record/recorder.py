"""The recorder: rows of one replication, collected in memory until it ends."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa

from sim.errors import ResultError
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
        self._rows: dict[str, list[dict[str, Any]]] = {name: [] for name in SCHEMAS}

    def add(self, table: str, time_days: float, **values: Any) -> None:
        """Add one row.

        Columns that are left out are null: use it only where a value has no meaning.

        Raises
        ------
        ResultError
            If a value names a column that the table does not have.
        """
        unknown = values.keys() - set(SCHEMAS[table].names)
        if unknown:
            raise ResultError(f"table {table} has no column {', '.join(sorted(unknown))}")
        self._rows[table].append(
            {
                "replication": self._replication,
                "time_days": time_days,
                "date": self._start_date + dt.timedelta(days=int(time_days)),
                **values,
            }
        )

    def tables(self) -> dict[str, pa.Table]:
        """Return the rows as Arrow tables."""
        return {
            name: pa.Table.from_pylist(rows, schema=SCHEMAS[name])
            for name, rows in self._rows.items()
        }

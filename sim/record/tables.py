"""The result tables: their columns and schemas, as the classes of their rows declare them.

Every table begins with the replication and the time: ``time_days`` since the scenario's first day,
and the same as a date. Columns carry their unit as suffix; ``_share`` is 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

import pyarrow as pa

from sim.errors import ResultError
from sim.nearest import offer
from sim.record.column import Column, ColumnKind, columns_of
from sim.record.event import Event
from sim.record.rows import LedgerRows, MarketRows, ProductRows, ProviderRows
from sim.record.supply_rows import ChipRows, CloudRows
from sim.record.unit import DAYS, NUMBER
from sim.record.user_rows import DomainRows, WelfareRows

Rows: TypeAlias = (
    MarketRows
    | ProductRows
    | ProviderRows
    | CloudRows
    | ChipRows
    | DomainRows
    | WelfareRows
    | LedgerRows
)
"""A block of rows of a table, of one time."""

KEYS: Final = (
    Column(
        name="replication",
        type=pa.int32(),
        kind=ColumnKind.KEY,
        label="Replication",
        unit=NUMBER,
        meaning="number of the replication",
    ),
    Column(
        name="time_days",
        type=pa.float64(),
        kind=ColumnKind.KEY,
        label="Time",
        unit=DAYS,
        meaning="time since the scenario's first day",
    ),
    Column(
        name="date",
        type=pa.date32(),
        kind=ColumnKind.KEY,
        label="Date",
        unit=NUMBER,
        meaning="the same as a date",
    ),
)
"""What every table begins with."""


@dataclass(frozen=True, slots=True)
class Table:
    """A result table.

    Attributes
    ----------
    name
        Name of the table and its files.
    row
        What a row is: ``a week and product``.
    contents
        What is in it, in a sentence.
    columns
        Its own columns, those of ``KEYS`` left out.
    """

    name: str
    row: str
    contents: str
    columns: tuple[Column, ...]

    def __getitem__(self, column: str) -> Column:
        """Return a column by name.

        Raises
        ------
        ResultError
            If the table has no such column.
        """
        known = {one.name: one for one in (*KEYS, *self.columns)}
        if column not in known:
            raise ResultError(
                f"table {self.name} has no column {column!r}.  {offer(column, known)}"
            )
        return known[column]

    @property
    def schema(self) -> pa.Schema:
        """Its Arrow schema."""
        return pa.schema([(column.name, column.type) for column in (*KEYS, *self.columns)])


def _table(rows: type[Rows | Event]) -> Table:
    contents = (rows.__doc__ or "").strip()
    return Table(rows.table, rows.row, contents, columns_of(rows))


TABLES: Final[Mapping[str, Table]] = {
    rows.table: _table(rows)
    for rows in (
        Event,
        MarketRows,
        ProductRows,
        ProviderRows,
        CloudRows,
        ChipRows,
        DomainRows,
        WelfareRows,
        LedgerRows,
    )
}
"""Every table by name, in the order in which they are listed to people."""

SCHEMAS: Final[Mapping[str, pa.Schema]] = {name: table.schema for name, table in TABLES.items()}
"""Arrow schema of each table."""

"""SQL over result tables: a DuckDB connection in which every table is a view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sim.errors import UsageError
from sim.nearest import offer, one_of

if TYPE_CHECKING:
    import duckdb

_OPEN: list[duckdb.DuckDBPyConnection] = []
"""Connections stay open until the process ends: DuckDB 1 closes one that no name holds any longer,
whatever relations still read from it."""


def open_database() -> duckdb.DuckDBPyConnection:
    """Return a connection to an empty database in memory."""
    import duckdb

    connection = duckdb.connect()
    # A misspelt table must not find a variable of ours that happens to have its name
    connection.execute("set python_enable_replacements = false")
    _OPEN.append(connection)
    return connection


def relation_of(
    connection: duckdb.DuckDBPyConnection, table: str, known: Sequence[str], noun: str
) -> duckdb.DuckDBPyRelation:
    """Return a table as a relation.

    Parameters
    ----------
    connection
        From `open_database`.
    table
        Its name.
    known
        All names.
    noun
        Whose tables they are: ``sweep``.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    refuse_unknown(table, known, noun)
    with refusals_told(known):
        return connection.view(table)


def refuse_unknown(table: str, known: Sequence[str], noun: str) -> None:
    """Refuse a name that is not one of a table.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    if table not in known:
        raise UsageError(f"a {noun} has no table {table!r}.  {offer(str(table), known)}")


def answer_of(
    connection: duckdb.DuckDBPyConnection, sql: str, known: Sequence[str]
) -> duckdb.DuckDBPyRelation:
    """Run SQL and return the answer of its last statement, which is computed when it is read.

    Raises
    ------
    UsageError
        If there is no statement, or DuckDB does not accept it.
    """
    if not isinstance(sql, str):
        raise UsageError(f"a query is a text in SQL, not {sql!r}.")
    with refusals_told(known):
        if not connection.extract_statements(sql):
            example = '"select * from market limit 5"'
            raise UsageError(
                f"the query is empty.\n  Ask for something, as in {example}.  "
                f"Tables: {one_of(known)}."
            )
        answer = connection.sql(sql)
        return connection.sql("select 'done' as answer") if answer is None else answer


@contextmanager
def refusals_told(known: Sequence[str]) -> Iterator[None]:
    """Turn what DuckDB refuses, also while an answer is read, into a message.

    Parameters
    ----------
    known
        Names of the tables, which the message lists.

    Raises
    ------
    UsageError
        With DuckDB's own words.
    """
    import duckdb

    try:
        yield
    except duckdb.InterruptException as stop:
        raise KeyboardInterrupt from stop
    except duckdb.Error as error:
        words = str(error).strip()
        raise UsageError(f"{words}\n  Tables: {one_of(known)}.") from error

"""A finished run, read from its folder."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from numpy.typing import NDArray

from sim.errors import ResultError
from sim.files.folder_kinds import belongs_to
from sim.files.paths import path_of
from sim.record.arrow import to_array, to_column, to_frame
from sim.record.database import answer_of, open_database, refuse_unknown, relation_of
from sim.record.run_folder import FORMAT
from sim.record.tables import SCHEMAS

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from sim.scenario.scenario import Scenario


_NAMES = (*SCHEMAS, "plan", "failures")
"""Names of all tables of a run: those of its results, and two with a row a replication."""
_KEYS = {
    "scenario": str,
    "scenario_sha256": str,
    "seed": int,
    "finished": list,
    "complete": bool,
    "tables": dict,
}
"""What a manifest must state, and of which type."""


class Run:
    """A run's folder, open for reading; tables are read when first asked for.

    Parameters
    ----------
    folder
        Folder that ``pricewar run`` or :func:`sim.run` wrote.
    allow_code
        Whether Python files that its scenario names policies of may be executed: they are, when
        `scenario` is first asked for.

    Raises
    ------
    ResultError
        If the folder is not a run, or its manifest is damaged.
    """

    def __init__(self, folder: str | os.PathLike[str], *, allow_code: bool = False) -> None:
        self.folder = path_of(folder, "sim.open_run", "the folder of a finished run")
        self.allow_code = allow_code
        path = self.folder / "manifest.json"
        if not path.is_file():
            usual = "Name the folder that `pricewar run` wrote, such as results/minimal."
            hint = belongs_to(self.folder) or usual
            if (self.folder / "unfinished").is_dir():
                hint = "Continue it with `pricewar run` and --resume."
            found = "is not a finished run (it has no manifest.json)"
            if not self.folder.exists():
                found = "there is no such folder"
            raise ResultError(f"{self.folder}: {found}.\n  {hint}")
        try:
            self.manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ResultError(
                f"{path}: is damaged ({error}).\n  Run the scenario again."
            ) from error
        if not isinstance(self.manifest, dict) or self.manifest.get("format") != FORMAT:
            known = self.manifest.get("format") if isinstance(self.manifest, dict) else None
            raise ResultError(
                f"{path}: has format {known!r}; this version reads {FORMAT}.\n"
                "  Run the scenario again with this version."
            )
        missing = [key for key, kind in _KEYS.items() if not _is(self.manifest.get(key), kind)]
        if missing or not all(_is(number, int) for number in self.manifest["finished"]):
            raise ResultError(
                f"{path}: is damaged (it lacks {', '.join(missing or ['finished'])}).\n"
                "  Run the scenario again."
            )

    def __repr__(self) -> str:
        """Name, number of replications and folder."""
        count = len(self.replications)
        return (
            f"<Run {self.manifest['scenario']}: {count} replication{'' if count == 1 else 's'} "
            f"in {self.folder}>"
        )

    @property
    def replications(self) -> list[int]:
        """Numbers of the finished replications."""
        return list(self.manifest["finished"])

    @property
    def failures(self) -> list[dict[str, Any]]:
        """Replications that failed: ``replication``, ``stage`` and ``message`` of each."""
        return list(self.manifest.get("failures", ()))

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of all tables."""
        return _NAMES

    @property
    def seed(self) -> int:
        """Seed of all draws."""
        return int(self.manifest["seed"])

    @cached_property
    def scenario(self) -> Scenario:
        """The scenario that was run, without defaults."""
        from sim.scenario.reader import read
        from sim.scenario.writer import scenario_hash

        path = self.folder / "resolved.yaml"
        if not path.is_file():
            raise ResultError(
                f"{path}: is not there, so nothing says what was run.\n  Run the scenario again."
            )
        scenario = read(path, allow_code=self.allow_code)
        if scenario_hash(scenario) != self.manifest["scenario_sha256"]:
            raise ResultError(
                f"{path}: is not the scenario that was run.\n  Run the scenario again."
            )
        return scenario

    def table(self, name: str) -> pd.DataFrame:
        """Read a table by name; dates are `datetime64`, as pandas computes with them.

        Raises
        ------
        UsageError
            If there is no such table.
        ResultError
            If the file is missing or damaged.
        """
        refuse_unknown(name, self.table_names, "run")
        more = {"plan": self._plan, "failures": self._failure_table}
        return to_frame(more[name] if name in more else self._arrow_table(name))

    def verify(self) -> None:
        """Compare every table with its digest.

        Raises
        ------
        ResultError
            If one is missing or not what the run wrote.
        """
        for name in SCHEMAS:
            self._verified(name)

    def _verified(self, name: str) -> Path:
        """Path of a table whose bytes are those that the run wrote."""
        path = self.folder / f"{name}.parquet"
        try:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from error
        if digest != self.manifest["tables"].get(name, {}).get("sha256"):
            raise ResultError(
                f"{path}: is not the table that the run wrote.\n  Run the scenario again."
            )
        return path

    def columns(self, name: str) -> dict[str, NDArray[Any]]:
        """Read a table as arrays by column, without the time that importing pandas takes.

        Nulls of numbers are NaN, of dates NaT, of texts None.

        Raises
        ------
        ResultError
            If the file is missing or damaged.
        """
        table = self._arrow_table(name)
        return {column: to_array(table[column]) for column in table.column_names}

    def _arrow_table(self, name: str) -> pa.Table:
        import pyarrow.parquet as pq

        path = self._verified(name)
        try:
            with pq.ParquetFile(path) as file:
                return file.read()
        except (OSError, ValueError) as error:
            raise _unreadable(path, error) from error

    def relation(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return a table as a DuckDB relation.

        Parameters
        ----------
        name
            ``market``, ``products``, ...; or ``plan`` or ``failures``, with a row a replication.

        Raises
        ------
        UsageError
            If there is no such table.
        """
        return relation_of(self.connection, name, self.table_names, "run")

    def query(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Run SQL over the tables.

        Raises
        ------
        UsageError
            If there is no SQL, or DuckDB does not accept it.
        """
        return answer_of(self.connection, sql, self.table_names)

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection in which every table is a view."""
        connection = open_database()
        for name in SCHEMAS:
            connection.register(name, self._arrow_table(name))
        connection.register("plan", self._plan)
        connection.register("failures", self._failure_table)
        return connection

    @property
    def _plan(self) -> pa.Table:
        """Every planned replication and its state."""
        failed = {row["replication"] for row in self.failures}
        numbers = range(max([self.manifest.get("planned", 0), *(n + 1 for n in self.replications)]))
        states = [
            "done" if n in self.replications else "failed" if n in failed else "missing"
            for n in numbers
        ]
        columns = {
            "replication": to_column(numbers, pa.int32()),
            "state": to_column(states, pa.string()),
        }
        return pa.table(columns)

    @property
    def _failure_table(self) -> pa.Table:
        kinds = {"replication": pa.int32(), "stage": pa.string(), "message": pa.string()}
        return pa.table(
            {name: to_column([row[name] for row in self.failures], kinds[name]) for name in kinds}
        )

    @cached_property
    def events(self) -> pd.DataFrame:
        """Every change: prices, launches, costs, reactions, exits."""
        return self.table("events")

    @cached_property
    def market(self) -> pd.DataFrame:
        """The whole market, a row a week and replication."""
        return self.table("market")

    @cached_property
    def products(self) -> pd.DataFrame:
        """A row a week, replication and product."""
        return self.table("products")

    @cached_property
    def providers(self) -> pd.DataFrame:
        """A row a week, replication and provider."""
        return self.table("providers")

    @cached_property
    def clouds(self) -> pd.DataFrame:
        """A row a week, replication, cloud, provider and accelerator."""
        return self.table("clouds")

    @cached_property
    def chips(self) -> pd.DataFrame:
        """A row a week, replication and chip."""
        return self.table("chips")

    @cached_property
    def domains(self) -> pd.DataFrame:
        """A row a week, replication and application domain."""
        return self.table("domains")

    @cached_property
    def welfare(self) -> pd.DataFrame:
        """A row an end of a quarter, replication, application domain and type of user."""
        return self.table("welfare")

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Sums of all payments by payer, payee and purpose, a replication at a time."""
        return self.table("ledger")


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _unreadable(path: Path, error: Exception) -> ResultError:
    return ResultError(f"{path}: cannot be read ({error}).\n  Run the scenario again.")

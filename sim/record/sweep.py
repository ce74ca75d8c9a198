"""A sweep, read from its folder: tables of all runs, with the parameters of their points."""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sim.errors import ResultError
from sim.files.paths import path_of
from sim.record.arrow import to_frame
from sim.record.catalogue import Catalogue
from sim.record.database import answer_of, open_database, refusals_told, relation_of
from sim.record.failures import FAILURE_SCHEMA
from sim.record.shard import SHARD_SCHEMAS
from sim.record.sweep_folder import SweepFolder

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_NAMES = (*SHARD_SCHEMAS, "plan", "failures")
"""Names of all tables of a sweep: those of its results, and two with a row a run."""
_KEYS = ("point", "replication", "row")


class Sweep:
    """A sweep's folder, open for reading, whether or not it has finished.

    What is read is what had finished when it was opened.

    Parameters
    ----------
    path
        Folder that ``pricewar sweep`` or :func:`sim.sweep` wrote.

    Raises
    ------
    ResultError
        If the folder is not a sweep.

    Examples
    --------
    >>> sweep = sim.Sweep("results/sweeps/minimal")  # doctest: +SKIP
    >>> sweep.market.groupby("depth_share")["adopters_share"].mean()  # doctest: +SKIP
    >>> sweep.query("select depth_share, avg(hhi_tokens) from market group by 1")  # doctest: +SKIP
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path_of(path, "sim.Sweep", "the folder of a sweep")
        self._folder = SweepFolder(self.path)
        self._plan = self._folder.read_plan()
        self._shelf = self._folder.shelf()
        self._catalogue = Catalogue.of(self._shelf)

    def __repr__(self) -> str:
        """Name, how far it is, and folder."""
        return f"<Sweep {self.name}: {self.done} of {self._plan.num_rows} runs in {self.path}>"

    @property
    def name(self) -> str:
        """Name of the design."""
        return str(self._folder.read_record("sweep.json").get("name", self.path.name))

    @property
    def table_names(self) -> tuple[str, ...]:
        """Names of all tables."""
        return _NAMES

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters, which are columns of every table."""
        return [str(name) for name in self._plan.column_names[6:]]

    @property
    def seed(self) -> int:
        """Seed of all draws, which its points share."""
        return int(json.loads((self._plan.schema.metadata or {})[b"pricewar"])["seed"])

    @property
    def done(self) -> int:
        """How many runs of the plan have finished."""
        return sum(run_id in self._catalogue for run_id in self._plan["run_id"].to_pylist())

    @cached_property
    def plan(self) -> pd.DataFrame:
        """Every planned run: identity, point, replication, parameters, ``state``, ``seconds``."""
        return to_frame(self._plan_with_state)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Every run that failed: point, replication, stage, message, parameters, traceback file."""
        return to_frame(self._failure_table)

    @cached_property
    def _plan_with_state(self) -> pa.Table:
        failed = self._folder.failures.ids()
        ids = self._plan["run_id"].to_pylist()
        states = [
            "done" if run_id in self._catalogue else "failed" if run_id in failed else "missing"
            for run_id in ids
        ]
        seconds = [self._catalogue.seconds.get(run_id) for run_id in ids]
        return (
            self._plan.replace_schema_metadata(None)
            .append_column("state", pa.array(states, pa.string()))
            .append_column("seconds", pa.array(seconds, pa.float64()))
        )

    @cached_property
    def failure_rows(self) -> list[dict[str, Any]]:
        """The rows of `failures`, for those who have no use for a frame."""
        planned = set(self._plan["run_id"].to_pylist())
        return [
            row
            for row in self._folder.failures.rows()
            if row["run_id"] in planned and row["run_id"] not in self._catalogue
        ]

    @cached_property
    def _failure_table(self) -> pa.Table:
        return pa.Table.from_pylist(self.failure_rows, schema=FAILURE_SCHEMA)

    def table(self, name: str) -> pd.DataFrame:
        """Read a table as a frame, in order of point, replication and row.

        Dates are `datetime64`, as pandas computes with them.

        Raises
        ------
        UsageError
            If there is no such table, or it cannot be read.
        """
        if name in ("plan", "failures"):
            return self.plan if name == "plan" else self.failures
        ordered = self.relation(name).order(", ".join(_KEYS))
        with refusals_told(self.table_names):
            rows = ordered.to_arrow_table()
        return to_frame(rows.drop_columns(["row", "run_id"]))

    @cached_property
    def market(self) -> pd.DataFrame:
        """The whole market, a row a week and run."""
        return self.table("market")

    @cached_property
    def products(self) -> pd.DataFrame:
        """A row a week, run and product."""
        return self.table("products")

    def relation(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return a table as a DuckDB relation, which reads only what a query needs.

        Parameters
        ----------
        name
            ``market``, ``products``, ... or ``plan``.

        Raises
        ------
        UsageError
            If there is no such table.
        """
        return relation_of(self.connection, name, self.table_names, "sweep")

    def query(self, sql: str) -> duckdb.DuckDBPyRelation:
        """Run SQL over the tables, each of which has the parameters as columns.

        Raises
        ------
        UsageError
            If there is no SQL, or DuckDB does not accept it.
        """
        return answer_of(self.connection, sql, self.table_names)

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection in which every table is a view."""
        import duckdb

        connection = open_database()
        filesystem = self._shelf.filesystem
        if filesystem is not None:
            connection.register_filesystem(filesystem)
        connection.register("plan", self._plan_with_state)
        connection.register("failures", self._failure_table)
        repeated = pa.table(
            {
                "shard": pa.array([shard for shard, _ in self._catalogue.repeated], pa.string()),
                "run_id": pa.array([run for _, run in self._catalogue.repeated], pa.string()),
            }
        )
        connection.register("repeated_runs", repeated)
        for name in SHARD_SCHEMAS:
            try:
                self._view(connection, name)
            except duckdb.Error as error:
                fault = str(error).partition("\n")[0]
                raise ResultError(
                    f"{self.path}: the shards of table {name} cannot be read ({fault}).\n"
                    "  Continue the sweep with --resume: what is missing or damaged is run again."
                ) from error
        return connection

    def _view(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        parameters = "".join(f", plan.{_identifier(parameter)}" for parameter in self.parameters)
        if not self._catalogue.shards:
            connection.register(f"no_{name}", SHARD_SCHEMAS[name].empty_table())
            rows, guard = f"no_{name}", ""
        else:
            files = ", ".join(
                _quoted(self._shelf.path(shard, f"{name}.parquet"))
                for shard in self._catalogue.shards
            )
            rows, guard = f"read_parquet([{files}])", ""
            if self._catalogue.repeated:
                rows = f"read_parquet([{files}], filename = true)"
                guard = (
                    "where not exists (select 1 from repeated_runs where "
                    "repeated_runs.run_id = t.run_id and "
                    "contains(t.filename, '/' || repeated_runs.shard || '/'))"
                )
        without = "run_id, replication, filename" if guard else "run_id, replication"
        connection.execute(
            f"create view {name} as select plan.point, plan.replication{parameters}, "  # noqa: S608
            f"plan.run_id, t.* exclude ({without}) "
            f"from {rows} t join plan on plan.run_id = t.run_id {guard}"
        )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""The folder of a sweep: what lies where in it. A run keeps one while it is unfinished."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.files.durable import write_durably, write_whole
from sim.files.folder_kinds import belongs_to
from sim.files.listing import names_in
from sim.record.failures import Failures
from sim.record.shelf import Shelf, open_shelf

FORMAT = 2
"""Version of the folder's layout."""
_BEFORE_PLAN = frozenset(
    {"lock", "progress.json", "sweep.json", "design.yaml", "resolved.yaml", "code", "network"}
)
_OWN = _BEFORE_PLAN | {"plan.parquet", "shards", "failures", "stopping.json", "writer"}


class SweepFolder:
    """A sweep's folder.

    ===================  ===============================================================
    ``plan.parquet``     every run: identity, point, replication, parameters
    ``sweep.json``       name, design, versions, where the shards are; for people too
    ``design.yaml``      the design as it was read
    ``resolved.yaml``    the scenario without the design's parameters
    ``code/``            sources of policies from outside the package that it names
    ``network/``         the file of ties that it names
    ``shards/``          the tables, many runs a shard, unless they are elsewhere
    ``failures/``        a row and a traceback for each run that failed
    ``progress.json``    how far it is, for ``pricewar status``
    ``stopping.json``    what a stopping rule found
    ``lock``             held by the process that writes
    ``writer``           how names of its shards begin
    ===================  ===============================================================

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failures = Failures(path / "failures")
        self.lock = path / "lock"
        self.writer = path / "writer"

    def is_sweep(self) -> bool:
        """Return whether a plan was registered here."""
        return (self.path / "plan.parquet").is_file()

    def is_free(self) -> bool:
        """Return whether a sweep may begin: nothing is there, or what one wrote before its plan."""
        if not self.path.exists():
            return True
        if not self.path.is_dir():
            return False
        held = names_in(self.path)
        was_begun = "phase" in self.read_record("progress.json")
        return held <= _BEFORE_PLAN if was_begun else held <= {"lock"}

    def holds_own_files_only(self) -> bool:
        """Return whether nothing is there that no sweep writes."""
        return names_in(self.path) <= _OWN

    def write_plan(self, table: pa.Table) -> None:
        """Register a plan, in one step that survives a loss of power."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink)
        write_durably(self.path / "plan.parquet", sink.getvalue().to_pybytes())

    def read_plan(self) -> pa.Table:
        """Read the plan.

        Raises
        ------
        ResultError
            If there is none, it is damaged, or another version wrote the folder.
        """
        path = self.path / "plan.parquet"
        if not path.is_file():
            usual = "Name the folder that `pricewar sweep` wrote, such as results/sweeps/minimal."
            raise ResultError(
                f"{self.path}: is not a sweep (it has no plan.parquet).\n"
                f"  {belongs_to(self.path) or usual}"
            )
        record = self.read_record("sweep.json")
        if record.get("format", FORMAT) != FORMAT:
            raise ResultError(
                f"{self.path / 'sweep.json'}: has format {record['format']!r}; "
                f"this version reads {FORMAT}.\n  Run the sweep again in another folder."
            )
        try:
            with pq.ParquetFile(path) as file:
                table = file.read()
        except (OSError, ValueError) as error:
            raise _damaged(path, error) from error
        if b"pricewar" not in (table.schema.metadata or {}):
            raise _damaged(path, "it is no plan of pricewar")
        return table

    def write_text(self, name: str, text: str) -> None:
        """Write a file for people."""
        write_durably(self.path / name, text.encode())

    def write_beside(self, name: str, content: bytes) -> None:
        """Write a file that ``resolved.yaml`` names, by its path in the folder."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, content)

    def write_news(self, text: str) -> None:
        """Write how far the sweep is."""
        write_whole(self.path / "progress.json", text.encode())

    def write_record(self, name: str, record: dict[str, Any]) -> None:
        """Write a JSON file."""
        self.write_text(name, json.dumps(record, indent=1, default=str) + "\n")

    def read_record(self, name: str) -> dict[str, Any]:
        """Read a JSON file; empty if it is not there or damaged."""
        return read_record(self.path / name)

    def shelf(self) -> Shelf:
        """Return the shelf of the shards, which is where ``sweep.json`` says."""
        address = str(self.read_record("sweep.json").get("shards") or "shards")
        return open_shelf(address if "://" in address else str(self.path / address))


def read_record(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file; empty if it is not there or damaged."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _damaged(path: Path, why: object) -> ResultError:
    return ResultError(
        f"{path}: is damaged ({why}).\n  Start the sweep again in a folder beside this one; "
        "finished runs are reused."
    )

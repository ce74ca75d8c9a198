"""A shard: the tables of many runs, and a completion record that is written last.

A shard counts once its record ``done.json`` is there; the record names the runs and holds a digest
of each file, so that damage is found. Rows carry the run's identity ``run_id`` and their ordinal
``row`` within the run, which together are the key of every table.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from sim.record.tables import SCHEMAS

RECORD = "done.json"
"""Name of the completion record."""
FORMAT = 1
"""Version of the layout of shards."""

Files: TypeAlias = Mapping[str, bytes]
"""Content of a shard's files by name, the completion record last."""

SHARD_SCHEMAS = {
    name: pa.schema([("run_id", pa.string()), ("row", pa.int32()), *schema])
    for name, schema in SCHEMAS.items()
}
"""Schema of each table in a shard."""


@dataclass(frozen=True, slots=True)
class RunTables:
    """The tables of one finished run."""

    run_id: str
    seconds: float
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class CompletionRecord:
    """What a shard holds.

    Attributes
    ----------
    seconds
        Wall time of each run, by its identity.
    digests
        SHA-256 of each file, by its name.
    """

    seconds: Mapping[str, float]
    digests: Mapping[str, str]

    def to_bytes(self) -> bytes:
        """Write the record, sealed with a digest of itself."""
        content = {"format": FORMAT, "runs": dict(self.seconds), "files": dict(self.digests)}
        return json.dumps({**content, "seal": _seal(content)}, indent=1).encode()

    @classmethod
    def from_bytes(cls, text: bytes) -> CompletionRecord | None:
        """Read a record; None if it is damaged."""
        try:
            content = json.loads(text)
            seal = content.pop("seal")
            record = cls(content["runs"], content["files"])
        except (ValueError, KeyError, AttributeError, TypeError):
            return None
        return record if seal == _seal(content) else None


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def shard_files(runs: Sequence[RunTables]) -> Files:
    """Lay out the runs of a shard as files.

    Parameters
    ----------
    runs
        At least one run, in the order in which their rows will stand.
    """
    joined = {name: pa.concat_tables([_keyed(run, name) for run in runs]) for name in SHARD_SCHEMAS}
    return sealed(joined, {run.run_id: run.seconds for run in runs})


def sealed(tables: Mapping[str, pa.Table], seconds: Mapping[str, float]) -> Files:
    """Lay out tables in the schema of shards as files, with their completion record."""
    files = {}
    for name, table in tables.items():
        buffer = io.BytesIO()
        pq.write_table(table.combine_chunks(), buffer)
        files[f"{name}.parquet"] = buffer.getvalue()
    digests = {name: digest(content) for name, content in files.items()}
    return {**files, RECORD: CompletionRecord(seconds, digests).to_bytes()}


def digest(content: bytes) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def _keyed(run: RunTables, name: str) -> pa.Table:
    table = run.tables[name]
    rows = table.num_rows
    columns = [
        pa.array([run.run_id] * rows, pa.string()),
        pa.array(range(rows), pa.int32()),
        *table.columns,
    ]
    return pa.table(columns, schema=SHARD_SCHEMAS[name])

"""A shard: the tables of many runs, and a completion record that is written last.

A shard counts once its record ``done.json`` is there; the record names the runs and holds a digest
of each file, so that damage is found. Rows carry the run's identity ``run_id`` and their ordinal
``row`` within the run, which together are the key of every table.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from sim.record.arrow import to_column
from sim.record.tables import SCHEMAS

RECORD = "done.json"
"""Name of the completion record."""
FORMAT = 1
"""Version of the layout of shards."""
ROWS_AT_ONCE = 10_000
"""Rows that make a row group: what writing holds in memory at a time."""

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
    parts = {name: [_keyed(run, name) for run in runs] for name in SHARD_SCHEMAS}
    return sealed(parts, {run.run_id: run.seconds for run in runs})


def sealed(parts: Mapping[str, Iterable[pa.Table]], seconds: Mapping[str, float]) -> Files:
    """Lay out the runs of a shard as files, with their completion record.

    Parameters
    ----------
    parts
        Rows of each table in the schema of shards, part after part; taken one by one, so that
        memory holds few of them at a time, and what is written.
    seconds
        Wall time of each run.
    """
    files = {f"{name}.parquet": _written(name, tables) for name, tables in parts.items()}
    digests = {name: digest(content) for name, content in files.items()}
    return {**files, RECORD: CompletionRecord(seconds, digests).to_bytes()}


def digest(content: bytes) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def rows_of(content: bytes) -> pa.Table:
    """Read a table of a shard from its file's content."""
    return pq.ParquetFile(pa.BufferReader(content)).read(use_threads=False)


def _written(name: str, parts: Iterable[pa.Table]) -> bytes:
    """Write a table as Parquet, a row group whenever enough rows have come together."""
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, SHARD_SCHEMAS[name]) as writer:
        waiting: list[pa.Table] = []
        for part in parts:
            waiting.append(part)
            if sum(table.num_rows for table in waiting) >= ROWS_AT_ONCE:
                writer.write_table(pa.concat_tables(waiting).combine_chunks())
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting).combine_chunks())
    return buffer.getvalue()


def _keyed(run: RunTables, name: str) -> pa.Table:
    table = run.tables[name]
    rows = table.num_rows
    columns = [
        to_column([run.run_id] * rows, pa.string()),
        to_column(range(rows), pa.int32()),
        *table.columns,
    ]
    return pa.table(columns, schema=SHARD_SCHEMAS[name])

"""Failures of runs: rows with stage, message and parameters; tracebacks in files beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.files.durable import write_durably

FAILURE_SCHEMA = pa.schema(
    [
        ("run_id", pa.string()),
        ("point", pa.int32()),
        ("replication", pa.int32()),
        ("stage", pa.string()),
        ("message", pa.string()),
        ("parameters", pa.string()),
        ("traceback", pa.string()),
    ]
)
"""Columns of the table of failures; parameters are JSON, the traceback is the name of a file."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed.

    Attributes
    ----------
    run_id
        Identity of the run.
    stage
        What failed: ``build``, ``run``, ``time limit``, ``memory limit`` or ``worker``.
    message
        The error's message, in one line or a few.
    traceback
        Where in the program it happened, as far as is known.
    """

    run_id: str
    stage: str
    message: str
    traceback: str = ""


class Failures:
    """The failures of a sweep, a small file each.

    Parameters
    ----------
    folder
        Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(
        self, failure: Failure, point: int, replication: int, parameters: Mapping[str, Any]
    ) -> None:
        """Note a failure; its row appears whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        write_durably(self._traceback(failure.run_id), failure.traceback.encode())
        row = {**asdict(failure), "point": point, "replication": replication}
        row["traceback"] = str(self._traceback(failure.run_id).name)
        row["parameters"] = json.dumps(parameters, default=str)
        write_durably(self._row(failure.run_id), json.dumps(row, indent=1).encode())

    def forget(self, run_id: str) -> None:
        """Take a failure away, because the run is tried again or has succeeded."""
        self._row(run_id).unlink(missing_ok=True)
        self._traceback(run_id).unlink(missing_ok=True)

    def ids(self) -> set[str]:
        """Identities of the runs that failed."""
        return {path.stem for path in self._folder.glob("*.json")}

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows, in order of point and replication."""
        rows = []
        for path in self._folder.glob("*.json"):
            try:
                rows.append(json.loads(path.read_bytes()))
            except (OSError, ValueError):  # gone since it was listed: tried again
                continue
        return sorted(rows, key=lambda row: (row["point"], row["replication"]))

    def traceback(self, run_id: str) -> str:
        """Return the traceback of a failure; empty if there is none."""
        path = self._traceback(run_id)
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def _row(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.json"

    def _traceback(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.txt"

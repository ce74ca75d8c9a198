"""The store: a run's folder on disk.

Replications write their tables under ``replications/`` as they finish, each with a completion
record that is written last. When a run ends, or is interrupted, the finished ones are joined into
one file a table; ``manifest.json`` is written last of all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.record.tables import SCHEMAS

FORMAT = 1
"""Version of the folder's layout."""
_DONE = "done.json"
_OWN = frozenset(
    {"manifest.json", "resolved.yaml", "code", "replications", "report.html", "figures", "worlds"}
    | {f"{name}.parquet" for name in SCHEMAS}
)
"""All that a run and its report write into its folder."""


class Store:
    """A run's folder, open for writing.

    Parameters
    ----------
    folder
        Where the run goes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._parts = folder / "replications"

    def create(
        self,
        resolved_yaml: str,
        overwrite: bool = False,
        code: Mapping[str, bytes] | None = None,
    ) -> None:
        """Make the folder and write ``resolved.yaml``, and the files that it names.

        Parameters
        ----------
        resolved_yaml
            The scenario, complete.
        overwrite
            Replace a run that is there.
        code
            Sources of policies from outside the package, by their path in the folder.

        Raises
        ------
        ResultError
            If the folder already holds something and ``overwrite`` is off, or if it holds something
            that is not a run, or if it cannot be written.
        """
        self.refuse_taken(overwrite)
        try:
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self._parts.mkdir(parents=True)
            (self.folder / "resolved.yaml").write_text(resolved_yaml, encoding="utf-8")
            for name, source in (code or {}).items():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_bytes(source)
        except OSError as error:
            raise ResultError(
                f"{self.folder}: cannot be written ({error.strerror or error}).\n"
                "  Choose another folder with --out."
            ) from error

    def refuse_taken(self, overwrite: bool = False) -> None:
        """Refuse a folder that holds anything but a run that may be replaced.

        Raises
        ------
        ResultError
            If it holds a run and ``overwrite`` is off, or anything that no run writes.
        """
        try:
            held = (
                {entry.name for entry in self.folder.iterdir()} if self.folder.exists() else set()
            )
        except OSError as error:
            raise ResultError(
                f"{self.folder}: cannot be written ({error.strerror or error}).\n"
                "  Choose another folder with --out."
            ) from error
        if not held:
            return
        strange = sorted(held - _OWN)
        if strange or not held & {"manifest.json", "replications"}:
            what = f"holds {strange[0]}" if strange else "exists"
            raise ResultError(
                f"{self.folder}: {what} and is not a run of pricewar; nothing was touched.\n"
                "  Choose another folder with --out."
            )
        if not overwrite:
            raise ResultError(
                f"{self.folder}: already holds a result; nothing was touched.\n"
                "  Choose another folder with --out, or replace it with --overwrite."
            )

    def write_replication(self, replication: int, tables: dict[str, pa.Table]) -> None:
        """Write the tables of a finished replication, its completion record last."""
        part = self._parts / f"{replication:05d}"
        part.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            pq.write_table(table, part / f"{name}.parquet")
        (part / _DONE).write_text(json.dumps({"replication": replication}), encoding="utf-8")

    def finished(self) -> list[int]:
        """Numbers of the replications that are complete on disk, ascending."""
        return sorted(int(done.parent.name) for done in self._parts.glob(f"*/{_DONE}"))

    def close(self, manifest: dict[str, Any]) -> None:
        """Join the finished replications, then write ``manifest.json``.

        Rows are in order of replication, so the tables do not depend on who finished first.
        """
        finished = self.finished()
        digests = {}
        for name, schema in SCHEMAS.items():
            parts = [
                _rows(self._parts / f"{number:05d}" / f"{name}.parquet") for number in finished
            ]
            joined = pa.concat_tables(parts) if parts else schema.empty_table()
            path = self.folder / f"{name}.parquet"
            pq.write_table(joined.combine_chunks(), path)
            digests[name] = {
                "rows": joined.num_rows,
                "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            }
        shutil.rmtree(self._parts)
        content = {"format": FORMAT, **manifest, "finished": finished, "tables": digests}
        (self.folder / "manifest.json").write_text(
            json.dumps(content, indent=2) + "\n", encoding="utf-8"
        )


def _rows(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:
        return file.read()

"""The folder of a run: what lies where in it, and how its tables come from shards.

While a run is unfinished, ``unfinished/`` is the folder of a sweep of one point, with its plan and
its failures; each finished replication is a shard in ``replications/``. When the run ends, or is
interrupted, finished replications are joined into one file a table; ``manifest.json`` is written
last of all. Both folders are removed when no replication is missing.

A result that is replaced lies in ``.replaced/`` until a replication of the new one has finished.
If none does, it is put back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import ResultError
from sim.files.durable import write_whole
from sim.files.listing import names_in
from sim.record.catalogue import Catalogue
from sim.record.shard import RunTables, rows_of
from sim.record.shelf import LocalShelf, Shelf
from sim.record.sweep_folder import SweepFolder, read_record
from sim.record.tables import SCHEMAS

FORMAT = 2
"""Version of the folder's layout."""
_OWN = frozenset(
    {"manifest.json", "resolved.yaml", "code", "network", "report.html", "figures", "worlds"}
    | {"replications", "unfinished", "lock"}
    | {f"{name}.parquet" for name in SCHEMAS}
)
"""All that a run and its report write into its folder."""


class RunFolder:
    """A run's folder, open for writing.

    Parameters
    ----------
    path
        The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = path / "lock"
        self.manifest = path / "manifest.json"
        self.resolved = path / "resolved.yaml"
        self.replications = path / "replications"
        self.shelf = LocalShelf(self.replications)
        self.unfinished = SweepFolder(path / "unfinished")
        self.replaced = path / ".replaced"

    def is_run(self) -> bool:
        """Return whether a run was begun here, by what no one but a run writes."""
        unfinished = self.unfinished.path.is_dir() and self.unfinished.holds_own_files_only()
        return unfinished or self.replaced.is_dir() or self._has_manifest()

    def _has_manifest(self) -> bool:
        """Return whether there is a run's manifest, damaged or not: others have files so called."""
        stated = read_record(self.manifest)
        if stated:
            return "format" in stated and "tables" in stated
        return self.manifest.is_file() and (self.path / "market.parquet").is_file()

    def has_finished_runs(self) -> bool:
        """Return whether a replication has finished, joined or not."""
        return bool(read_record(self.manifest).get("finished") or self.shelf.names())

    def refuse_taken(self, *, resume: bool = False, overwrite: bool = False) -> None:
        """Refuse a folder that holds anything but a run that may be continued or replaced.

        Raises
        ------
        ResultError
            If it holds a run and neither is allowed, or anything that no run writes.
        OSError
            If it cannot be read.
        """
        held = names_in(self.path) if self.path.exists() else set()
        strange = sorted(held - _OWN)
        if strange or (held - {"lock"} and not self.is_run()):
            what = f"holds {strange[0]}" if strange else "exists"
            raise ResultError(
                f"{self.path}: {what} and is not a run of pricewar; nothing was touched.\n"
                "  Choose another folder with --out."
            )
        if self.is_run() and not (resume or overwrite):
            what = "a result" if self.manifest.exists() else "an unfinished run"
            raise ResultError(
                f"{self.path}: already holds {what}; nothing was touched.\n"
                "  Choose another folder with --out, continue an unfinished run with --resume, "
                "or replace it with --overwrite."
            )

    def clear(self) -> None:
        """Remove a run; the folder itself and its lock stay.

        ``unfinished/`` is removed last, so that an interruption leaves what is known to be a run.
        """
        self.unfinished.path.mkdir(exist_ok=True)
        for name in ("manifest.json", *sorted(_OWN - {"lock", "unfinished"}), "unfinished"):
            path = self.path / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def set_aside(self) -> None:
        """Put a run aside, so that another may take its place.

        If one lies aside already, it stays there, and a run without a finished replication that
        was to replace it is removed.
        """
        if self.replaced.is_dir() and self.has_finished_runs():
            shutil.rmtree(self.replaced)
        if self.replaced.is_dir():
            self.clear()
            return
        self.replaced.mkdir()
        self._move(self.path, self.replaced)

    def put_back(self) -> None:
        """Put back the run that lies aside, in place of what was to replace it."""
        if self.replaced.is_dir():
            self.clear()
            self._move(self.replaced, self.path)
            self.replaced.rmdir()

    def take_up_aside(self) -> None:
        """Put back a run that was being put aside, or had been, when its process was killed."""
        if self.replaced.is_dir() and not (self.unfinished.is_sweep() or self.manifest.exists()):
            shutil.rmtree(self.unfinished.path, ignore_errors=True)
            self._move(self.replaced, self.path)
            self.replaced.rmdir()

    def forget_replaced(self) -> None:
        """Remove the run that lies aside, now that another has taken its place."""
        shutil.rmtree(self.replaced, ignore_errors=True)

    def _move(self, source: Path, target: Path) -> None:
        """Move a run's files; what tells how far it is leaves first and arrives last."""
        first = ["manifest.json", "unfinished"]
        names = [*first, *sorted(_OWN - {"lock", *first})]
        for name in names if source == self.path else reversed(names):
            if os.path.lexists(source / name):
                (source / name).rename(target / name)

    def tidy(self) -> None:
        """Remove what an unfinished run needs; its result stays."""
        shutil.rmtree(self.replications, ignore_errors=True)
        shutil.rmtree(self.unfinished.path, ignore_errors=True)

    def write_beside(self, files: Mapping[str, bytes]) -> None:
        """Write files that ``resolved.yaml`` names, by their path in the folder."""
        for name, content in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)

    def changes(self) -> dict[str, Any]:
        """Return what overrode the scenario when the run was begun; empty if that is not known."""
        record = self.unfinished.read_record("sweep.json")
        if not record:
            record = read_record(self.manifest)
        changes = record.get("changes")
        return changes if isinstance(changes, dict) else {}

    def join(self, run_ids: Sequence[str]) -> dict[str, list[pa.Table]]:
        """Return each table of the given runs, a part a run, from the shards.

        Parameters
        ----------
        run_ids
            Finished runs, in the order in which their rows are to stand.
        """
        catalogue = Catalogue.of(self.shelf)
        parts = {}
        for name in SCHEMAS:
            by_run = dict(_by_run(self.shelf, catalogue, name))
            parts[name] = [by_run[run_id] for run_id in run_ids if run_id in by_run]
        return parts

    def write(
        self,
        resolved_yaml: str,
        tables: Mapping[str, Iterable[pa.Table]],
        manifest: Mapping[str, Any],
    ) -> None:
        """Write a result; ``manifest.json`` is removed first and written last.

        Parameters
        ----------
        resolved_yaml
            The scenario as it was run.
        tables
            Rows of each table, part after part.
        manifest
            What the manifest states besides format and digests.
        """
        self.manifest.unlink(missing_ok=True)
        write_whole(self.resolved, resolved_yaml.encode())
        digests = {}
        for name, schema in SCHEMAS.items():
            parts = list(tables.get(name, ()))
            rows = pa.concat_tables(parts) if parts else schema.empty_table()
            sink = pa.BufferOutputStream()
            pq.write_table(rows.combine_chunks(), sink)
            content = sink.getvalue().to_pybytes()
            write_whole(self.path / f"{name}.parquet", content)
            digest = hashlib.sha256(content).hexdigest()
            digests[name] = {"rows": rows.num_rows, "sha256": digest}
        stated = {"format": FORMAT, **manifest, "tables": digests}
        write_whole(self.manifest, (json.dumps(stated, indent=2) + "\n").encode())

    def split(self, run_ids: Mapping[int, str], seconds: Mapping[int, float]) -> list[RunTables]:
        """Return the runs of a result, from its tables: the inverse of `join`.

        Parameters
        ----------
        run_ids, seconds
            Identity and wall time of each finished replication.
        """
        parts: dict[str, dict[int, pa.Table]] = {}
        for name in SCHEMAS:
            rows = rows_of((self.path / f"{name}.parquet").read_bytes())
            parts[name] = dict(_runs_of_rows(rows, "replication"))
        return [
            RunTables(
                run_id,
                seconds[number],
                {
                    name: parts[name].get(number, schema.empty_table())
                    for name, schema in SCHEMAS.items()
                },
            )
            for number, run_id in run_ids.items()
        ]


def _by_run(shelf: Shelf, catalogue: Catalogue, name: str) -> Iterator[tuple[str, pa.Table]]:
    """Iterate over the rows of a table by run, each run once."""
    repeated = set(catalogue.repeated)
    for shard in catalogue.shards:
        rows = rows_of(shelf.read(shard, f"{name}.parquet"))
        for run_id, part in _runs_of_rows(rows, "run_id"):
            if (shard, run_id) not in repeated:
                yield run_id, part.drop_columns(["run_id", "row"])


def _runs_of_rows(rows: pa.Table, key: str) -> Iterator[tuple[Any, pa.Table]]:
    """Cut rows where a key changes."""
    begin = 0
    for value, group in groupby(rows[key].to_pylist()):
        count = sum(1 for _ in group)
        yield value, rows.slice(begin, count)
        begin += count

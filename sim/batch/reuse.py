"""Taking over finished runs of other sweeps: a run with the same identity has the same tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from sim.errors import ResultError
from sim.record.catalogue import Catalogue
from sim.record.shard import SHARD_SCHEMAS, CompletionRecord, rows_of, sealed
from sim.record.shelf import Shelf
from sim.record.sweep_folder import SweepFolder


def take_over(
    missing: set[str], others: Sequence[Path], shelf: Shelf, prefix: str
) -> dict[str, float]:
    """Copy runs that other sweeps have finished.

    Parameters
    ----------
    missing
        Identities of the runs that are wanted.
    others
        Folders of other sweeps.
    shelf
        Where the runs go.
    prefix
        Beginning of the names of the new shards.

    Returns
    -------
    dict of str to float
        Wall time of each run taken over, by its identity.
    """
    taken: dict[str, float] = {}
    for other in others:
        for number, (source, name, record) in enumerate(_shards(other, missing - taken.keys())):
            wanted = record.seconds.keys() & (missing - taken.keys())
            parts = {table: [_rows(source, name, table, wanted)] for table in SHARD_SCHEMAS}
            seconds = {run_id: record.seconds[run_id] for run_id in sorted(wanted)}
            label = f"{prefix}-reused-{len(taken):06d}-{number:04d}"
            shelf.put(label, sealed(parts, seconds), lambda: True)
            taken.update(seconds)
    return taken


def sweeps_beside(folder: Path) -> list[Path]:
    """Return the other sweeps in the folder that holds a sweep."""
    if not folder.parent.is_dir():
        return []
    return sorted(
        path
        for path in folder.parent.iterdir()
        if path.resolve() != folder.resolve() and (path / "plan.parquet").is_file()
    )


def _shards(other: Path, wanted: set[str]) -> Iterator[tuple[Shelf, str, CompletionRecord]]:
    if not wanted:
        return
    try:
        shelf = SweepFolder(other).shelf()
        names = Catalogue.of(shelf).shards
    except (OSError, ResultError):  # another's shards that cannot be reached are not reused
        return
    for name in names:
        record = shelf.record(name)
        if record is not None and record.seconds.keys() & wanted and shelf.is_sound(name, record):
            yield shelf, name, record


def _rows(shelf: Shelf, name: str, table: str, wanted: set[str]) -> pa.Table:
    import pyarrow.compute as pc  # takes time that a small run does not have

    rows = rows_of(shelf.read(name, f"{table}.parquet"))
    return rows.filter(pc.is_in(rows["run_id"], pa.array(sorted(wanted), pa.string())))

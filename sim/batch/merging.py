"""Merging small shards into large ones, so that queries open few files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import uuid4

import pyarrow as pa

from sim.record.catalogue import Catalogue
from sim.record.shard import SHARD_SCHEMAS, rows_of, sealed
from sim.record.shelf import Shelf

MERGED = "-merged-"
"""Part of the names of merged shards."""
AT_ONCE = 64
"""Shards that make one."""


def merge(shelf: Shelf, names: Sequence[str], prefix: str) -> list[str]:
    """Merge shards, at most 64 at a time; returns the names of the merged ones.

    A shard is taken away only after the one that holds its runs is complete, so an interruption
    loses nothing, and readers count each run once at any moment.

    Parameters
    ----------
    shelf
        Where they stand.
    names
        Shards, none of whose runs counts in a shard that is not among them.
    prefix
        Beginning of the merged shards' names.
    """
    merged = []
    for group in _groups(names):
        name = f"{prefix}{MERGED}{uuid4().hex[:8]}"
        catalogue = Catalogue.of(shelf, names=group)
        parts = {table: _parts(shelf, catalogue, table) for table in SHARD_SCHEMAS}
        shelf.put(name, sealed(parts, catalogue.seconds), lambda: True)
        shelf.settle(name)
        for shard in group:
            shelf.remove(shard)
        merged.append(name)
    return merged


def _parts(shelf: Shelf, catalogue: Catalogue, table: str) -> Iterator[pa.Table]:
    """Read a table shard by shard, without runs that an earlier shard has too."""
    import pyarrow.compute as pc  # takes time that a small run does not have

    again: dict[str, list[str]] = {}
    for shard, run_id in catalogue.repeated:
        again.setdefault(shard, []).append(run_id)
    for shard in catalogue.shards:
        rows = rows_of(shelf.read(shard, f"{table}.parquet"))
        if shard in again:
            known = pa.array(again[shard], pa.string())
            rows = rows.filter(pc.invert(pc.is_in(rows["run_id"], known)))
        yield rows


def _groups(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(names), AT_ONCE):
        group = names[begin : begin + AT_ONCE]
        if len(group) > 1:
            yield group

"""Compression curves fitted to a table of measurements that a scenario file names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path as FilePath

from sim.errors import DataError
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar
from sim.reading.problems import Problems
from sim.reading.provenance import Source, Sources
from sim.scenario.compression import CompressionCurves

COMPRESSION = "compression"
TABLE = "table"
CURVES = "curves"
_OTHERS = (CURVES, "shipped_sha256")


def fit_compression(root: Mapping, sources: Sources, problems: Problems) -> Mapping:
    """Put the curves fitted to a table in the place of its path.

    Parameters
    ----------
    root
        The whole tree.
    sources
        Takes which table the curves come from.
    problems
        Takes curves that are given beside a table.

    Raises
    ------
    ScenarioError
        The table cannot be read or gives no curves: with its line, where it is one line's fault.
    """
    record = root.entries.get(COMPRESSION)
    if not isinstance(record, Mapping) or TABLE not in record.entries:
        return root
    table, path = record.entries[TABLE], (COMPRESSION, TABLE)
    record = record.without(TABLE)
    if isinstance(table, Scalar) and table.value is None:
        return root.put(COMPRESSION, record)
    for key in _OTHERS:
        other = record.entries.get(key)
        if other is not None and not (isinstance(other, Scalar) and other.value is None):
            problems.add(
                record.keys[key],
                (COMPRESSION, key),
                "duplicates table.",
                hint="Remove one of the two.",
            )
    if not isinstance(table, Scalar) or not isinstance(table.value, str) or not table.value:
        raise problems.fail(table.place, "must be the path of a table.", path=path, node=table)
    curves = _fitted(table, path, problems)
    sources[(COMPRESSION, CURVES, "table_sha256")] = Source(
        curves.table_sha256, f"table of measurements: {table.value}"
    )
    node = _node(curves.model_dump(), table.place)
    return root.put(COMPRESSION, record.without(*_OTHERS).put(CURVES, node))


def _fitted(table: Scalar, path: Path, problems: Problems) -> CompressionCurves:
    from sim.data.compression.fit import fit_table

    # A value from the command line has no line; its path is from the working folder.
    folder = FilePath(table.place.file).parent if table.place.line else FilePath()
    try:
        return fit_table(folder / str(table.value)).curves
    except DataError as error:
        raise problems.fail(
            table.place,
            f"gives no compression curves: {error}.",
            path=path,
            node=table,
            hint="`pricewar calibrate compression --out` writes such a table.",
        ) from error


def _node(value: object, place: Place) -> Node:
    if isinstance(value, dict):
        entries = {str(key): _node(child, place) for key, child in value.items()}
        return Mapping(entries, dict.fromkeys(entries, place), place)
    if isinstance(value, tuple):
        return Listing(tuple(_node(child, place) for child in value), place)
    single = value if isinstance(value, str | int | float | bool | dt.date) else None
    return Scalar(single, str(value), place)

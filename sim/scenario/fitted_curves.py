"""Compression curves from a file that a scenario names, as `pricewar calibrate compression` writes.

Such a file holds what may stand under ``compression.curves``, and where it comes from.
"""

from __future__ import annotations

from pathlib import Path as FilePath

from sim.nearest import offer
from sim.reading.composing import compose
from sim.reading.nodes import Mapping, Node, Path, Scalar
from sim.reading.problems import Problems
from sim.reading.provenance import Sources, unwrap

COMPRESSION, CURVES, CURVES_FROM = "compression", "curves", "curves_from"
_PATH: Path = (COMPRESSION, CURVES_FROM)
_OTHERS = (CURVES, "shipped_sha256")
_NEEDED = "table_sha256"
"""A key that all curves have."""


def include_curves(root: Mapping, sources: Sources, problems: Problems) -> Mapping:
    """Replace the path of a file of curves by the curves in it.

    Parameters
    ----------
    root
        The whole tree.
    sources
        Takes which table the curves were fitted to.
    problems
        Takes curves that are given beside the path.

    Raises
    ------
    ScenarioError
        The file cannot be read, or holds no curves.
    """
    record = root.entries.get(COMPRESSION)
    if not isinstance(record, Mapping) or CURVES_FROM not in record.entries:
        return root
    named = record.entries[CURVES_FROM]
    record = record.without(CURVES_FROM)
    if isinstance(named, Scalar) and named.value is None:
        return root.put(COMPRESSION, record)
    for key in _OTHERS:
        other = record.entries.get(key)
        if other is not None and not (isinstance(other, Scalar) and other.value is None):
            problems.add(
                record.keys[key],
                (COMPRESSION, key),
                f"duplicates {CURVES_FROM} in {named.place.in_words}.",
                hint="Remove one of the two.",
            )
    if not isinstance(named, Scalar) or not isinstance(named.value, str) or not named.value:
        raise problems.fail(
            named.place, "must be the path of a file of fitted curves.", path=_PATH, node=named
        )
    curves = _read(named, sources, problems)
    return root.put(COMPRESSION, record.without(*_OTHERS).put(CURVES, curves))


def _read(named: Scalar, sources: Sources, problems: Problems) -> Node:
    """Return the curves of a file as a node, every value in its place in that file."""
    # A value from the command line has no line; its path is from the working folder.
    folder = FilePath(named.place.file).parent if named.place.line else FilePath()
    path = folder / str(named.value)
    text = _text(path, named, problems)
    if path.suffix.lower() == ".csv":
        raise problems.fail(
            named.place,
            "is a table, not fitted curves.",
            path=_PATH,
            node=named,
            hint=f"`pricewar calibrate compression --fit {named.value}` writes the curves of a "
            "table of measurements.",
        )
    node = compose(text, str(path), problems)
    if not isinstance(node, Mapping) or _NEEDED not in node.entries:
        raise problems.fail(
            named.place,
            "holds no compression curves.",
            path=_PATH,
            node=named,
            hint="`pricewar calibrate compression` writes a file of them beside its table.",
        )
    tree: Node = node
    for key in (CURVES, COMPRESSION):  # so that sources and problems are told by their whole path
        tree = Mapping({key: tree}, {key: node.place}, node.place)
    tree, found = unwrap(tree, problems)
    sources.update(found)
    for key in (COMPRESSION, CURVES):
        tree = tree.entries[key] if isinstance(tree, Mapping) else tree
    return tree


def _text(path: FilePath, named: Scalar, problems: Problems) -> str:
    hint = ""
    try:
        if path.is_file():
            return path.read_text(encoding="utf-8-sig")
        reason = "is a folder." if path.is_dir() else "there is no such file."
        hint = offer(path.name, [beside.name for beside in path.parent.glob("*.yaml")], "")
    except UnicodeDecodeError:
        reason, hint = "is not UTF-8 text.", "Save it as UTF-8."
    except (OSError, ValueError) as error:
        reason = f"cannot be read: {getattr(error, 'strerror', None) or error}."
    raise problems.fail(named.place, reason, path=_PATH, node=named, hint=hint)

"""Libraries: files whose lists other files take items from, by name.

In a list that has a library, a bare name stands for the item of that name, and
``{library: NAME, key: value}`` for it with some of its keys changed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from sim.nearest import offer
from sim.reading.composing import compose
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar, name_of
from sim.reading.problems import Problems

if TYPE_CHECKING:
    from sim.reading.dialect import Dialect

KEY = "library"
"""The key beside which the others change an item of the library."""


def names_one(item: Node) -> bool:
    """Return whether an item of a list stands for one of the library's."""
    if isinstance(item, Scalar):
        return isinstance(item.value, str)
    return isinstance(item, Mapping) and KEY in item.entries


def look_up(
    item: Node, key: str, path: Path, dialect: Dialect, problems: Problems
) -> tuple[Mapping, Mapping]:
    """Return the library's item that an item of a list names, and what changes it.

    Parameters
    ----------
    item
        A bare name, or a record with the key ``library``.
    key
        Of the list, which has a library.
    path
        Where the item stands.
    dialect
        Says which lists have a library, and where it lies.
    problems
        Takes a name that the library does not have; its first item then stands in, so that the
        mistake is reported once.
    """
    named = item.entries[KEY] if isinstance(item, Mapping) else item
    change = item.without(KEY) if isinstance(item, Mapping) else Mapping({}, {}, item.place)
    known = library_items(dialect.libraries[key](), key)
    name = named.value if isinstance(named, Scalar) else None
    if isinstance(name, str) and name in known:
        return known[name], change
    at = (*path, KEY) if isinstance(item, Mapping) else path
    problems.add(
        named.place,
        at,
        f"must be the name of one of the library's {key}.",
        node=named,
        hint=offer(str(name), known),
    )
    first = next(iter(known.values()))
    stand_in = Scalar(str(name), str(name), named.place)
    return replace(first, entries={**first.entries, "name": stand_in}), change


def library_items(path: FilePath, key: str) -> dict[str, Mapping]:
    """Return the items of one list of a library, by name.

    Parameters
    ----------
    path
        The library's file.
    key
        Of the list.

    Raises
    ------
    ScenarioError
        The file is not YAML.
    """
    tree = _read(path, path.stat().st_mtime_ns)
    listing = tree.entries.get(key) if isinstance(tree, Mapping) else None
    items = listing.items if isinstance(listing, Listing) else ()
    return {name: item for item in items if isinstance(item, Mapping) and (name := name_of(item))}


@lru_cache(maxsize=8)
def _read(path: FilePath, changed_ns: int) -> Node | None:  # noqa: ARG001
    """Read a library once, and again when its file has changed."""
    problems = Problems()
    tree = compose(path.read_text("utf-8"), f"{path.parent.name}/{path.name}", problems)
    problems.raise_any()
    return tree

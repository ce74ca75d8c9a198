"""``extends``: one file builds on another.

Mappings merge key by key.  Named lists of a dialect merge by ``name``: an item changes the item of
that name or is added at the end, and ``{name: X, remove: true}`` takes one out; an empty list,
which would change nothing, is refused.  An item may also name one of a library's.
Every other list replaces the one it meets, and so does a
record that changes its tag (``policy``) or gives a value by another of the dialect's alternative
keys.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path as FilePath

from sim.nearest import offer
from sim.reading.dialect import Dialect
from sim.reading.files import locate, read_document
from sim.reading.library import look_up, names_one
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar, name_of
from sim.reading.problems import Problems
from sim.reading.provenance import is_wrapped

GENERATIONS = 10
"""Longest chain of files that extend one another."""


def load(source: str, dialect: Dialect, problems: Problems) -> tuple[Mapping, tuple[FilePath, ...]]:
    """Read a file and those that it extends into one tree.

    Parameters
    ----------
    source
        A path, or the name of a shipped file.
    dialect
        What such files may say.
    problems
        Takes the mistakes after which reading can continue.

    Returns
    -------
    Mapping
        The merged tree; every node names the file that it comes from.
    tuple of path
        The files, the one asked for first.

    Raises
    ------
    ScenarioError
        A file cannot be opened, is not YAML, or extends itself.
    """
    path = locate(source, FilePath(), dialect)
    return _Chain(dialect, problems).load(path, Place(source), None, ())


@dataclass(frozen=True, slots=True)
class _Chain:
    """Follows ``extends`` from file to file."""

    dialect: Dialect
    problems: Problems

    def load(
        self, path: FilePath, place: Place, asked: Scalar | None, chain: tuple[FilePath, ...]
    ) -> tuple[Mapping, tuple[FilePath, ...]]:
        """Return the tree of a file, laid over those that it extends."""
        label = _label(path)
        identity = self._next(path, label, place, asked, chain)
        root = read_document(path, label, place, self.dialect, self.problems, asked=asked).tree
        own, base = root.without("extends"), root.entries.get("extends")
        if base is None:
            return self._merge(Mapping({}, {}, root.place), own), (path,)
        if not isinstance(base, Scalar) or not isinstance(base.value, str) or not base.value:
            raise self.problems.fail(
                base.place,
                f"must be the path of a file, or the name of a shipped {self.dialect.noun}.",
                path=("extends",),
                node=base,
            )
        extended = locate(base.value, path.parent, self.dialect)
        parent, files = self.load(extended, base.place, base, (*chain, identity))
        return self._merge(parent, own), (path, *files)

    def _next(
        self,
        path: FilePath,
        label: str,
        place: Place,
        asked: Scalar | None,
        chain: tuple[FilePath, ...],
    ) -> FilePath:
        """Return what identifies a file, unless the chain already holds it or is too long."""
        identity = FilePath(label if "\0" in label else os.path.realpath(path))
        if identity in chain:
            names = " -> ".join(link.name for link in (*chain[chain.index(identity) :], identity))
            raise self.problems.fail(
                place, f"goes in a circle: {names}.", path=("extends",), node=asked
            )
        if len(chain) >= GENERATIONS:
            raise self.problems.fail(
                place, f"at most {GENERATIONS} files may build on one another.", path=("extends",)
            )
        return identity

    def _merge(self, base: Mapping, own: Mapping) -> Mapping:
        return merge(base, own, (), self.dialect, self.problems)


def _label(path: FilePath) -> str:
    """Name a file as it was asked for, or from the working folder if it lies there."""
    here = FilePath.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def merge(
    base: Mapping, change: Mapping, path: Path, dialect: Dialect, problems: Problems
) -> Mapping:
    """Lay a mapping over another, that of a file over that of the file it extends.

    Parameters
    ----------
    base, change
        What is changed, and what changes it.
    path
        Where in the file both stand.
    dialect
        Says which lists merge by name, and which keys replace one another.
    problems
        Takes removals of what is not there.
    """
    return _Merger(dialect, problems).whole(base, change, path)


@dataclass(frozen=True, slots=True)
class _Merger:
    """Lays nodes over nodes, under the rules of a dialect."""

    dialect: Dialect
    problems: Problems

    def whole(self, base: Mapping, change: Mapping, path: Path) -> Mapping:
        """Return a record laid over another, or alone if its tag is another."""
        return change if self._turns(base, change) else self._mappings(base, change, path)

    def _nodes(self, base: Node | None, change: Node, path: Path) -> Node:
        if isinstance(change, Mapping) and not is_wrapped(change):
            fits = (
                isinstance(base, Mapping) and not is_wrapped(base) and not self._turns(base, change)
            )
            under = base if fits and isinstance(base, Mapping) else Mapping({}, {}, change.place)
            return self._mappings(under, change, path)
        if isinstance(change, Listing) and path[-1] in self.dialect.named_lists:
            under_items = base.items if isinstance(base, Listing) else ()
            if under_items and not change.items:
                _changes_nothing(change, under_items, path, self.problems)
            return Listing(self._named(under_items, change.items, path), change.place)
        if isinstance(change, Listing):
            items = (self._nodes(None, item, (*path, i)) for i, item in enumerate(change.items))
            return Listing(tuple(items), change.place)
        return change

    def _turns(self, base: Mapping, change: Mapping) -> bool:
        """Return whether a record turns to another policy, whose keys are others."""
        old, new = (record.entries.get(self.dialect.tag) for record in (base, change))
        return isinstance(old, Scalar) and isinstance(new, Scalar) and old.value != new.value

    def _mappings(self, base: Mapping, change: Mapping, path: Path) -> Mapping:
        given = change.entries.keys()
        replaced = {
            key for group in self.dialect.alternatives if group & given for key in group
        } - given
        entries = {key: node for key, node in base.entries.items() if key not in replaced}
        for key, node in change.entries.items():
            entries[key] = self._nodes(entries.get(key), node, (*path, key))
        place = base.place if base.entries else change.place
        return Mapping(entries, {**base.keys, **change.keys}, place)

    def _named(
        self, base: tuple[Node, ...], change: tuple[Node, ...], path: Path
    ) -> tuple[Node, ...]:
        merged = list(base)
        seen: set[str] = set()
        for index, given in enumerate(change):
            item = self._of_library(given, (*path, index))
            name = name_of(item)
            position = next(
                (i for i, old in enumerate(merged) if name and name_of(old) == name), None
            )
            if _is_removal(item) and name is not None:
                if position is None:
                    known = [known for old in base if (known := name_of(old))]
                    _nothing_to_remove(item, name, known, (*path, index), self.problems)
                else:
                    del merged[position]
            elif position is None or name in seen:
                merged.append(self._nodes(None, item, (*path, len(merged))))
            else:
                merged[position] = self._nodes(merged[position], item, (*path, position))
            if name is not None:
                seen.add(name)
        return tuple(merged)

    def _of_library(self, item: Node, path: Path) -> Node:
        """Return what an item stands for that names one of the library's, else the item itself."""
        key = str(path[-2])
        if key not in self.dialect.libraries or not names_one(item):
            return item
        found, change = look_up(item, key, path, self.dialect, self.problems)
        return self._mappings(found, change, path)


def _is_removal(item: Node) -> bool:
    if not isinstance(item, Mapping) or item.entries.keys() != {"name", "remove"}:
        return False
    remove = item.entries["remove"]
    return isinstance(remove, Scalar) and remove.value is True


def _changes_nothing(
    change: Listing, items: tuple[Node, ...], path: Path, problems: Problems
) -> None:
    name = next((name for item in items if (name := name_of(item))), "X")
    problems.add(
        change.place,
        path,
        "must be a list of at least one item to change, add or remove: items merge by name, and "
        "an empty list keeps them all.",
        node=change,
        hint=f"To take one out, write {{name: {name}, remove: true}}.",
    )


def _nothing_to_remove(
    item: Node, name: str, known: list[str], path: Path, problems: Problems
) -> None:
    problems.add(
        item.place,
        path,
        f"there is no {name!r} to remove in what this file extends.",
        hint=offer(name, known, ""),
    )

"""``--set path=value``: values that replace those of a file.

A path is written as in messages, with list items by position or by name:
``population.users``, ``products[glm-3-turbo].price_usd_per_mtok.input``, ``providers[2].cash_usd``.
A value is written as in a file, and is laid over the file's as if a file that extends it gave it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import ScenarioError
from sim.nearest import nearest, one_of
from sim.reading.composing import compose
from sim.reading.dialect import Dialect
from sim.reading.inheritance import merge
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar, name_of
from sim.reading.problems import Problems

SOURCE = "set for this run"
"""The source that a number gets which replaces that of a file."""

_STEP = re.compile(r"\.?(?P<key>[^.\[\]]+)|\[(?P<item>[^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Item:
    """A step to an item of a list, by position or name."""

    label: str


@dataclass(frozen=True, slots=True)
class Override:
    """One value to replace: the steps that lead to it, the new value, and how it was asked for."""

    steps: tuple[str | Item, ...]
    node: Node
    place: Place


def parse(
    overrides: MappingType[str, object] | Sequence[str], problems: Problems
) -> tuple[Override, ...]:
    """Read overrides from ``path=value`` texts or from a mapping of path to value."""
    if isinstance(overrides, MappingType):
        texts = [f"{path}={_written(value)}" for path, value in overrides.items()]
    else:
        texts = list(overrides)
    parsed = (_parse(text, problems) for text in texts)
    return tuple(override for override in parsed if override is not None)


def steps_of(path: str) -> tuple[str | Item, ...]:
    """Split a path as people write it into its steps; none if it is not a path."""
    path = path.strip()
    steps: list[str | Item] = []
    end = 0
    while match := _STEP.match(path, end):
        steps.append(match["key"].strip() if match["key"] else Item(match["item"].strip()))
        end = match.end()
    return tuple(steps) if end == len(path) else ()


def _written(value: object) -> str:
    """Write a Python value as a file would; text is taken to be written so already."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _parse(text: str, problems: Problems) -> Override | None:
    path, equals, value = text.partition("=")
    place = Place(f"--set {text}")
    steps = steps_of(path)
    if not equals or not steps:
        problems.add(place, (), "must be path=value, such as population.users=5000.")
        return None
    noted = len(problems)
    try:
        node = compose(value, place.file, problems, has_lines=False)
    except ScenarioError:  # noted among the problems
        return None
    if len(problems) > noted:
        return None
    return Override(steps, node or Scalar(None, value, place), place)


def apply(
    root: Mapping, overrides: Sequence[Override], dialect: Dialect, problems: Problems
) -> Mapping:
    """Lay overrides over a tree, in order; those that match nothing are noted and left out."""
    for override in overrides:
        try:
            changed = _Setter(root, override, dialect, problems).at(root, (), override.steps)
        except ScenarioError:  # noted among the problems
            continue
        if isinstance(changed, Mapping):
            root = changed
    return root


@dataclass(frozen=True, slots=True)
class _Setter:
    """Follows one override down a tree, and builds the changed tree on the way back."""

    root: Mapping
    override: Override
    dialect: Dialect
    problems: Problems

    def at(self, node: Node | None, path: Path, steps: Sequence[str | Item]) -> Node:
        """Return `node` with the override laid over what `steps` lead to."""
        if not steps:
            return self._sourced()
        step = steps[0]
        if isinstance(step, Item):
            return self._item(node, path, step, steps[1:])
        return self._key(node, path, step, steps[1:])

    def _sourced(self) -> Node:
        node = self.override.node
        if not isinstance(node, Scalar) or isinstance(node.value, bool | str | None):
            return node
        entries: dict[str, Node] = {"value": node, "source": Scalar(SOURCE, SOURCE, node.place)}
        return Mapping(entries, dict.fromkeys(entries, node.place), node.place)

    def _key(self, node: Node | None, path: Path, key: str, rest: Sequence[str | Item]) -> Node:
        known = self.dialect.vocabulary.keys_at(self.root, path)
        if key not in known and not self.dialect.vocabulary.is_open(self.root, path):
            raise self._missing((*path, key), f"key {key!r}", key, known)
        place = self.override.place
        if not isinstance(node, Mapping):
            node = Mapping({}, {}, place)
        if rest and key not in node.entries:
            self._refuse_part_of_alternative(node, (*path, key))
        child = self.at(node.entries.get(key), (*path, key), rest)
        change = Mapping({key: child}, {key: place}, place)
        if rest:
            return node.put(key, child, place)
        return merge(node, change, path, self.dialect, self.problems)

    def _item(self, node: Node | None, path: Path, item: Item, rest: Sequence[str | Item]) -> Node:
        items = node.items if isinstance(node, Listing) else ()
        names = [name_of(one) or str(index) for index, one in enumerate(items)]
        if item.label in names:
            index = names.index(item.label)
        elif item.label.isdecimal() and int(item.label) < len(items):
            index = int(item.label)
        else:
            last = path[-1] if path else ""  # the whole file is no list
            there = (*path[:-1], f"{last}[{item.label}]")
            raise self._missing(there, f"item {item.label!r}", item.label, names)
        changed = list(items)
        changed[index] = self.at(items[index], (*path, index), rest)
        return Listing(tuple(changed), node.place if node else self.override.place)

    def _missing(self, path: Path, what: str, label: str, known: Sequence[str]) -> ScenarioError:
        close = nearest(label, known)
        return self.problems.fail(
            self.override.place,
            f"there is no {what} here.",
            path=path,
            hint=f"Did you mean {close!r}?" if close else f"Known here: {one_of(known)}.",
        )

    def _refuse_part_of_alternative(self, node: Mapping, path: Path) -> None:
        key = str(path[-1])
        given = self.dialect.alternatives_to(key) & node.entries.keys()
        if given:
            schema = self.dialect.vocabulary.schema_at(self.root, path) or {}
            parts = ", ".join(f"{part}: ..." for part in schema.get("required", ()))
            raise self.problems.fail(
                self.override.place,
                f"the file gives {min(given)} here; a part of {key} cannot be changed.",
                path=path,
                hint=f"Set all of it: {key}={{{parts}}}.",
            )

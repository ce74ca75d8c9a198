"""``--set path=value``: values that replace those of a file.

A path is written as in messages, with list items by position or by name:
``population.users``, ``products[glm-3-turbo].price_usd_per_mtok.input``, ``providers[2].cash_usd``.
A value is written as in a file, and is laid over the file's as if a file that extends it gave it.
In a call, ``{path: value}``, values are Python's: text is text, except that ``"2024-05-06"``
is a day where only a date may stand.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sim.errors import ScenarioError
from sim.lookalikes import composed, oddity
from sim.nearest import offer, one_of
from sim.reading.composing import compose
from sim.reading.dialect import Dialect
from sim.reading.inheritance import merge
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar, name_of
from sim.reading.problems import Problems
from sim.reading.python_values import NotAValueError, node_of

SOURCE = "set for this run"
"""The source that a number gets which replaces that of a file."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_STEP = re.compile(r"\.?(?P<key>[^.\[\]]+)|\[(?P<item>[^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Item:
    """A step to an item of a list, by position or name."""

    label: str


NEXT = Item("+")
"""The step to an item that is added at the end of a list."""


@dataclass(frozen=True, slots=True)
class Override:
    """One value to replace: the steps that lead to it, the new value, and how it was asked for."""

    steps: tuple[str | Item, ...]
    node: Node
    place: Place
    is_of_python: bool = False


def parse(
    overrides: MappingType[str, object] | Sequence[str], problems: Problems
) -> tuple[Override, ...]:
    """Read overrides from ``path=value`` texts, or from a mapping of paths to values of Python."""
    if isinstance(overrides, MappingType):
        found = [_of_python(path, value, problems) for path, value in overrides.items()]
    else:
        texts = (overrides,) if isinstance(overrides, str) else overrides
        found = [_parse(text, problems) for text in texts]
    return tuple(override for override in found if override is not None)


def additions(
    key: str, items: Sequence[object], option: str, problems: Problems
) -> tuple[Override, ...]:
    """Read items that are added to a list of the file, each after the last.

    Parameters
    ----------
    key
        The list.
    items
        Lines of text, mappings or records.
    option
        The option of the command line that adds such items, for messages.
    problems
        Takes what no file could say.
    """
    found = []
    for item in items:
        label = f"'{item}'" if isinstance(item, str) else f"{item!r:.60}"
        place = Place(f"{option} {label}")
        try:
            node = node_of(item, place)
        except NotAValueError as error:
            problems.add(place, (), f"{error}.")
            continue
        if not isinstance(node, Mapping) and not isinstance(item, str):
            problems.add(place, (), "must be a line of text, a mapping or a record.")
            continue
        found.append(Override((key, NEXT), node, place, is_of_python=not isinstance(item, str)))
    return tuple(found)


def steps_of(path: str) -> tuple[str | Item, ...]:
    """Split a path as people write it into its steps; none if it is not a path."""
    path = composed(path).strip()
    steps: list[str | Item] = []
    end = 0
    while match := _STEP.match(path, end):
        steps.append(match["key"].strip() if match["key"] else Item(match["item"].strip()))
        end = match.end()
    return tuple(steps) if end == len(path) else ()


def _of_python(path: object, value: object, problems: Problems) -> Override | None:
    """Read an override of a call: its value is taken as it is."""
    place = Place(f"overrides[{path!r}]")
    steps = steps_of(path) if isinstance(path, str) else ()
    if not steps:
        problems.add(place, (), "must be a path, such as 'population.users'.")
        return None
    try:
        return Override(steps, node_of(value, place), place, is_of_python=True)
    except NotAValueError as error:
        problems.add(place, (), f"{error}.")
        return None


def _parse(text: str, problems: Problems) -> Override | None:
    if not isinstance(text, str):
        what = f"must be text such as 'path=value', not {text!r:.60}."
        problems.add(Place("overrides"), (), what)
        return None
    path, equals, value = text.partition("=")
    place = Place(str(getattr(text, "said", f"--set {text}")))  # some options are short for --set
    steps = steps_of(path)
    if not equals or not steps:
        problems.add(
            place, (), "must be path=value, such as population.users=5000.", hint=oddity(text)
        )
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


def _sourced(node: Node) -> Node:
    """Note beside a number that it was set for this run."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool | str | None):
        return node
    entries: dict[str, Node] = {"value": node, "source": Scalar(SOURCE, SOURCE, node.place)}
    return Mapping(entries, dict.fromkeys(entries, node.place), node.place)


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
            node = self.override.node
            return _sourced(self._dated(node, path) if self.override.is_of_python else node)
        step = steps[0]
        if isinstance(step, Item):
            return self._item(node, path, step, steps[1:])
        return self._key(node, path, step, steps[1:])

    def _dated(self, node: Node, path: Path) -> Node:
        """Read text of Python as a day where nothing but a date may stand."""
        if isinstance(node, Mapping):
            entries = {key: self._dated(one, (*path, key)) for key, one in node.entries.items()}
            return replace(node, entries=entries)
        if isinstance(node, Listing):
            items = (self._dated(one, (*path, index)) for index, one in enumerate(node.items))
            return replace(node, items=tuple(items))
        if not isinstance(node.value, str) or not _DAY.fullmatch(node.value):
            return node
        schema = self.dialect.vocabulary.schema_at(self.root, path) or {}
        if schema.get("format") != "date":
            return node
        with suppress(ValueError):
            return replace(node, value=dt.date.fromisoformat(node.value))
        return node

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
        if item is NEXT:
            return self._added(node, path)
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

    def _added(self, node: Node | None, path: Path) -> Node:
        """Return a list of the top level with one more item.

        What is no list stays as it is, and is refused later.
        """
        if node is not None and not isinstance(node, Listing):
            return node
        items = () if node is None else node.items
        place = self.override.place if node is None else node.place
        # dates are told from texts by the record that the item is, so it must stand there
        root = self.root.put(str(path[-1]), Listing((*items, self.override.node), place))
        added = replace(self, root=root).at(None, (*path, len(items)), ())
        return Listing((*items, added), place)

    def _missing(self, path: Path, what: str, label: str, known: Sequence[str]) -> ScenarioError:
        return self.problems.fail(
            self.override.place,
            f"there is no {what} here.",
            path=path,
            hint=offer(label, known, f"Known here: {one_of(known)}."),
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

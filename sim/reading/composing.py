"""From YAML text to a tree of nodes with positions, under bounds on depth and size."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
)

from sim.errors import ScenarioError
from sim.lookalikes import composed
from sim.reading.nodes import Listing, Mapping, Node, Path, Place, Scalar
from sim.reading.problems import Problems
from sim.reading.python_values import UNWRITABLE
from sim.reading.scalars import BadScalarError, resolve
from sim.reading.syntax import explain

DEPTH = 40
"""Deepest nesting accepted."""
NODES = 100_000
"""Most nodes accepted, what an alias stands for counted at every use."""

_UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_READ_DIFFERENTLY = re.compile("[\t\r\x85\u2028\u2029\ufeff]|^%|^[.]{3}", re.MULTILINE)
_BLOCKS = ("|", ">")


@dataclass(slots=True)
class _Measured:
    """A finished node, with the size and height that aliases to it would add."""

    node: Node
    nodes: int = 1
    height: int = 0


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being read."""

    place: Place
    is_mapping: bool
    anchor: str | None
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: str | None = None
    lacks_dash: bool = False
    nodes: int = 1
    height: int = 0

    def close(self) -> _Measured:
        node: Node = (
            Mapping(self.entries, self.keys, self.place)
            if self.is_mapping
            else Listing(tuple(self.items), self.place)
        )
        return _Measured(node, self.nodes, self.height + 1)


class _Composer:
    """Builds nodes from the events of one text."""

    def __init__(self, file: str, problems: Problems, has_lines: bool) -> None:
        self._file = file
        self._has_lines = has_lines
        self._problems = problems
        self._open: list[_Open] = []
        self._anchors: dict[str, _Measured] = {}
        self._documents = 0
        self.root: Node | None = None
        self.reached = Place(file, 1, 1) if has_lines else Place(file)

    def take(self, event: Event) -> None:
        """Take the next event."""
        place = self.reached = self._place(event)
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag:
            raise self._problems.fail(place, "tags such as !!float are not accepted here.")
        if isinstance(event, ScalarEvent):
            self._scalar(event, place)
        elif isinstance(event, AliasEvent):
            self._alias(str(event.anchor), place)
        elif isinstance(event, CollectionStartEvent):
            self._refuse_as_key(place)
            self._open.append(_Open(place, isinstance(event, MappingStartEvent), event.anchor))
            self._check_depth(0, place)
        elif isinstance(event, CollectionEndEvent):
            closed = self._open.pop()
            self._place_node(closed.close(), closed.anchor)
        elif isinstance(event, DocumentStartEvent):
            self._document(event, place)

    def _place(self, event: Event) -> Place:
        if not self._has_lines:
            return Place(self._file)
        return Place(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _document(self, event: DocumentStartEvent, place: Place) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._problems.fail(
                place, "a file holds one document.", hint="Remove this --- and what follows."
            )
        if event.version not in (None, (1, 2)) or event.tags:
            raise self._problems.fail(place, "only YAML 1.2 is read; remove the % line.")

    def _scalar(self, event: ScalarEvent, place: Place) -> None:
        text = composed(str(event.value))
        strange = UNWRITABLE.search(text)
        if strange:
            self._problems.add(
                place, self._path(), f"must not hold the character U+{ord(strange[0]):04X}."
            )
        if self._awaits_key():
            self._key(text, place)
            return
        node = Scalar(text, text, place)
        if event.implicit[0] and not event.style:
            try:
                node = Scalar(resolve(text), text, place)
            except BadScalarError as error:
                self._problems.add(place, self._path(), f"{error}.", value=text[:60])
        self._place_node(_Measured(node), event.anchor)

    def _key(self, text: str, place: Place) -> None:
        mapping = self._open[-1]
        if text == "<<":
            raise self._problems.fail(
                place,
                "<< is not part of YAML 1.2.",
                hint="Write the keys out; a file with 'extends' can build on another.",
            )
        if text in mapping.entries and not mapping.lacks_dash:
            self._twice(text, place, mapping)
        mapping.key = text
        mapping.keys.setdefault(text, place)

    def _twice(self, key: str, place: Place, mapping: _Open) -> None:
        is_item = len(self._open) > 1 and not self._open[-2].is_mapping
        mapping.lacks_dash = is_item and key == next(iter(mapping.entries))
        self._problems.add(
            place,
            (*self._path()[:-1], key),
            f"is given twice; first in line {mapping.keys[key].line}.",
            hint=f"If a new item begins here, put a dash before it: '- {key}: ...'."
            if mapping.lacks_dash
            else "Remove one of the two.",
        )

    def _alias(self, anchor: str, place: Place) -> None:
        self._refuse_as_key(place)
        measured = self._anchors.get(anchor)
        if measured is None:
            inside = any(opened.anchor == anchor for opened in self._open)
            raise self._problems.fail(
                place,
                f"*{anchor} stands for a value that contains it."
                if inside
                else f"*{anchor} stands for nothing: there is no &{anchor} above.",
            )
        self._check_depth(measured.height, place)
        self._place_node(measured, None)

    def _place_node(self, measured: _Measured, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = measured
        if not self._open:
            self.root = measured.node
            return
        parent = self._open[-1]
        parent.nodes += measured.nodes
        parent.height = max(parent.height, measured.height)
        if parent.nodes > NODES:
            raise self._problems.fail(
                measured.node.place,
                f"a file has at most {NODES:,} values, including what aliases stand for.",
            )
        if parent.is_mapping:
            parent.entries.setdefault(parent.key or "", measured.node)
            parent.key = None
        else:
            parent.items.append(measured.node)

    def _awaits_key(self) -> bool:
        return bool(self._open) and self._open[-1].is_mapping and self._open[-1].key is None

    def _refuse_as_key(self, place: Place) -> None:
        if self._awaits_key():
            raise self._problems.fail(place, "a key must be a word.")

    def _check_depth(self, height: int, place: Place) -> None:
        if len(self._open) + height > DEPTH:
            raise self._problems.fail(place, f"values nest at most {DEPTH} deep.")

    def _path(self) -> Path:
        return tuple(
            (opened.key or "") if opened.is_mapping else len(opened.items) for opened in self._open
        )


def compose(text: str, file: str, problems: Problems, *, has_lines: bool = True) -> Node | None:
    """Read YAML text into nodes.

    Parameters
    ----------
    text
        The whole text of a file, or a value of the command line.
    file
        What to call it in messages.
    problems
        Takes duplicate keys, impossible dates and the like, after which reading continues.
    has_lines
        False for a value of the command line, where lines and columns would only confuse.

    Returns
    -------
    Node or None
        The root; None for a text that holds only comments.

    Raises
    ------
    ScenarioError
        The text is not YAML, or nests too deep, or aliases make it too large.
    """
    strange = _UNWRITABLE.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        column = strange.start() - (text.rfind("\n", 0, strange.start()) + 1) + 1
        raise problems.fail(
            Place(file, line, column) if has_lines else Place(file),
            f"the character U+{ord(strange[0]):04X} does not belong in a text file.",
        )
    quick = _quick(text, file, has_lines)
    return quick if quick is not None else _careful(text, file, problems, has_lines)


def _quick(text: str, file: str, has_lines: bool) -> Node | None:
    """Read a text with libyaml, if it is installed: in a tenth of the time.

    Returns None, and leaves the text to the careful reader, which reports mistakes in its own
    words, if there is any mistake, or anything that libyaml, which reads YAML 1.1, sees or places
    differently: tags, directives, tabs, block scalars, values left empty.
    """
    if _READ_DIFFERENTLY.search(text):
        return None
    problems = Problems()
    composer = _Composer(file, problems, has_lines)
    try:
        for event in YAML(typ="safe").parse(text):
            if isinstance(event, ScalarEvent) and (
                event.style in _BLOCKS or not (event.value or event.style)
            ):
                return None
            composer.take(event)
    except (YAMLError, ScenarioError, ValueError):
        return None
    return None if len(problems) else composer.root


def _careful(text: str, file: str, problems: Problems, has_lines: bool) -> Node | None:
    """Read any text, and say what is wrong with it."""
    composer = _Composer(file, problems, has_lines)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            composer.take(event)
    except MarkedYAMLError as error:
        line, column, allowed, hint = explain(error, text)
        place = Place(file, line, column) if has_lines else Place(file)
        raise problems.fail(place, allowed, hint=hint) from error
    except (YAMLError, ValueError) as error:  # ValueError: an escape beyond the last character
        raise problems.fail(composer.reached, f"this is not YAML after here: {error}.") from error
    return composer.root

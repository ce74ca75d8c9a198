"""A file as a tree whose every node knows where it stands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool | dt.date | None
Path: TypeAlias = tuple[str | int, ...]
"""Keys and list positions (from zero) that lead from the root to a node."""

_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, counted from one; line zero means no file (``--set``)."""

    file: str
    line: int = 0
    column: int = 0

    @property
    def in_words(self) -> str:
        """``file:line``, or what stands in for a file."""
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, and how it was written."""

    value: Value
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their nodes, in order; `keys` says where each key stands."""

    entries: dict[str, Node]
    keys: dict[str, Place]
    place: Place

    def put(self, key: str, node: Node, key_place: Place | None = None) -> Mapping:
        """Return a mapping that has `node` under `key`."""
        return replace(
            self,
            entries={**self.entries, key: node},
            keys={**self.keys, key: key_place or self.keys.get(key, node.place)},
        )

    def without(self, *keys: str) -> Mapping:
        """Return a mapping that lacks `keys`."""
        return replace(
            self, entries={key: node for key, node in self.entries.items() if key not in keys}
        )


@dataclass(frozen=True, slots=True)
class Listing:
    """Nodes in order."""

    items: tuple[Node, ...]
    place: Place


Node: TypeAlias = Scalar | Mapping | Listing


def plain(node: Node) -> object:
    """Turn a node into dicts, tuples and values, as the records take them."""
    if isinstance(node, Mapping):
        return {key: plain(child) for key, child in node.entries.items()}
    if isinstance(node, Listing):
        return tuple(plain(child) for child in node.items)
    return node.value


def shown(node: Node) -> str:
    """Say in one line what a node holds, for an error message."""
    if isinstance(node, Mapping):
        return "{" + ", ".join(f"{key}: ..." for key in list(node.entries)[:4]) + "}"
    if isinstance(node, Listing):
        return f"[list of {len(node.items)}]"
    text = (
        node.text if len(node.text) <= _SHOWN_CHARACTERS else node.text[:_SHOWN_CHARACTERS] + "..."
    )
    if isinstance(node.value, str):
        return repr(text)
    return text or "null"


def name_of(node: Node) -> str | None:
    """Return the ``name`` that a record gives itself, if it does."""
    if isinstance(node, Mapping):
        name = node.entries.get("name")
        if isinstance(name, Scalar) and isinstance(name.value, str):
            return name.value
    return None


def descend(node: Node, path: Path) -> Node | None:
    """Follow a path down; None where nothing stands there."""
    for step in path:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            node = node.entries[step]
        elif isinstance(node, Listing) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            return None
    return node


def path_text(path: Path) -> str:
    """Write a path as ``products[2].price_usd_per_mtok.input``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def named_path_text(root: Node, path: Path, named_lists: frozenset[str]) -> str:
    """Write a path with names for the positions in named lists: ``products[glm-4].price``."""
    text = ""
    node: Node | None = root
    inside: str | int = ""
    for step in path:
        node = None if node is None else descend(node, (step,))
        if isinstance(step, int):
            name = name_of(node) if node is not None and inside in named_lists else None
            text += f"[{name or step}]"
        else:
            text += f".{step}" if text else step
        inside = step
    return text

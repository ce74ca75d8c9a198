"""Where the numbers of a file come from.

Any single value of a file may be written with its source, ``{value: 5, source: ..., date: ...,
range: [low, high], note: ...}``.  Here this wrapper is taken off and kept beside the value.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard

from sim.nearest import offer
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar, Value, plain
from sim.reading.problems import Problems

ASSUMPTION = "assumption"
"""The source of a value that nobody measured; such a number needs a range."""

KEYS = ("value", "source", "date", "range", "note")


@dataclass(frozen=True, slots=True)
class Source:
    """Where one value comes from.

    Attributes
    ----------
    value
        The value, in the unit of its record; `note` says what it was converted from.
    source
        A reference, or ``assumption``.
    date
        The day that the source speaks of.
    range
        Lowest and highest value that are plausible; always there for an assumed number.
    note
        Anything worth adding.
    """

    value: Value
    source: str
    date: dt.date | None = None
    range: tuple[float, float] | None = None
    note: str = ""

    @property
    def is_assumption(self) -> bool:
        """Whether nobody measured it."""
        return self.source == ASSUMPTION


Sources: TypeAlias = dict[Path, Source]
"""Sources by path while a file is being read."""

Provenance: TypeAlias = MappingType[str, Source]
"""Sources by path, such as ``products[glm-4].capability_logit``."""


def is_wrapped(node: Node) -> bool:
    """Return whether a node is a value with its source."""
    return isinstance(node, Mapping) and "value" in node.entries


def unwrap(node: Node, problems: Problems) -> tuple[Node, Sources]:
    """Take the wrappers off all values below a node.

    Returns
    -------
    Node
        The node with plain values.
    dict of Path to Source
        The sources that the wrappers gave.
    """
    sources: Sources = {}
    return _unwrap(node, (), sources, problems), sources


def _unwrap(node: Node, path: Path, sources: Sources, problems: Problems) -> Node:
    if isinstance(node, Listing):
        items = (_unwrap(item, (*path, i), sources, problems) for i, item in enumerate(node.items))
        return Listing(tuple(items), node.place)
    if isinstance(node, Scalar):
        return node
    if not is_wrapped(node):
        entries = {
            key: _unwrap(child, (*path, key), sources, problems)
            for key, child in node.entries.items()
        }
        return Mapping(entries, node.keys, node.place)
    inner = node.entries["value"]
    if isinstance(inner, Scalar):
        source = _source(node, inner, path, problems)
        if source is not None:
            sources[path] = source
    else:
        problems.add(inner.place, path, "only a single value can carry its source.", node=inner)
    return inner


def _source(wrapper: Mapping, inner: Scalar, path: Path, problems: Problems) -> Source | None:
    for key in wrapper.entries:
        if key not in KEYS:
            problems.add(
                wrapper.keys[key],
                (*path, key),
                "is not a known key beside a value.",
                node=wrapper.entries[key],
                hint=offer(key, KEYS, f"Known here: {', '.join(KEYS)}."),
            )
    reference = _text(wrapper, "source", path, problems)
    note = _text(wrapper, "note", path, problems)
    date = _date(wrapper, path, problems)
    limits = _range(wrapper, inner, path, problems)
    if reference is None:
        problems.add(
            wrapper.place,
            (*path, "source"),
            "is missing; must be text.",
            hint=f"Where nobody measured it, write 'source: {ASSUMPTION}' and a range.",
        )
        return None
    if reference == ASSUMPTION and "range" not in wrapper.entries and _is_number(inner.value):
        problems.add(
            wrapper.place,
            (*path, "range"),
            "is missing; an assumed number needs a range.",
            hint="Write 'range: [low, high]'.",
        )
    return Source(inner.value, reference, date, limits, note or "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(wrapper: Mapping, key: str, path: Path, problems: Problems) -> str | None:
    node = wrapper.entries.get(key)
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value.strip():
        return node.value
    problems.add(node.place, (*path, key), "must be text.", node=node)
    return ""


def _date(wrapper: Mapping, path: Path, problems: Problems) -> dt.date | None:
    node = wrapper.entries.get("date")
    if node is None:
        return None
    if isinstance(node, Scalar) and isinstance(node.value, dt.date):
        return node.value
    problems.add(
        node.place,
        (*path, "date"),
        "must be a date such as 2024-05-06, without quotes.",
        node=node,
    )
    return None


def _range(
    wrapper: Mapping, inner: Scalar, path: Path, problems: Problems
) -> tuple[float, float] | None:
    node = wrapper.entries.get("range")
    if node is None:
        return None
    limits = plain(node)
    if not _is_interval(limits):
        problems.add(node.place, (*path, "range"), "must be two numbers, [low, high].", node=node)
        return None
    low, high = (float(limit) for limit in limits)
    if not isinstance(inner.value, int | float) or isinstance(inner.value, bool):
        problems.add(node.place, (*path, "range"), "only a number has a range.", node=node)
    elif not low <= inner.value <= high:
        problems.add(
            inner.place, path, f"must lie within its own range, {low:g} to {high:g}.", node=inner
        )
    return low, high


def _is_interval(limits: object) -> TypeGuard[tuple[float, float]]:
    return (
        isinstance(limits, tuple)
        and len(limits) == 2
        and all(_is_number(limit) and math.isfinite(limit) for limit in limits)
        and limits[0] <= limits[1]
    )

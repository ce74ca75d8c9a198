"""Looking at values of a tree that may still hold mistakes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sim.nearest import offer
from sim.reading.nodes import Listing, Mapping, Path, Scalar
from sim.reading.problems import Problems


@dataclass(frozen=True, slots=True)
class View:
    """A record of the tree; whatever is missing or of another type reads as None or nothing."""

    node: Mapping
    path: Path
    problems: Problems

    def scalar(self, key: str) -> Scalar | None:
        """Return the node of a single value."""
        child = self.node.entries.get(key)
        return child if isinstance(child, Scalar) else None

    def text(self, key: str) -> str | None:
        """Return a text."""
        child = self.scalar(key)
        return child.value if child is not None and isinstance(child.value, str) else None

    def flag(self, key: str) -> bool | None:
        """Return whether something is so."""
        child = self.scalar(key)
        return child.value if child is not None and isinstance(child.value, bool) else None

    def date(self, key: str) -> dt.date | None:
        """Return a date."""
        child = self.scalar(key)
        return child.value if child is not None and isinstance(child.value, dt.date) else None

    def number(self, key: str, default: float | None = None) -> float | None:
        """Return a number; the default where the key is not given."""
        child = self.node.entries.get(key)
        if child is None:
            return default
        return number_of(child)

    def gives(self, key: str) -> bool:
        """Return whether a key is given, and not as null."""
        child = self.node.entries.get(key)
        return child is not None and not (isinstance(child, Scalar) and child.value is None)

    def record(self, key: str) -> View | None:
        """Return the record under a key."""
        child = self.node.entries.get(key)
        return View(child, (*self.path, key), self.problems) if isinstance(child, Mapping) else None

    def records(self, key: str) -> list[View]:
        """Return the records of a list."""
        child = self.node.entries.get(key)
        if not isinstance(child, Listing):
            return []
        return [
            View(item, (*self.path, key, index), self.problems)
            for index, item in enumerate(child.items)
            if isinstance(item, Mapping)
        ]

    def names(self, key: str) -> list[str]:
        """Return the names of a list's records."""
        return [name for record in self.records(key) if (name := record.text("name")) is not None]

    def place_of(self, key: str) -> str:
        """Say where the value under a key stands, as ``file:line``."""
        return self.node.entries.get(key, self.node).place.in_words

    def object_to(self, key: str, allowed: str, hint: str = "") -> None:
        """Report that the value under a key contradicts another."""
        node = self.node.entries.get(key)
        place = self.node.place if node is None else node.place
        self.problems.add(place, (*self.path, key), allowed, node=node, hint=hint)

    def require_name(self, key: str, known: Iterable[str], allowed: str) -> None:
        """Note a name that is not among those known, and the nearest."""
        name = self.text(key)
        names = list(known)
        if name is not None and name not in names:
            self.object_to(key, allowed, offer(name, names))


def number_of(node: object) -> float | None:
    """Return the number that a node holds, None if it holds something else."""
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    return float(node.value) if isinstance(node.value, int | float) else None

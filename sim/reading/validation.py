"""From nodes to frozen records, with every objection in our own words."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from sim.nearest import nearest, offer
from sim.reading.currencies import advice_on_currency
from sim.reading.dialect import Dialect
from sim.reading.frozen import Frozen
from sim.reading.nodes import Listing, Mapping, Node, Path, Scalar, descend, plain, shown
from sim.reading.problems import Problems
from sim.reading.remedies import remedy
from sim.reading.vocabulary import choices

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Record = TypeVar("Record", bound=Frozen)


def validate(
    record: type[Record],
    root: Mapping,
    path: Path,
    node: Node,
    dialect: Dialect,
    problems: Problems,
    context: MappingType[str, object] | None = None,
) -> Record | None:
    """Build one record of a file; None, with the problems noted, if it cannot be built.

    Parameters
    ----------
    record
        The kind of record.
    root
        The whole tree.
    path, node
        Where the record stands, and its node.
    dialect
        What may stand where in the file.
    problems
        Takes what is wrong with it.
    context
        What the validators of fields are told besides.
    """
    try:
        return record.model_validate(plain(node), context=context)
    except ValidationError as error:
        translator = _Translator(root, dialect, problems)
        for detail in error.errors(include_url=False):
            translator.translate(path, detail)
        return None


@dataclass(frozen=True, slots=True)
class _Translator:
    """Says pydantic's objections in our own words, each at its place."""

    root: Mapping
    dialect: Dialect
    problems: Problems

    def translate(self, base: Path, detail: ErrorDetails) -> None:
        """Note one objection to the record at `base`."""
        path = _path_of(self.root, (*base, *detail["loc"]), self.dialect.vocabulary.tags)
        node = descend(self.root, path)
        kind = detail["type"]
        if kind == "missing":
            self._missing(path)
        elif kind == "extra_forbidden":
            self._unknown_key(path)
        elif kind in ("value_error", "assertion_error") and node is not None:
            self.problems.add(node.place, path, f"{detail['ctx']['error']}.")
        elif node is not None and not _is_echo(kind, node, detail.get("ctx", {})):
            self._wrong_value(path, node)

    def _missing(self, path: Path) -> None:
        parent = descend(self.root, path[:-1]) or self.root
        key = path[-1]
        if isinstance(key, int):
            allowed = f"must be {self._expected(path[:-1])}."
            self.problems.add(parent.place, path[:-1], allowed, node=parent)
            return
        known = self.dialect.vocabulary.keys_at(self.root, path[:-1])
        if isinstance(parent, Mapping) and nearest(key, parent.entries.keys() - {*known}):
            return  # misspelt, and reported as an unknown key
        if isinstance(parent, Mapping) and any(one.startswith(f"{key}:") for one in parent.entries):
            return  # without a blank after its colon, and reported likewise
        alternatives = self.dialect.alternatives_to(key)
        others = [other for other in known if other in alternatives]
        hint = f"Or use {' or '.join(others)}." if others else ""
        allowed = f"is missing; must be {self._expected(path)}."
        self.problems.add(parent.place, path, allowed, hint=hint)

    def _expected(self, path: Path) -> str:
        return self.dialect.vocabulary.described(self.root, path)

    def _unknown_key(self, path: Path) -> None:
        parent, key = descend(self.root, path[:-1]), path[-1]
        if isinstance(parent, Mapping) and isinstance(key, str):
            known = self.dialect.vocabulary.keys_at(self.root, path[:-1])
            self.problems.add(
                parent.keys[key],
                path,
                "is not a known key here.",
                node=parent.entries[key],
                hint=advice_on_currency(key, known) or self._key_meant(key, known, parent),
            )

    def _key_meant(self, key: str, known: tuple[str, ...], parent: Mapping) -> str:
        """Say which key was meant; one that the same file has there already was not."""
        before, colon, after = key.partition(":")
        if colon and before in known:
            return f"Put a blank after the colon: '{before}: {after}'."
        file = parent.keys[key].file
        beside = {one for one, place in parent.keys.items() if place.file == file}
        return offer(
            key, [one for one in known if one not in beside], f"Known here: {', '.join(known)}."
        )

    def _wrong_value(self, path: Path, node: Node) -> None:
        schema = self.dialect.vocabulary.schema_at(self.root, path) or {}
        words = choices(schema)
        if words and "discriminator" in schema and isinstance(node, Mapping):
            self._wrong_tag(node, path, schema["discriminator"]["propertyName"], words)
            return
        self.problems.add(
            node.place,
            path,
            f"must be {self._expected(path)}.",
            node=node,
            hint=remedy(node, schema) or self.dialect.advice_on(path),
        )

    def _wrong_tag(self, node: Mapping, path: Path, tag: str, words: tuple[str, ...]) -> None:
        named = node.entries.get(tag)
        others = self.dialect.other_tags if tag == self.dialect.tag else ()
        allowed = f"one of {', '.join((*words, *others))}"
        if named is None:
            self.problems.add(node.place, (*path, tag), f"is missing; must be {allowed}.")
            return
        self.problems.add(
            named.place,
            (*path, tag),
            f"must be {allowed}.",
            node=named,
            hint=offer(shown(named).strip("'"), words, self._tag_elsewhere(named, path)),
        )

    def _tag_elsewhere(self, named: Node, path: Path) -> str:
        """Say under which other key of the record a tag may stand, or one like it."""
        for key, tags in self.dialect.vocabulary.tags_at(self.root, path[:-1]).items():
            meant = nearest(shown(named).strip("'"), tags)
            if key != path[-1] and meant is not None:
                return f"{meant!r} may stand under {key!r}."
        return ""


def _path_of(root: Mapping, location: tuple[str | int, ...], tags: Collection[str]) -> Path:
    """Drop from pydantic's location the tags that it puts in to tell union members apart."""
    path: list[str | int] = []
    node: Node | None = root
    for step in location:
        if isinstance(node, Mapping) and step not in node.entries:
            named = (node.entries.get(tag) for tag in tags)
            if any(isinstance(one, Scalar) and one.value == step for one in named):
                continue
        path.append(step)
        node = None if node is None else descend(node, (step,))
    return tuple(path)


def _is_echo(kind: str, node: Node, context: dict[str, Any]) -> bool:
    """Return whether a list is called too short only because its items were refused."""
    return (
        kind == "too_short"
        and isinstance(node, Listing)
        and len(node.items) >= context.get("min_length", 0)
    )

"""What may stand at each path of a file, and how to say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as MappingType
from functools import cached_property
from typing import Any

from sim.reading.nodes import Mapping, Node, Path, Scalar, descend

Schema = MappingType[str, Any]
"""A JSON Schema of one value."""
_SIGNS = ".+-/():@,&'*"
"""Signs that names may hold, if their pattern has them."""


class Vocabulary:
    """What may stand where in one kind of file.

    Parameters
    ----------
    document
        JSON Schema of the whole file, with its ``$defs``.
    units
        Units by the end of a key's name; the first that fits counts.
    """

    def __init__(self, document: Schema, units: Sequence[tuple[str, str]] = ()) -> None:
        self._document = document
        self._units = tuple(units)

    @cached_property
    def tags(self) -> frozenset[str]:
        """Keys that name which of several records stands in a place."""
        return frozenset(_tags(self._document))

    def schema_at(self, root: Node, path: Path) -> Schema | None:
        """Return the schema of the value at a path; None if nothing may stand there."""
        schema: Schema | None = self._met(self._document, root)
        node: Node | None = root
        for step in path:
            node = None if node is None else descend(node, (step,))
            schema = None if schema is None else self._met(_step(schema, step), node)
        return schema

    def keys_at(self, root: Node, path: Path) -> tuple[str, ...]:
        """Return the keys that the record at a path may have; none if it is not a record."""
        schema = self.schema_at(root, path) or {}
        if "discriminator" in schema:
            return (schema["discriminator"]["propertyName"],)
        return tuple(schema.get("properties", ()))

    def tags_at(self, root: Node, path: Path) -> dict[str, tuple[str, ...]]:
        """Return the tags that records under the keys of the record at a path may have, by key."""
        fields = (self.schema_at(root, path) or {}).get("properties", {})
        met = {key: self._met(schema, None) or {} for key, schema in fields.items()}
        return {key: choices(schema) for key, schema in met.items() if "discriminator" in schema}

    def is_open(self, root: Node, path: Path) -> bool:
        """Return whether the record at a path is none of those that this vocabulary knows.

        It has a tag, but not one of theirs: what keys it may have is not known here.
        """
        schema, node = self.schema_at(root, path) or {}, descend(root, path)
        return (
            "discriminator" in schema
            and isinstance(node, Mapping)
            and schema["discriminator"]["propertyName"] in node.entries
        )

    def described(self, root: Node, path: Path) -> str:
        """Say what may stand at a path: ``a number >= 0 (USD per million tokens)``."""
        schema = self.schema_at(root, path)
        return _described(schema, self.unit_of(path)) if schema else "left out"

    def unit_of(self, path: Path) -> str:
        """Return the unit of a value, from the nearest key on its path that has one."""
        for step in reversed(path):
            if isinstance(step, str):
                for suffix, unit in self._units:
                    if f"_{step}".endswith(suffix):
                        return unit
        return ""

    def _met(self, schema: Schema | None, node: Node | None) -> Schema | None:
        """Follow references and choices to the schema that a node has to meet."""
        if schema is None:
            return None
        return self._variant(self._without_null(self._deref(schema)), node)

    def _deref(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self._document["$defs"][schema["$ref"].rpartition("/")[2]]
        return schema

    def _without_null(self, schema: Schema) -> Schema:
        for option in schema.get("anyOf", ()):
            if option.get("type") != "null":
                return self._deref(option)
        return schema

    def _variant(self, schema: Schema, node: Node | None) -> Schema:
        """Return the one of several records that a node's tag names."""
        if "discriminator" not in schema or not isinstance(node, Mapping):
            return schema
        tag = node.entries.get(schema["discriminator"]["propertyName"])
        reference = (
            schema["discriminator"]["mapping"].get(tag.value) if isinstance(tag, Scalar) else None
        )
        return self._deref({"$ref": reference}) if reference else schema


def _tags(schema: object) -> Iterator[str]:
    """Yield the tags of all choices of records within a part of a schema."""
    parts: Iterable[object] = schema if isinstance(schema, list) else ()
    if isinstance(schema, dict):
        parts = schema.values()
        if isinstance(schema.get("discriminator"), dict):
            yield schema["discriminator"]["propertyName"]
    for part in parts:
        yield from _tags(part)


def _step(schema: Schema, step: str | int) -> Schema | None:
    found: Schema | None
    if isinstance(step, str):
        further = schema.get("additionalProperties")
        of_pattern = next(iter(schema.get("patternProperties", {}).values()), None)
        of_any_name = further if isinstance(further, dict) else of_pattern
        found = schema.get("properties", {}).get(step, of_any_name)
    elif "prefixItems" in schema:
        found = dict(enumerate(schema["prefixItems"])).get(step)
    else:
        found = schema.get("items")
    return found


def choices(schema: Schema) -> tuple[str, ...]:
    """Return the words among which a value must be; none if it is no such value."""
    if "discriminator" in schema:
        return tuple(schema["discriminator"]["mapping"])
    return tuple(str(word) for word in schema.get("enum", ()))


def _described(schema: Schema, unit: str) -> str:
    kind = schema.get("type")
    words = choices(schema)
    if words and kind != "object":
        return f"one of {', '.join(words)}" if len(words) > 1 else words[0]
    if kind in ("number", "integer"):
        return _number(schema, unit, "a number" if kind == "number" else "a whole number")
    if kind == "string":
        if schema.get("format") == "date":
            return "a date such as 2024-05-06, without quotes"
        if "pattern" in schema:
            held = (
                schema["pattern"].rpartition("[")[2].partition("]")[0]
            )  # the last class of characters
            signs = " ".join(sign for sign in _SIGNS if sign in held)
            return (
                f"a name of {schema['minLength']} to {schema['maxLength']} letters, digits, blanks "
                f"and _ {signs}, beginning with a letter or digit"
            )
        return "text"
    if kind == "boolean":
        return "true or false"
    if kind == "array":
        fixed = schema.get("prefixItems")
        if fixed is not None:
            return f"a list of {len(fixed)} values"
        if most := schema.get("maxItems"):
            return f"a list of at most {most} items"
        least = schema.get("minItems", 0)
        if least > 1:
            return f"a list of at least {least} items"
        return "a list of at least one item" if least else "a list"
    keys = ", ".join(schema.get("properties", ()))
    if keys:
        return f"a mapping with the keys {keys}"
    return "a mapping of at least one name" if schema.get("minProperties") else "a mapping of names"


def _number(schema: Schema, unit: str, noun: str) -> str:
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if below is not None and schema.get("type") == "integer":
        high, below = below - 1, None
    if low is not None and high is not None:
        limits = f" from {_readable(low)} to {_readable(high)}"
    else:
        bounds = [
            f"{sign} {_readable(bound)}"
            for sign, bound in ((">=", low), (">", above), ("<=", high), ("<", below))
            if bound is not None
        ]
        limits = f" {' and '.join(bounds)}" if bounds else ""
    return f"{noun}{limits}{f' ({unit})' if unit else ''}"


def _readable(bound: float) -> str:
    if abs(bound) >= 1e12:
        return f"{bound:g}".replace("e+", "e")
    return f"{bound:,.0f}" if abs(bound) >= 10_000 else f"{bound:g}"

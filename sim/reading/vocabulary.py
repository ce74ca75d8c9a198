"""What may stand at each path of a scenario, or of another file, and how to say so."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from functools import cache
from typing import Any

from sim.reading.nodes import Mapping, Node, Path, Scalar, descend

Schema = MappingType[str, Any]
"""A JSON Schema of one value."""

_UNITS = (
    ("_usd_per_mtok_second", "USD per million tokens, for a second of delay"),
    ("_usd_per_mtok", "USD per million tokens"),
    ("_cny_per_mtok", "CNY per million tokens"),
    ("cny_per_usd", "CNY per USD"),
    ("_usd_per_hour", "USD per hour"),
    ("_usd_per_month", "USD per month"),
    ("_mtok_per_month", "million tokens per month"),
    ("_tok_per_s", "tokens per second"),
    ("_kg_per_kwh", "kg per kWh"),
    ("_bytes_per_token", "bytes per token"),
    ("_billion", "thousand millions"),
    ("_per_day", "per day"),
    ("_per_month", "per month"),
    ("_days", "days"),
    ("_logit", "logit units"),
    ("_tokens", "tokens"),
    ("_bits", "bits"),
    ("_usd", "USD"),
    ("_share", "a share"),
)

_ADVICE = {
    "price_usd_per_mtok": "A free tier is 0.",
    "price_cny_per_mtok": "A free tier is 0.",
}


@cache
def file_schema() -> Schema:
    """Return the JSON Schema of a scenario, with the keys that only files have.

    Those are the other ways of giving prices, capabilities and compression curves, see
    `sim.scenario.shorthand`.
    """
    from sim.scenario.scenario import Scenario
    from sim.scenario.shorthand import (
        ShorthandCompression,
        ShorthandPrice,
        ShorthandProduct,
    )

    schema = Scenario.model_json_schema()
    definitions = schema["$defs"]
    for record, shorthand in (
        ("Product", ShorthandProduct),
        ("DatedPrice", ShorthandPrice),
        ("Compression", ShorthandCompression),
    ):
        extra = shorthand.model_json_schema()
        definitions.update(extra.pop("$defs", {}))
        definitions[record]["properties"].update(extra["properties"])
    return schema


class Vocabulary:
    """What may stand where in one kind of file.

    Parameters
    ----------
    document
        JSON Schema of the whole file, with its ``$defs``.
    """

    def __init__(self, document: Schema) -> None:
        self._document = document

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

    def is_open(self, root: Node, path: Path) -> bool:
        """Return whether the record at a path names a policy whose keys are not known yet."""
        schema, node = self.schema_at(root, path) or {}, descend(root, path)
        return "discriminator" in schema and isinstance(node, Mapping) and "policy" in node.entries

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
        """Of records told apart by ``policy``, return the one that the node names."""
        if "discriminator" not in schema or not isinstance(node, Mapping):
            return schema
        tag = node.entries.get(schema["discriminator"]["propertyName"])
        reference = (
            schema["discriminator"]["mapping"].get(tag.value) if isinstance(tag, Scalar) else None
        )
        return self._deref({"$ref": reference}) if reference else schema


@cache
def scenario_vocabulary() -> Vocabulary:
    """Return what may stand where in a scenario file."""
    return Vocabulary(file_schema())


def keys_at(root: Node, path: Path) -> tuple[str, ...]:
    """Return the keys that the record at a path of a scenario may have."""
    return scenario_vocabulary().keys_at(root, path)


def _step(schema: Schema, step: str | int) -> Schema | None:
    found: Schema | None
    if isinstance(step, str):
        further = schema.get("additionalProperties")
        of_any_name = further if isinstance(further, dict) else None
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


def describe(schema: Schema, path: Path) -> str:
    """Say what may stand somewhere: ``a number >= 0 (USD per million tokens)``."""
    kind = schema.get("type")
    words = choices(schema)
    if words and kind != "object":
        return f"one of {', '.join(words)}" if len(words) > 1 else words[0]
    if kind in ("number", "integer"):
        return _number(schema, path, "a number" if kind == "number" else "a whole number")
    if kind == "string":
        if schema.get("format") == "date":
            return "a date such as 2024-05-06, without quotes"
        if "pattern" in schema:
            return (
                f"a name of {schema['minLength']} to {schema['maxLength']} letters, digits, blanks "
                "and . + - _ / ( ), beginning with a letter or digit"
            )
        return "text"
    if kind == "boolean":
        return "true or false"
    if kind == "array":
        fixed = schema.get("prefixItems")
        if fixed is not None:
            return f"a list of {len(fixed)} values"
        return "a list of at least one item" if schema.get("minItems") else "a list"
    return f"a mapping with the keys {', '.join(schema.get('properties', ()))}"


def _number(schema: Schema, path: Path, noun: str) -> str:
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
    unit = unit_of(path)
    return f"{noun}{limits}{f' ({unit})' if unit else ''}"


def _readable(bound: float) -> str:
    if abs(bound) >= 1e12:
        return f"{bound:g}".replace("e+", "e")
    return f"{bound:,.0f}" if abs(bound) >= 10_000 else f"{bound:g}"


def unit_of(path: Path) -> str:
    """Return the unit of a value, from the nearest name on its path that tells one."""
    for step in reversed(path):
        if isinstance(step, str):
            for suffix, unit in _UNITS:
                if f"_{step}".endswith(suffix):
                    return unit
    return ""


def advice(path: Path) -> str:
    """Return what is worth knowing about a value beyond its limits; often nothing."""
    return next((_ADVICE[step] for step in path if isinstance(step, str) and step in _ADVICE), "")

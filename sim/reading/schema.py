"""The JSON Schema of files in a dialect, with which editors complete and check them."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, get_args

from sim.reading.choice import OpenChoice
from sim.reading.dialect import Dialect
from sim.reading.frozen import Frozen
from sim.reading.library import KEY as LIBRARY
from sim.reading.provenance import ASSUMPTION

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SINGLE = frozenset({"number", "integer", "string", "boolean"})
_CHANGE = "Change"
"""Ending of the definitions that hold in a file with ``extends``, where nothing is required."""


def json_schema(dialect: Dialect) -> Schema:
    """Return the JSON Schema of what a file may say.

    It covers sources on values, keys that only files have, and files that extend others, in which
    nothing is required but the names of list items.  What must hold *between* values, such as
    shares that add to one, it does not.
    """
    complete = copy.deepcopy(dict(dialect.schema))
    definitions: Schema = complete.pop("$defs")
    whole = dialect.record.__name__
    definitions[whole] = complete
    definitions[whole]["properties"]["extends"] = {
        "type": "string",
        "description": "A file, by its path from this one, or a shipped "
        f"{dialect.noun}, by its name.",
    }
    _describe(definitions, dialect)
    if dialect.other_tag_pattern:
        _offer_other_tags(definitions, dialect)
    named = _items_of_named_lists(definitions, dialect.named_lists)
    changes = {
        name + _CHANGE: _change(copy.deepcopy(definition), name in named, dialect.named_lists)
        for name, definition in definitions.items()
    }
    for name, definition in definitions.items():
        _offer_alternatives(definition, dialect.alternatives)
        definition.pop("title", None)
        definition["description"] = definition.get("description", name)
    definitions.update(changes)
    for key in dialect.libraries:
        _offer_library(definitions, key)
    for key in dialect.lists_of_lines:
        _offer_lines(definitions, key)
    for definition in definitions.values():
        _wrap_values(definition, {"name", "extends", LIBRARY, dialect.tag})
    definitions.update(_sourced_values())
    return {
        "$schema": _DIALECT,
        "title": f"pricewar {dialect.noun}",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"#/$defs/{whole}{_CHANGE}"},
        "else": {"$ref": f"#/$defs/{whole}"},
        "$defs": definitions,
    }


def _records(dialect: Dialect) -> set[type[Frozen]]:
    """Return every kind of record that a file may hold."""
    found: set[type[Frozen]] = set()
    waiting: list[Any] = [dialect.record, *dialect.file_only.values()]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, OpenChoice):
            waiting.extend(kind.known)
            continue
        if not isinstance(kind, type) or not issubclass(kind, Frozen):
            waiting.extend(get_args(kind))
        elif kind not in found:
            found.add(kind)
            for field in kind.model_fields.values():
                waiting.extend((field.annotation, *field.metadata))
    return found


def _items_of_named_lists(definitions: Schema, named_lists: frozenset[str]) -> frozenset[str]:
    """Return the names of the records that named lists hold."""
    items = (
        schema["items"]["$ref"]
        for definition in definitions.values()
        for key, schema in definition.get("properties", {}).items()
        if key in named_lists and "items" in schema
    )
    return frozenset(reference.rpartition("/")[2] for reference in items)


def _describe(definitions: Schema, dialect: Dialect) -> None:
    """Put the docstrings of fields, and their units, into the definitions."""
    added = {record: name for name, record in dialect.file_only.items()}
    for record in _records(dialect):
        names = {record.__name__, added.get(record, record.__name__)}
        texts: dict[str, str] = {}
        for base in reversed(record.__mro__):
            if issubclass(base, Frozen):
                texts |= _field_docstrings(base)
        for name in names & definitions.keys():
            for field, schema in definitions[name].get("properties", {}).items():
                if field in texts:
                    schema["description"] = texts[field]
    for definition in definitions.values():
        for field, schema in definition.get("properties", {}).items():
            schema.pop("title", None)
            unit = dialect.vocabulary.unit_of((field,))
            if unit:
                schema["description"] = f"{schema.get('description', '')} Unit: {unit}.".strip()


def _offer_other_tags(schema: object, dialect: Dialect) -> None:
    """Allow a record with any keys wherever a tag may name one that this schema does not know."""
    parts = list(schema.values()) if isinstance(schema, dict) else schema
    of_tag = isinstance(schema, dict) and schema.get("discriminator", {}).get("propertyName")
    if isinstance(schema, dict) and of_tag == dialect.tag:
        tag = {"type": "string", "pattern": dialect.other_tag_pattern}
        other = {"type": "object", "properties": {dialect.tag: tag}, "required": [dialect.tag]}
        schema["oneOf"].append(other)
    for part in parts if isinstance(parts, list) else ():
        _offer_other_tags(part, dialect)


def _field_docstrings(record: type[Frozen]) -> dict[str, str]:
    """Read the docstrings of a record's fields from its source.

    pydantic can, with ``use_attribute_docstrings``, but then does so whenever a record is imported:
    a quarter more of the time that all records take, for every command, to serve this one.
    """
    tree = ast.parse(inspect.getsource(record))
    body = tree.body[0].body if isinstance(tree.body[0], ast.ClassDef) else []
    found = {}
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        ):
            found[statement.target.id] = inspect.cleandoc(following.value.value)
    return found


def _change(definition: Schema, is_named: bool, named_lists: frozenset[str]) -> Schema:
    """Turn a definition into that of a change to such a record in another file."""
    properties = definition.get("properties", {})
    definition.pop("required", None)
    for key, schema in properties.items():
        schema.pop("default", None)
        schema.pop("minItems", None)
        _refer_to_changes(schema, is_merged="items" not in schema or key in named_lists)
    definition.pop("title", None)
    if is_named:
        definition["required"] = ["name"]
        properties["remove"] = {"const": True, "description": "Take it out of what is extended."}
    return definition


def _refer_to_changes(schema: object, *, is_merged: bool) -> None:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and is_merged:
            schema["$ref"] = reference + _CHANGE
        schema.pop("discriminator", None)
        if is_merged and "oneOf" in schema:  # without its policy, a change may fit several
            schema["anyOf"] = schema.pop("oneOf")
        for part in schema.values():
            _refer_to_changes(part, is_merged=is_merged)
    elif isinstance(schema, list):
        for part in schema:
            _refer_to_changes(part, is_merged=is_merged)


def _offer_alternatives(definition: Schema, alternatives: tuple[frozenset[str], ...]) -> None:
    """Require one of the ways in which a price or capability may be given."""
    for schema in definition.get("properties", {}).values():
        _drop_discriminators(schema)
    for group in alternatives:
        given = sorted(group & definition.get("properties", {}).keys())
        required = definition.get("required", [])
        if len(given) > 1 and group & set(required):
            definition["required"] = [key for key in required if key not in group]
            definition.setdefault("allOf", []).append(
                {"oneOf": [{"required": [key]} for key in given]}
            )


def _offer_library(definitions: Schema, key: str) -> None:
    """Allow items of a list to be names of the library's, or changes of them."""
    for definition in list(definitions.values()):
        listing = definition.get("properties", {}).get(key)
        if listing is None or "$ref" not in listing.get("items", {}):
            continue
        item = definitions[listing["items"]["$ref"].rpartition("/")[2]]
        alone = {part: item.pop(part) for part in ("required", "allOf") if part in item}
        item["anyOf"] = [alone, {"required": [LIBRARY]}]
        listing["items"] = {"anyOf": [listing["items"], {"type": "string"}]}


def _offer_lines(definitions: Schema, key: str) -> None:
    """Allow items of a list to be a line of text."""
    for definition in definitions.values():
        listing = definition.get("properties", {}).get(key)
        if listing is not None and "items" in listing:
            line = {"type": "string", "description": "A record in a line of text."}
            listing["items"] = {"anyOf": [listing["items"], line]}


def _drop_discriminators(schema: object) -> None:
    if isinstance(schema, dict):
        schema.pop("discriminator", None)
        for part in schema.values():
            _drop_discriminators(part)
    elif isinstance(schema, list):
        for part in schema:
            _drop_discriminators(part)


def _wrap_values(definition: Schema, never_wrapped: set[str]) -> None:
    """Allow a source beside every single value."""
    properties = definition.get("properties", {})
    for key, schema in properties.items():
        if key in never_wrapped:
            continue
        if "prefixItems" in schema:
            schema["prefixItems"] = [_wrapped(item) for item in schema["prefixItems"]]
        elif _is_single(schema):
            properties[key] = _wrapped(schema)


def _is_single(schema: Mapping[str, Any]) -> bool:
    options = schema.get("anyOf")
    if options:
        return all(option.get("type") in (*_SINGLE, "null") for option in options)
    return schema.get("type") in _SINGLE


def _wrapped(schema: Schema) -> Schema:
    outside: Schema = {key: schema.pop(key) for key in ("description", "default") if key in schema}
    kind = "SourcedNumber" if _is_number(schema) else "SourcedValue"
    sourced = {"$ref": f"#/$defs/{kind}", "properties": {"value": schema}}
    return {**outside, "anyOf": [schema, sourced]}


def _sourced_values() -> Schema:
    """Definitions of a value with its source, and of a number with its source and range."""
    value: Schema = {
        "type": "object",
        "description": "A value, and where it comes from.",
        "properties": {
            "value": True,
            "source": {"type": "string", "description": f"A reference, or '{ASSUMPTION}'."},
            "date": {
                "type": "string",
                "format": "date",
                "description": "The day that the source speaks of.",
            },
            "note": {"type": "string"},
        },
        "required": ["value", "source"],
        "additionalProperties": False,
    }
    number = copy.deepcopy(value)
    number["properties"]["range"] = {
        "type": "array",
        "description": "Lowest and highest plausible value; needed with an assumption.",
        "items": {"type": "number"},
        "minItems": 2,
        "maxItems": 2,
    }
    number["if"] = {"properties": {"source": {"const": ASSUMPTION}}}
    number["then"] = {"required": ["range"]}
    return {"SourcedValue": value, "SourcedNumber": number}


def _is_number(schema: Mapping[str, Any]) -> bool:
    kinds = {schema.get("type"), *(option.get("type") for option in schema.get("anyOf", ()))}
    return bool(kinds & {"number", "integer"})

"""The JSON Schema of scenario files, with which editors complete and check them."""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from sim.scenario.inheritance import ALTERNATIVES
from sim.scenario.nodes import NAMED_LISTS
from sim.scenario.provenance import ASSUMPTION
from sim.scenario.vocabulary import file_schema, unit_of

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SINGLE = frozenset({"number", "integer", "string", "boolean"})
_NEVER_WRAPPED = frozenset({"name", "policy", "extends"})
_CHANGE = "Change"
"""Ending of the definitions that hold in a file with ``extends``, where nothing is required."""


def json_schema() -> Schema:
    """Return the JSON Schema of what a scenario file may say.

    It covers sources on values, prices in CNY and from data, and files that extend others, in
    which nothing is required but the names of list items.  What must hold *between* values, such
    as shares that add to one, only ``pricewar check`` tells.
    """
    complete = copy.deepcopy(dict(file_schema()))
    definitions: Schema = complete.pop("$defs")
    definitions["Scenario"] = complete
    definitions["Scenario"]["properties"]["extends"] = {
        "type": "string",
        "description": "A file, by its path from this one, or a shipped scenario, by its name.",
    }
    _describe(definitions)
    changes = {name + _CHANGE: _change(copy.deepcopy(d)) for name, d in definitions.items()}
    for name, definition in definitions.items():
        _offer_alternatives(definition)
        definition.pop("title", None)
        definition["description"] = definition.get("description", name)
    definitions.update(changes)
    for definition in definitions.values():
        _wrap_values(definition)
    definitions.update(_sourced_values())
    return {
        "$schema": _DIALECT,
        "title": "pricewar scenario",
        "type": "object",
        "if": {"required": ["extends"]},
        "then": {"$ref": f"#/$defs/Scenario{_CHANGE}"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": definitions,
    }


def _records() -> Iterator[type[BaseModel]]:
    """Yield every kind of record, from the bases down."""
    from sim.scenario.frozen import Frozen

    waiting: list[type[BaseModel]] = [Frozen]
    while waiting:
        record = waiting.pop()
        waiting.extend(record.__subclasses__())
        if record.__module__.startswith(("sim.scenario.", "sim.compression.")):
            yield record


def _describe(definitions: Schema) -> None:
    """Put the docstrings of fields, and their units, into the definitions."""
    for record in _records():
        properties = definitions.get(record.__name__, {}).get("properties", {})
        for base in reversed(record.__mro__):
            if issubclass(base, BaseModel) and base is not BaseModel:
                for field, text in _field_docstrings(base).items():
                    if field in properties:
                        properties[field]["description"] = text
    for definition in definitions.values():
        for field, schema in definition.get("properties", {}).items():
            schema.pop("title", None)
            unit = unit_of((field,))
            if unit:
                schema["description"] = f"{schema.get('description', '')} Unit: {unit}.".strip()


def _field_docstrings(record: type[BaseModel]) -> dict[str, str]:
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


def _change(definition: Schema) -> Schema:
    """Turn a definition into that of a change to such a record in another file."""
    properties = definition.get("properties", {})
    definition.pop("required", None)
    for key, schema in properties.items():
        schema.pop("default", None)
        schema.pop("minItems", None)
        _refer_to_changes(schema, is_merged="items" not in schema or key in NAMED_LISTS)
    if definition.pop("title", "") in ("Accelerator", "Cloud", "Domain", "Product", "Provider"):
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


def _offer_alternatives(definition: Schema) -> None:
    """Require one of the ways in which a price or capability may be given."""
    for schema in definition.get("properties", {}).values():
        _drop_discriminators(schema)
    for group in ALTERNATIVES:
        given = sorted(group & definition.get("properties", {}).keys())
        required = definition.get("required", [])
        if len(given) > 1 and group & set(required):
            definition["required"] = [key for key in required if key not in group]
            definition.setdefault("allOf", []).append(
                {"oneOf": [{"required": [key]} for key in given]}
            )


def _drop_discriminators(schema: object) -> None:
    if isinstance(schema, dict):
        schema.pop("discriminator", None)
        for part in schema.values():
            _drop_discriminators(part)
    elif isinstance(schema, list):
        for part in schema:
            _drop_discriminators(part)


def _wrap_values(definition: Schema) -> None:
    """Allow a source beside every single value."""
    properties = definition.get("properties", {})
    for key, schema in properties.items():
        if key in _NEVER_WRAPPED:
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

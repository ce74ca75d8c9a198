"""From nodes to frozen records, with every objection in our own words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from sim.nearest import nearest
from sim.scenario.frozen import Frozen
from sim.scenario.inheritance import ALTERNATIVES
from sim.scenario.nodes import Listing, Mapping, Node, Path, Scalar, descend, plain, shown
from sim.scenario.problems import Problems
from sim.scenario.scenario import Scenario
from sim.scenario.vocabulary import advice, choices, describe, keys_at, schema_at

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Record = TypeVar("Record", bound=Frozen)


def validate(root: Mapping, problems: Problems) -> Scenario | None:
    """Build the scenario; None, with the problems noted, if it cannot be built."""
    return validate_part(Scenario, root, (), root, problems)


def validate_part(
    record: type[Record], root: Mapping, path: Path, node: Node, problems: Problems
) -> Record | None:
    """Build one record of a scenario; None, with the problems noted, if it cannot be built.

    Parameters
    ----------
    record
        The kind of record.
    root
        The whole tree.
    path, node
        Where the record stands, and its node.
    problems
        Takes what is wrong with it.
    """
    try:
        return record.model_validate(plain(node))
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _translate(root, path, detail, problems)
        return None


def _translate(root: Mapping, base: Path, detail: ErrorDetails, problems: Problems) -> None:
    path = _path_of(root, (*base, *detail["loc"]))
    node = descend(root, path)
    kind = detail["type"]
    if kind == "missing":
        _missing(root, path, problems)
    elif kind == "extra_forbidden":
        _unknown_key(root, path, problems)
    elif kind == "value_error" and node is not None:
        problems.add(node.place, path, f"{detail['ctx']['error']}.")
    elif node is not None and not _is_echo(kind, node, detail.get("ctx", {})):
        _wrong_value(root, path, node, problems)


def _path_of(root: Mapping, location: tuple[str | int, ...]) -> Path:
    """Drop from pydantic's location the policies that it puts in to tell union members apart."""
    path: list[str | int] = []
    node: Node | None = root
    for step in location:
        if isinstance(node, Mapping) and step not in node.entries:
            policy = node.entries.get("policy")
            if isinstance(policy, Scalar) and policy.value == step:
                continue
        path.append(step)
        node = None if node is None else descend(node, (step,))
    return tuple(path)


def _is_echo(kind: str, node: Node, context: dict[str, Any]) -> bool:
    """Tell whether a list is called too short only because its items were refused."""
    return (
        kind == "too_short"
        and isinstance(node, Listing)
        and len(node.items) >= context.get("min_length", 0)
    )


def _missing(root: Mapping, path: Path, problems: Problems) -> None:
    parent = descend(root, path[:-1]) or root
    key = path[-1]
    if isinstance(key, int):
        problems.add(parent.place, path[:-1], f"must be {_expected(root, path[:-1])}.", node=parent)
        return
    known = keys_at(root, path[:-1])
    if isinstance(parent, Mapping) and nearest(key, parent.entries.keys() - {*known}):
        return  # misspelt, and told as an unknown key
    group = next((group for group in ALTERNATIVES if key in group), frozenset[str]())
    others = [other for other in known if other in group - {key}]
    hint = f"Or give {' or '.join(others)}." if others else ""
    problems.add(parent.place, path, f"is missing; must be {_expected(root, path)}.", hint=hint)


def _expected(root: Mapping, path: Path) -> str:
    schema = schema_at(root, path)
    return describe(schema, path) if schema else "left out"


def _unknown_key(root: Mapping, path: Path, problems: Problems) -> None:
    parent, key = descend(root, path[:-1]), path[-1]
    if isinstance(parent, Mapping) and isinstance(key, str):
        known = keys_at(root, path[:-1])
        close = nearest(key, known)
        problems.add(
            parent.keys[key],
            path,
            "is not a key that is known here.",
            node=parent.entries[key],
            hint=f"Did you mean {close!r}?" if close else f"Known here: {', '.join(known)}.",
        )


def _wrong_value(root: Mapping, path: Path, node: Node, problems: Problems) -> None:
    schema = schema_at(root, path) or {}
    words = choices(schema)
    if words and isinstance(node, Mapping):
        _wrong_policy(node, path, words, problems)
        return
    problems.add(
        node.place,
        path,
        f"must be {_expected(root, path)}.",
        node=node,
        hint=_remedy(node, schema.get("type"), words) or advice(path),
    )


def _wrong_policy(node: Mapping, path: Path, words: tuple[str, ...], problems: Problems) -> None:
    policy = node.entries.get("policy")
    allowed = f"one of {', '.join(words)}"
    if policy is None:
        problems.add(node.place, (*path, "policy"), f"is missing; must be {allowed}.")
        return
    close = nearest(shown(policy).strip("'"), words)
    problems.add(
        policy.place,
        (*path, "policy"),
        f"must be {allowed}.",
        node=policy,
        hint=f"Did you mean {close!r}?" if close else "",
    )


def _remedy(node: Node, wanted: str | None, words: tuple[str, ...]) -> str:
    """Say what to do about a value of the wrong kind."""
    if not isinstance(node, Scalar):
        return "Text that holds ': ' needs quotes." if wanted == "string" else ""
    value = node.value
    if words:
        close = nearest(str(value), words)
        return f"Did you mean {close!r}?" if close else ""
    if value is None:
        return "Give a value, or remove the key."
    if wanted in ("number", "integer") and isinstance(value, str):
        return _number_remedy(value)
    if wanted in ("number", "integer") and isinstance(value, float) and not math.isfinite(value):
        return "Infinities and 'not a number' cannot be computed with."
    if wanted == "boolean" and str(value).casefold() in ("yes", "no", "on", "off"):
        return "YAML 1.2 knows only true and false."
    if wanted == "string" and not isinstance(value, str):
        return "Put it in quotes to make it text."
    return ""


_MULTIPLES = {"thousand": "e3", "million": "e6", "billion": "e9", "trillion": "e12"}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _number_remedy(value: str) -> str:
    number, _, word = value.partition(" ")
    millions = _MULTIPLES.get(word)
    if millions is not None and _is_number(number):
        return f"Write {number}{millions} for {value}."
    for candidate in (value, value.replace(",", ""), value.rstrip("%"), number):
        if not _is_number(candidate):
            continue
        if value.endswith("%"):
            return f"Write {float(candidate) / 100:g} for {value}."
        if candidate == value:
            return f"Write {value} without quotes."
        return f"Write {candidate}: a number without separators and units."
    return ""

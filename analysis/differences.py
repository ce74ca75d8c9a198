"""What differs between two scenarios, in the words of their files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

WORDS = ("name", "title", "question", "facts", "sector_revenue", "replications")
"""Keys that say nothing about the market."""


def differences(first: Scenario, second: Scenario) -> tuple[str, ...]:
    """Name the values that differ: ``factors.competition: true against false``.

    Parameters
    ----------
    first, second
        Two resolved scenarios; titles, facts and numbers of replications are not compared.

    Returns
    -------
    tuple of str
        Paths as ``--set`` takes them, in the order of the schema, and both values.
    """
    ours, theirs = (
        scenario.model_dump(mode="json", exclude={*WORDS}) for scenario in (first, second)
    )
    return tuple(_differing(ours, theirs, ""))


def _differing(ours: object, theirs: object, path: str) -> Iterator[str]:
    if ours == theirs:
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in dict.fromkeys((*ours, *theirs)):
            step = f"{path}.{key}" if path else key
            yield from _differing(ours.get(key), theirs.get(key), step)
        return
    mine, others = _by_name(ours), _by_name(theirs)
    if mine and others:
        for name in dict.fromkeys((*mine, *others)):
            yield from _differing(mine.get(name), others.get(name), f"{path}[{name}]")
        return
    yield f"{path}: {_shown(ours)} against {_shown(theirs)}"


def _by_name(value: object) -> dict[str, object]:
    """Items of a list of named records by name; none if it is no such list."""
    if not isinstance(value, list):
        return {}
    return {item["name"]: item for item in value if isinstance(item, dict) and "name" in item}


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return str(value.get("policy", "given"))
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return f"a list of {len(value)}"
    return json.dumps(value, ensure_ascii=False)

"""What differs between two scenarios, in the words of their files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from analysis.words import counted, joined
from sim.interventions.line import line_of
from sim.scenario.scenario import NOT_OF_THE_MARKET

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

INTERVENTIONS: Final = "interventions"
"""Key of the dated changes from outside."""

COMPETITION: Final = "factors.competition"
"""The switch of the war: two worlds that differ in it alone differ in the war alone."""
FEW: Final = 3
"""As many differences are named in a sentence; more are counted."""
_LISTED: Final = 3
_KEPT_WHOLE: Final = ("policy",)


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that two scenarios do not share.

    Attributes
    ----------
    path
        Where it stands, as ``--set`` takes it.
    first, second
        Both values; None where a scenario lacks it.
    """

    path: str
    first: object
    second: object

    @property
    def values(self) -> tuple[str, str]:
        """Both values in words."""
        return _shown(self.first), _shown(self.second)

    def __str__(self) -> str:
        """Path and values: ``factors.competition: true against false``."""
        first, second = self.values
        return f"{self.path}: {first} against {second}"


def differences(first: Scenario, second: Scenario) -> tuple[Difference, ...]:
    """List the values that differ.

    Parameters
    ----------
    first, second
        Two resolved scenarios; titles, facts and numbers of replications are not compared.

    Returns
    -------
    tuple of Difference
        In the order of the schema; a policy that is another is one difference, and so is each
        intervention that only one of them has, as the line of text that says it.
    """
    ours, theirs = (
        scenario.model_dump(
            mode="json", exclude={*NOT_OF_THE_MARKET, "replications", INTERVENTIONS}
        )
        for scenario in (first, second)
    )
    return (*_differing(ours, theirs, ""), *_interventions(first, second))


def is_the_war(differing: Sequence[Difference]) -> bool:
    """Return whether two scenarios differ in the war and in nothing else."""
    return [difference.path for difference in differing] == [COMPETITION]


def in_a_phrase(differing: Sequence[Difference]) -> str:
    """Say in what two scenarios differ: named if they are few, counted by part if many.

    Examples
    --------
    >>> in_a_phrase([Difference("factors.competition", True, False)])
    'factors.competition (true against false)'
    >>> rows = [Difference(f"products[{name}].launch_date", 1, 2) for name in "abcd"]
    >>> in_a_phrase([*rows, Difference("seed", 1, 2)])
    '5 values (4 of products and 1 of seed)'
    >>> in_a_phrase([])
    'nothing'
    """
    if not differing:
        return "nothing"
    if len(differing) <= FEW:
        return joined([f"{one.path} ({' against '.join(one.values)})" for one in differing])
    parts = Counter(_part(difference.path) for difference in differing)
    listed = [f"{count} of {part}" for part, count in parts.most_common()]
    return f"{counted(len(differing), 'value')} ({joined(listed)})"


def _interventions(first: Scenario, second: Scenario) -> Iterator[Difference]:
    ours, theirs = ([line_of(one) for one in it.interventions] for it in (first, second))
    yield from (Difference(INTERVENTIONS, line, None) for line in ours if line not in theirs)
    yield from (Difference(INTERVENTIONS, None, line) for line in theirs if line not in ours)


def _part(path: str) -> str:
    """First word of a path: the part of the scenario that a value belongs to."""
    return path.replace("[", ".").partition(".")[0]


def _differing(ours: object, theirs: object, path: str) -> Iterator[Difference]:
    if ours == theirs:
        return
    if (
        isinstance(ours, dict)
        and isinstance(theirs, dict)
        and not _are_other_policies(ours, theirs)
    ):
        for key in dict.fromkeys((*ours, *theirs)):
            step = f"{path}.{key}" if path else key
            yield from _differing(ours.get(key), theirs.get(key), step)
        return
    mine, others = _by_name(ours), _by_name(theirs)
    if mine and others:
        for name in dict.fromkeys((*mine, *others)):
            yield from _differing(mine.get(name), others.get(name), f"{path}[{name}]")
        return
    yield Difference(path, ours, theirs)


def _are_other_policies(ours: dict[str, object], theirs: dict[str, object]) -> bool:
    return any(ours.get(key) != theirs.get(key) for key in _KEPT_WHOLE)


def _by_name(value: object) -> dict[str, object]:
    """Items of a list of named records by name; none if it is no such list."""
    if not isinstance(value, list):
        return {}
    return {item["name"]: item for item in value if isinstance(item, dict) and "name" in item}


def _shown(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return _record(value)
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return _records(value)
    if value == []:
        return "none"
    if isinstance(value, float):
        return f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False)


def _records(items: list[object]) -> str:
    """Write a list of records: each where they are few, else the dates they span."""
    if len(items) <= _LISTED:
        return "; ".join(_shown(item) for item in items)
    dates = [str(item["date"]) for item in items if isinstance(item, dict) and "date" in item]
    span = f", {min(dates)} to {max(dates)}" if dates else ""
    return f"{len(items)} entries{span}"


def _record(record: dict[str, object]) -> str:
    """Write a record: a named one is given; a dated value or a policy with its settings."""
    if "name" in record:
        return "given"
    lead = [str(record[key]) for key in ("policy", "date") if key in record]
    rest = {key: value for key, value in record.items() if key not in ("policy", "date")}
    rest = {key: value for key, value in rest.items() if value is not None}
    if "date" in record and len(rest) == 1:
        return f"{_shown(next(iter(rest.values())))} from {lead[0]}"
    settings = ", ".join(f"{key} {_shown(value)}" for key, value in rest.items())
    if not lead:
        return settings or "given"
    return f"{lead[0]} ({settings})" if settings else lead[0]

"""Parameters that a sweep may not have: names that no table can hold, paths that vary nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sim.batch.designs.axis import Axis
from sim.lookalikes import look_of, named, skeleton
from sim.reading.problems import Problems
from sim.record.tables import SCHEMAS
from sim.scenario.scenario import NOT_OF_THE_MARKET

KEYS = ("run_id", "point", "replication", "block", "step", "scenario_sha256")
"""Columns that every plan has; parameters have other names."""

_TAKEN = {*KEYS, "row", *(column for schema in SCHEMAS.values() for column in schema.names)}
_SIGNS_OF_SQL = '"`\\'
_LONGEST_NAME = 200
_OF_THE_DESIGN = {
    ("seed",): "All points share one seed, so that they differ by their parameters alone. Write "
    "'seed: 1' beside 'kind', and 'replications' for further draws.",
    ("replications",): "Write 'replications: 10' beside 'kind'; --until adds as many as a "
    "precision needs.",
}
"""Paths that the design itself decides for all points, and what to write instead."""


def check_parameters(axes: Sequence[Axis], problems: Problems) -> None:
    """Note parameters with names that cannot be columns, or with paths that cannot vary.

    Parameters
    ----------
    axes
        Of a design.
    problems
        Takes the mistakes.
    """
    names: dict[str, Axis] = {}
    paths: dict[object, Axis] = {}
    for axis in axes:
        path = ("parameters", axis.name)
        objection, hint = _objection(axis.name, names)
        if objection:
            problems.add(axis.place, path, objection, hint=hint)
        names.setdefault(skeleton(axis.name).casefold(), axis)
        for target in axis.targets:
            if target in _OF_THE_DESIGN:
                problems.add(
                    axis.place,
                    path,
                    f"{target[0]!r} cannot vary between points: it would change none of them.",
                    hint=_OF_THE_DESIGN[target],
                )
            if target[0] in NOT_OF_THE_MARKET:
                problems.add(
                    axis.place,
                    path,
                    f"{target[0]!r} says nothing about the market: no run would differ.",
                    hint="Vary a value that the market depends on.",
                )
            first = paths.setdefault(target, axis)
            if first is not axis:
                problems.add(
                    axis.place,
                    path,
                    f"sets what {first.name!r} sets, in {first.place.in_words}.",
                    hint="Remove one of the two.",
                )
        _refuse_repeated_levels(axis, problems)


def _objection(name: str, names: dict[str, Axis]) -> tuple[str, str]:
    """Say why a name cannot be that of a column, and what to do; empty if it can."""
    another = "Choose another name for the parameter."
    if name.casefold() in _TAKEN:
        return "is the name of a column of the results.", another
    wrong = next((one for one in name if one in _SIGNS_OF_SQL or not one.isprintable()), None)
    if wrong is not None:
        what = named(wrong) if look_of(wrong) is not None or not wrong.isprintable() else wrong
        return f"must not hold {what}: it is the name of a column.", another
    if not name or name != name.strip() or len(name) > _LONGEST_NAME:
        return (
            f"must have 1 to {_LONGEST_NAME} characters, without blanks at its ends.",
            another,
        )
    first = names.get(skeleton(name).casefold())
    if first is not None:
        return (
            f"reads like {first.name!r}, in {first.place.in_words}; upper and lower case are one "
            "in the names of columns.",
            another,
        )
    return "", ""


def _refuse_repeated_levels(axis: Axis, problems: Problems) -> None:
    seen: set[tuple[type, object]] = set()
    for level in axis.levels:
        value = float(level.value) if type(level.value) is int else level.value
        key = (type(value), value)
        if key in seen:
            problems.add(
                level.node.place,
                ("parameters", axis.name),
                f"{level.value} is listed twice: both points would be the same.",
                hint="Remove one of the two; replications are repeated with 'replications'.",
            )
        seen.add(key)

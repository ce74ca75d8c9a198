"""Reading a design file: the same YAML, positions and messages as for scenarios."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from sim.batch.constraint import BadConstraintError, Constraint
from sim.batch.designs.axis import Axis, Point
from sim.batch.designs.design import Design, Material
from sim.batch.designs.kinds import KINDS
from sim.nearest import nearest
from sim.record.tables import SCHEMAS
from sim.scenario.composing import compose
from sim.scenario.files import locate, read_text
from sim.scenario.nodes import Listing, Mapping, Place, Scalar
from sim.scenario.overriding import Override, parse, steps_of
from sim.scenario.problems import Problems
from sim.scenario.reader import Loaded, Parsed, parse_file, parse_text
from sim.scenario.shipped import shipped_sweeps
from sim.scenario.validation import validate_part
from sim.scenario.vocabulary import Vocabulary
from sim.scenario.writer import to_yaml

KEYS = ("run_id", "point", "replication", "block", "step", "scenario_sha256")
"""Columns that every plan has; parameters have other names."""

_TAKEN = {*KEYS, "row", *(column for schema in SCHEMAS.values() for column in schema.names)}


@dataclass(frozen=True)
class Space:
    """A design, read and checked, with the scenario that it varies.

    Attributes
    ----------
    design
        The record of the file.
    axes
        The parameters that vary.
    constraints
        What holds between them.
    base
        The scenario without any of them.
    text
        Text of the design file.
    """

    design: Design
    axes: tuple[Axis, ...]
    constraints: tuple[Constraint, ...]
    base: Loaded
    text: str
    parsed: Parsed
    fixed: tuple[Override, ...]

    def load(self, point: Point) -> Loaded:
        """Build the scenario at a point.

        Raises
        ------
        ScenarioError
            If the scenario does not accept the point; places are those of the design file.
        """
        overrides = list(self.fixed)
        for axis in self.axes:
            overrides += axis.overrides(point[axis.name])
        return self.parsed.load(parsed_overrides=overrides)

    def accepts(self, point: Point) -> bool:
        """Return whether a point keeps all constraints."""
        values = {name: level.value for name, level in point.items()}
        return all(constraint.holds(values) for constraint in self.constraints)


def read_design(
    path: str | os.PathLike[str], overrides: MappingType[str, object] | Sequence[str] = ()
) -> Space:
    """Read a design file, or a shipped design by name.

    Parameters
    ----------
    path
        A path, or the name of a shipped design such as ``minimal``.
    overrides
        Values that replace those of the scenario at every point, as for a run.

    Raises
    ------
    ScenarioError
        With every mistake in the file, its place and what is allowed.
    """
    problems = Problems()
    name = os.fspath(path)
    file = locate(name, FilePath(), shipped_sweeps())
    text = read_text(file, str(file), Place(name), problems)
    tree = compose(text, str(file), problems)
    if not isinstance(tree, Mapping):
        place = tree.place if tree else Place(str(file), 1, 1)
        raise problems.fail(place, "must be a mapping, with keys such as name, scenario, kind.")
    design = _design(tree, problems)
    problems.raise_any()
    scenario = parse_file(str(locate(design.scenario, file.parent)))
    fixed = (*_fixed(tree, problems), *parse(overrides, problems))
    problems.raise_any()
    base = scenario.load(parsed_overrides=fixed)
    if design.from_resolved:
        scenario = parse_text(to_yaml(base.scenario, base.provenance), str(base.files[0]))
        fixed = ()
    axes = design.axes(Material(tree, base, problems))
    constraints = _constraints(tree, axes, problems)
    _check_names(axes, problems)
    problems.raise_any()
    return Space(design, axes, constraints, base, text, scenario, fixed)


def fingerprint(space: Space, *more: object) -> str:
    """Return a digest of all that decides the points: the files' text, and what is given more."""
    digest = hashlib.sha256(space.text.encode())
    digest.update(to_yaml(space.base.scenario, space.base.provenance).encode())
    for file in space.base.files:
        digest.update(file.read_bytes())
    digest.update(repr(more).encode())
    return digest.hexdigest()


def _design(tree: Mapping, problems: Problems) -> Design:
    kind = tree.entries.get("kind")
    words = ", ".join(KINDS)
    if not isinstance(kind, Scalar):
        raise problems.fail(
            kind.place if kind else tree.place, f"must be one of {words}.", path=("kind",)
        )
    record = KINDS.get(str(kind.value))
    if record is None:
        close = nearest(str(kind.value), KINDS)
        raise problems.fail(
            kind.place,
            f"must be one of {words}.",
            path=("kind",),
            node=kind,
            hint=f"Did you mean {close!r}?" if close else "",
        )
    vocabulary = Vocabulary(record.model_json_schema())
    design = validate_part(record, tree, (), tree, problems, vocabulary)
    problems.raise_any()
    if design is None:  # validate_part() gives a record or notes a problem
        raise RuntimeError("a design without problems was not built")
    return design


def _fixed(tree: Mapping, problems: Problems) -> list[Override]:
    fixed = []
    entries = tree.entries.get("set")
    for path, node in entries.entries.items() if isinstance(entries, Mapping) else ():
        steps = steps_of(path)
        if steps:
            fixed.append(Override(steps, node, node.place))
        else:
            problems.add(node.place, ("set", path), "is not a path of a scenario.")
    return fixed


def _constraints(tree: Mapping, axes: Sequence[Axis], problems: Problems) -> tuple[Constraint, ...]:
    names = {axis.name for axis in axes}
    found = []
    listing = tree.entries.get("constraints")
    for index, node in enumerate(listing.items if isinstance(listing, Listing) else ()):
        text = str(node.value) if isinstance(node, Scalar) else ""
        try:
            found.append(Constraint.parse(text, names))
        except BadConstraintError as error:
            problems.add(node.place, ("constraints", index), f"{error}.", node=node)
    return tuple(found)


def _check_names(axes: Sequence[Axis], problems: Problems) -> None:
    for axis in axes:
        if axis.name in _TAKEN:
            problems.add(
                axis.place,
                ("parameters", axis.name),
                "is the name of a column of the results.",
                hint="Give the parameter another name.",
            )

"""Reading a design file: the same YAML, positions and messages as for scenarios."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path as FilePath

from sim import units
from sim.batch.constraint import BadConstraintError, Constraint
from sim.batch.designs.axis import Axis, Block, Point
from sim.batch.designs.design import Design
from sim.batch.designs.kinds import KINDS
from sim.batch.designs.material import Material
from sim.batch.parameter_checks import check_parameters
from sim.nearest import offer
from sim.reading.dialect import Dialect, OtherKind
from sim.reading.files import Document, locate, read_document
from sim.reading.frozen import Frozen
from sim.reading.nodes import Listing, Mapping, Place, Scalar
from sim.reading.overriding import Override, parse, steps_of
from sim.reading.parsed import Parsed, parse_file, parse_text
from sim.reading.problems import Problems
from sim.reading.validation import validate
from sim.scenario.dialect import SCENARIO
from sim.scenario.interventions import asked_for
from sim.scenario.outside import strategies_of
from sim.scenario.reader import build
from sim.scenario.scenario import Scenario
from sim.scenario.shipped import shipped, shipped_sweeps
from sim.scenario.strategy_finder import policy_files
from sim.scenario.writer import to_yaml


@dataclass(frozen=True)
class Space:
    """A design, read and checked, with the scenario that it varies.

    Attributes
    ----------
    design
        The record of the file.
    axes
        The parameters that vary; that of the contrast, if there is one, last.
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
    base: Scenario
    text: str
    parsed: Parsed
    fixed: tuple[Override, ...]

    @property
    def contrast(self) -> Axis | None:
        """The parameter with both of whose values every point is run."""
        return self.axes[-1] if self.design.contrast else None

    def blocks(self) -> Iterator[Block]:
        """Yield the points in blocks; with a contrast, each point once for each of its values."""
        contrast = self.contrast
        if contrast is None:
            yield from self.design.blocks(self.axes)
            return
        for block in self.design.blocks(self.axes[:-1]):
            yield tuple(
                {**point, contrast.name: level} for level in contrast.levels for point in block
            )

    def load(self, point: Point) -> Scenario:
        """Build the scenario at a point.

        Raises
        ------
        ScenarioError
            If the scenario does not accept the point; places are those of the design file.
        """
        overrides = list(self.fixed)
        for axis in self.axes:
            overrides += axis.overrides(point[axis.name])
        return build(
            self.parsed,
            parsed_overrides=overrides,
            allow_code=self.base.origin.allow_code,
            known=strategies_of(self.base),
        )

    def accepts(self, point: Point) -> bool:
        """Return whether a point keeps all constraints."""
        values = {name: level.value for name, level in point.items()}
        return all(constraint.holds(values) for constraint in self.constraints)


def read_design(
    path: str | os.PathLike[str],
    overrides: MappingType[str, object] | Sequence[str] = (),
    *,
    do: Sequence[object] = (),
    allow_code: bool = False,
) -> Space:
    """Read a design file, or a shipped design by name.

    Parameters
    ----------
    path
        A path, or the name of a shipped design such as ``minimal``.
    overrides
        Values that replace those of the scenario at every point, as for a run.
    do
        Interventions that are added to those of the scenario at every point, as for a run.
    allow_code
        Execute the Python files that the scenario, or a point, names policies of.

    Raises
    ------
    ScenarioError
        With every mistake in the file, its place and what is allowed.
    """
    name = os.fspath(path)
    dialect = dialect_of(Design)
    file = locate(name, FilePath(), dialect)
    document = read_document(file, str(file), Place(name), dialect, Problems())
    return space_of(document, overrides, do=do, allow_code=allow_code)


def space_of(
    document: Document,
    overrides: MappingType[str, object] | Sequence[str] = (),
    *,
    do: Sequence[object] = (),
    allow_code: bool = False,
) -> Space:
    """Check a design and read its scenario.

    Parameters
    ----------
    document
        A file that was read, or what a command made in its stead: then the nodes' places are the
        arguments that they come from, and paths count from the folder of ``document.path``.
    overrides, do, allow_code
        As for `read_design`.

    Raises
    ------
    ScenarioError
        As `read_design`.
    """
    from sim.reference import anchored

    problems = Problems()
    tree = document.tree
    design = _design(tree, problems)
    problems.raise_any()
    scenario = anchored(
        parse_file(locate(design.scenario, document.path.parent, SCENARIO), SCENARIO),
        allow_code=allow_code,
    )
    fixed = (*_fixed(tree, problems), *parse(overrides, problems), *asked_for(do, problems))
    problems.raise_any()
    base = build(scenario, parsed_overrides=fixed, allow_code=allow_code)
    if design.from_resolved:
        scenario = parse_text(to_yaml(base), str(base.files[0]))
        fixed = ()
    material = Material(tree, base, problems)
    axes = (*design.axes(material), *design.contrast_axes(material))
    constraints = _constraints(tree, axes, problems)
    check_parameters(axes, problems)
    problems.raise_any()
    return Space(design, axes, constraints, base, document.text, scenario, fixed)


def fingerprint(space: Space, *more: object) -> str:
    """Return a digest of all that decides the points: the files' text, and what is given more."""
    digest = hashlib.sha256(space.text.encode())
    digest.update(to_yaml(space.base).encode())
    for file in space.base.files:
        digest.update(file.read_bytes())
    for axis in space.axes:
        for level in axis.levels:
            for source in policy_files(level.node):
                digest.update(source)
    digest.update(space.design.inputs())
    digest.update(repr(more).encode())
    return digest.hexdigest()


def dialect_of(record: type[Frozen]) -> Dialect:
    """Return what a file of one kind of design may say."""
    return Dialect(
        noun="design",
        record=record,
        keys_shown="name, scenario, kind",
        shipped=shipped_sweeps,
        tag="kind",
        units=units.BY_SUFFIX,
        other_kinds=(
            OtherKind("scenario", frozenset({"extends", "products", "providers"}), "run", shipped),
        ),
    )


def _design(tree: Mapping, problems: Problems) -> Design:
    kind = tree.entries.get("kind")
    words = ", ".join(KINDS)
    if not isinstance(kind, Scalar):
        raise problems.fail(
            kind.place if kind else tree.place, f"must be one of {words}.", path=("kind",)
        )
    record = KINDS.get(str(kind.value))
    if record is None:
        raise problems.fail(
            kind.place,
            f"must be one of {words}.",
            path=("kind",),
            node=kind,
            hint=offer(str(kind.value), KINDS, ""),
        )
    design = validate(record, tree, (), tree, dialect_of(record), problems)
    problems.raise_any()
    if design is None:  # validate() gives a record or notes a problem
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

"""Reading a calibration file, and checking it against its scenario."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.estimation.calibration_file import (
    CALIBRATION,
    FIXED_FROM_OUTSIDE,
    CalibrationFile,
    Moment,
)
from analysis.estimation.moment_checks import check_moments, place_in
from analysis.estimation.moment_targets import targets_of
from analysis.estimation.space import ParameterSpace
from analysis.estimation.targets import Targets
from analysis.words import counted
from sim.batch.designs.axis import Axis
from sim.batch.parameter_checks import check_parameters
from sim.batch.run_key import code_version
from sim.errors import ScenarioError, UsageError
from sim.reading.files import locate, read_document
from sim.reading.nodes import Mapping, Place
from sim.reading.overriding import Item, steps_of
from sim.reading.problems import Problems
from sim.reading.validation import validate
from sim.reference import read
from sim.scenario.dialect import SCENARIO
from sim.scenario.own_data import AS_OF
from sim.scenario.reader import with_
from sim.scenario.scenario import Scenario
from sim.scenario.writer import scenario_hash

_OBSERVED = {"observed", "range", "source", "fact", "rows", "shares_error_with"}
"""What of a moment decides no run."""


@dataclass(frozen=True)
class Task:
    """A calibration file with its scenario, both checked.

    Attributes
    ----------
    file
        The record.
    text
        Text of the file.
    scenario
        With the values that hold in all runs, and none of the parameters.
    scenario_name
        What a design calls it: a shipped name, or an absolute path.
    common
        Values that hold in all runs, by path.
    """

    file: CalibrationFile
    text: str
    scenario: Scenario
    scenario_name: str
    common: MappingType[str, Any]

    @property
    def space(self) -> ParameterSpace:
        """What is estimated."""
        return ParameterSpace([it.named(name) for name, it in self.file.parameters.items()])

    @property
    def moments(self) -> dict[str, Moment]:
        """Moments known by the cut."""
        return dict(self.file.used())

    @property
    def late(self) -> tuple[str, ...]:
        """Moments that are left out because they are of after the cut."""
        return tuple(name for name, it in self.file.moments.items() if self.file.is_late(it))

    @property
    def source(self) -> str:
        """What the results are by, in words."""
        view = ", view: all" if self.file.view == "all" else ""
        return f"pricewar calibrate market {self.file.name}, cut {self.file.cut}{view}"

    @property
    def targets(self) -> Targets:
        """What was observed, on the moments' scales."""
        return targets_of(self.moments)

    @property
    def subject(self) -> str:
        """Digest of all that decides moments at a point; what was observed is no part of it."""
        definitions = {
            name: moment.model_dump(mode="json", exclude=_OBSERVED)
            for name, moment in self.moments.items()
        }
        deciding = (
            scenario_hash(self.scenario.model_copy(update={"seed": 0, "replications": 1})),
            {name: it.model_dump(mode="json") for name, it in self.file.worlds.items()},
            {name: (it.all_paths, it.range, it.scale) for name, it in self.file.parameters.items()},
            definitions,
            self.file.seed,
            code_version(),
        )
        return hashlib.sha256(repr(deciding).encode()).hexdigest()


def read_task(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    *,
    users: int | None = None,
) -> Task:
    """Read a calibration file, or a shipped one by name, and check it.

    Parameters
    ----------
    path
        A path, or a name such as ``china-2024``.
    overrides
        Values of the scenario, ``path=value``, that hold in all runs.
    users
        Users of the bank and the steps; None: as the file says.

    Raises
    ------
    ScenarioError
        With every mistake in the file, its place and what is allowed.
    UsageError
        If too few moments are left.
    """
    problems = Problems()
    name = os.fspath(path)
    located = locate(name, Path(), CALIBRATION)
    document = read_document(located, str(located), Place(name), CALIBRATION, problems)
    tree = document.tree
    file = validate(CalibrationFile, tree, (), tree, CALIBRATION, problems)
    problems.raise_any()
    if file is None:  # validate() gives a record or notes a problem
        raise RuntimeError("a calibration without problems was not built")
    _refuse_what_is_not_identified(file, tree, problems)
    check_moments(file, tree, problems)
    problems.raise_any()
    common = {**file.set, **{key: it.value for key, it in file.fixed.items()}}
    if users is not None:
        common["population.users"] = users
    for text in overrides:
        key, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--set {text}: must be PATH=VALUE.")
        common[key] = _value(value)
    source = locate(file.scenario, located.parent, SCENARIO)
    known = file.scenario if SCENARIO.shipped().get(file.scenario) == source else None
    if file.view == "cut":
        common.setdefault(AS_OF, file.cut)
    scenario = _scenario(file, source, common, tree, problems)
    _refuse_paths(file, scenario, tree, problems)
    problems.raise_any()
    task = Task(file, document.text, scenario, known or str(source.absolute()), common)
    count = len(file.parameters)
    if len(task.moments) < count + 1:
        left = f" ({', '.join(task.late)}: after the cut)" if task.late else ""
        raise UsageError(
            f"{located}: {len(task.moments)} moments{left} cannot estimate "
            f"{counted(count, 'parameter')} and test the model: at least {count + 1} are needed.\n"
            "  Add moments, or fix parameters from outside."
        )
    return task


def _scenario(
    file: CalibrationFile,
    source: Path,
    common: MappingType[str, Any],
    tree: Mapping,
    problems: Problems,
) -> Scenario:
    """Read the scenario; where only its view of the tables stops it, say what to do."""
    try:
        scenario = read(source, common)
    except ScenarioError as error:
        if file.view == "all":
            raise
        read(source, {key: it for key, it in common.items() if key != AS_OF})
        first = str(error.problems[0]).replace("\n ", ":")
        raise problems.fail(
            place_in(tree, "cut"),
            f"the scenario reads values that the tables did not know by {common[AS_OF]}; the first "
            f"of {len(error.problems)}: {first}",
            path=("cut",),
            hint="State such values in a scenario, or say 'view: all', which the results repeat.",
        ) from error
    if file.view == "cut" and (scenario.data_as_of is None or scenario.data_as_of > file.cut):
        problems.add(
            place_in(tree, "cut"),
            (AS_OF,),
            f"{AS_OF} is {scenario.data_as_of}, which is not by the cut of {file.cut}.",
            hint="Leave it out, or say 'view: all', which the results repeat.",
        )
    return scenario


def _value(text: str) -> object:
    """Return the value of ``--set`` as YAML reads it."""
    from sim.reading.composing import compose
    from sim.reading.nodes import plain

    return plain(compose(text, "--set", Problems()))  # type: ignore[arg-type]


def _refuse_what_is_not_identified(
    file: CalibrationFile, tree: Mapping, problems: Problems
) -> None:
    for name, parameter in file.parameters.items():
        for path in parameter.all_paths:
            if path.rpartition(".")[2] in FIXED_FROM_OUTSIDE:
                problems.add(
                    place_in(tree, "parameters", name),
                    ("parameters", name),
                    f"{path} is fixed from outside: moments of prices and tokens do not identify "
                    "how fast people hear of a technology.",
                    hint="Write it under 'fixed', with its source.",
                )


def _refuse_paths(
    file: CalibrationFile, scenario: Scenario, tree: Mapping, problems: Problems
) -> None:
    """Note paths that lead nowhere, or ends of ranges that the scenario does not accept."""
    axes = [
        Axis(
            name, tuple(steps_of(path) for path in it.all_paths), place_in(tree, "parameters", name)
        )
        for name, it in file.parameters.items()
    ]
    check_parameters(axes, problems)
    for name, parameter in file.parameters.items():
        for path in parameter.all_paths:
            place = place_in(tree, "parameters", name)
            here = ("parameters", name)
            steps = steps_of(path)
            if not steps or any(isinstance(it, Item) and it.label.isdecimal() for it in steps):
                problems.add(
                    place, here, f"{path!r}: list items go by name, so that a file can change them."
                )
                continue
            for value in parameter.range:
                try:
                    with_(scenario, {path: value})
                except ScenarioError as error:
                    said = error.problems[0]
                    objection = f"the scenario refuses {path} = {value:g}: {said.allowed}"
                    problems.add(place, here, objection, hint=said.hint)
                    break

"""A grid: which models are measured, on how much text, in which configurations."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from analysis.compression.configuration import Configuration, configuration
from analysis.compression.errors import CalibrationError
from analysis.compression.registry import model_entry
from analysis.compression.texts import DRAWS
from sim import units
from sim.reading.dialect import Dialect
from sim.reading.files import locate, read_document
from sim.reading.frozen import FolderName, Frozen, Name
from sim.reading.nodes import Mapping, Place, descend
from sim.reading.problems import Problems
from sim.reading.validation import validate

GRIDS = Path(__file__).parent / "grids"
FEWEST_CALIBRATION_TOKENS = 16_000
"""Fewer calibration tokens than this make error compensation and whitening fit their noise."""

Strength = Annotated[float, Field(gt=0.0, le=16.0)]


class MeasuredModel(Frozen):
    """One model of a grid.

    Attributes
    ----------
    model
        A model of the registry.
    tokens
        Held-out tokens (or passages, or images) that quality is measured on.
    calibration_tokens
        Tokens (or images) that methods may look at; disjoint from the held-out ones.
    recovery_tokens
        Tokens (or images) that a recovered model is trained on.
    methods
        Strengths of each method.
    stacks
        Configurations of several methods, such as ``activation_aware:0.5+nf4:4``.
    draw
        Which permutation of channels, calibration text and place in the evaluation articles: a
        model that stands in a grid once for each tells how much these move a loss.
    """

    model: Name
    tokens: Annotated[int, Field(ge=64, le=10_000_000)]
    calibration_tokens: Annotated[int, Field(ge=64, le=10_000_000)] = 16_384
    recovery_tokens: Annotated[int, Field(ge=0, le=100_000_000)] = 0
    draw: Annotated[int, Field(ge=0, lt=DRAWS)] = 0
    methods: dict[Name, tuple[Strength, ...]] = Field(default_factory=dict)
    stacks: tuple[Annotated[str, Field(min_length=1, max_length=300)], ...] = ()


class CompressionGrid(Frozen):
    """What a grid file says."""

    name: FolderName
    measured: tuple[MeasuredModel, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class ModelPlan:
    """One model of a grid, with its configurations read and checked."""

    measured: MeasuredModel
    configurations: tuple[Configuration, ...]


def shipped_grids() -> dict[str, Path]:
    """Return the grids that come with the package, by name."""
    return {path.stem: path for path in sorted(GRIDS.glob("*.yaml"))}


GRID = Dialect(
    noun="grid",
    record=CompressionGrid,
    keys_shown="name, measured",
    shipped=shipped_grids,
    units=units.BY_SUFFIX,
)
"""What a grid file may say."""


def read_grid(path: str | os.PathLike[str]) -> tuple[CompressionGrid, tuple[ModelPlan, ...]]:
    """Read a grid file, or a shipped grid by its name.

    Raises
    ------
    ScenarioError
        With every mistake of the file, its place and what is allowed.
    """
    problems = Problems()
    name = os.fspath(path)
    file = locate(name, Path(), GRID)
    tree = read_document(file, str(file), Place(name), GRID, problems).tree
    grid = validate(CompressionGrid, tree, (), tree, GRID, problems)
    problems.raise_any()
    if grid is None:  # validate() gives a record or notes a problem
        raise RuntimeError("a grid without problems was not built")
    plans = tuple(
        _plan(tree, measured, index, problems) for index, measured in enumerate(grid.measured)
    )
    problems.raise_any()
    return grid, plans


def _plan(tree: Mapping, measured: MeasuredModel, index: int, problems: Problems) -> ModelPlan:
    here = ("measured", index)
    try:
        entry = model_entry(measured.model)
        if "language" in entry.tasks and measured.calibration_tokens < FEWEST_CALIBRATION_TOKENS:
            problems.add(
                _place(tree, (*here, "calibration_tokens")),
                (*here, "calibration_tokens"),
                f"must be at least {FEWEST_CALIBRATION_TOKENS} for a language model.",
            )
        if measured.draw and not entry.has_draws:
            problems.add(
                _place(tree, (*here, "draw")),
                (*here, "draw"),
                f"{entry.name} has one draw; leave it out, or measure smollm2-135m.",
            )
    except CalibrationError as error:
        problems.add(_place(tree, (*here, "model")), (*here, "model"), str(error))
    found: list[Configuration] = []
    named = [
        ((*here, "methods", name), f"{name}:{strength:g}")
        for name, strengths in measured.methods.items()
        for strength in strengths
    ] + [((*here, "stacks", at), stack) for at, stack in enumerate(measured.stacks)]
    for path, name in named:
        try:
            found.append(configuration(name))
        except CalibrationError as error:
            problems.add(_place(tree, path), path, str(error))
    return ModelPlan(measured=measured, configurations=tuple(dict.fromkeys(found)))


def _place(tree: Mapping, path: tuple[str | int, ...]) -> Place:
    node = descend(tree, path)
    return node.place if node is not None else tree.place

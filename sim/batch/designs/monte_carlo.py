"""Monte Carlo over the uncertainty that the scenario itself states."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path as FilePath
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, PrivateAttr

from sim.batch.designs.axis import Axis, Block, Level, Point, Steps
from sim.batch.designs.design import Design
from sim.batch.designs.joint import JointUncertainty
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Varied, axes_of, place_of
from sim.reading.dialect import Dialect
from sim.reading.files import locate, read_document
from sim.reading.nodes import Node, Scalar
from sim.reading.overriding import steps_of
from sim.reading.validation import validate
from sim.scenario.scenario import Scenario

JOINT = Dialect(
    noun="joint uncertainty", record=JointUncertainty, keys_shown="parameters, mean, covariance"
)
"""What a file of joint uncertainty may say."""


class MonteCarlo(Design):
    """Independent draws of every number that carries a range in the scenario.

    A range is what a file states beside a value, or the 95% interval of a calibrated value. Draws
    are uniform over it, or over its logarithm (``log_uniform``, where the range is above zero), or
    ``triangular`` with the stated value as the most likely one. Shares of domains are scaled to add
    to one. What was calibrated together is drawn together, from the file that ``joint`` names. A
    draw that the scenario's own checks or a constraint refuse is drawn anew.
    """

    redraws: ClassVar[bool] = True
    from_resolved: ClassVar[bool] = True

    kind: Literal["monte_carlo"]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    distribution: Literal["uniform", "log_uniform", "triangular"] = "uniform"
    include: tuple[str, ...] = ("*",)
    """Patterns of paths to draw, such as ``products*.capability_logit``."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths to leave at their stated value."""
    parameters: dict[str, Varied] = Field(default_factory=dict)
    """Further parameters with ranges of their own; their paths are not drawn a second time."""
    joint: str | None = None
    """A file of joint uncertainty, as ``pricewar calibrate market`` writes one, by its path from
    this file; its parameters are drawn from it, and not a second time."""
    _stated: dict[str, float] = PrivateAttr(default_factory=dict)
    """Stated values by axis."""
    _uncertainty: JointUncertainty | None = PrivateAttr(default=None)

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return an axis for each stated range and each further parameter."""
        self._uncertainty = self._read_joint(material)
        together = () if self._uncertainty is None else self._uncertainty.axes(material.tree.place)
        own = (*together, *axes_of(self.parameters, material))
        taken = {target for axis in own for target in axis.targets}
        place = place_of(material, "kind")
        axes = list(own)
        for path, source in material.base.provenance.items():
            steps = steps_of(path)
            if source.range is None or not self._is_drawn(path) or steps in taken:
                continue
            value = _value_at(material.base, steps)
            if source.range[0] < source.range[1]:
                self._stated[path] = float(value)
                axes.append(
                    Axis(
                        path,
                        (steps,),
                        place,
                        limits=source.range,
                        is_log=self.distribution == "log_uniform" and source.range[0] > 0.0,
                        is_whole=isinstance(value, int),
                    )
                )
        if not axes:
            material.problems.add(
                place,
                ("kind",),
                "the scenario states no range that include and exclude leave to draw.",
                hint="Add a range to values, or parameters to this design.",
            )
        return tuple(axes)

    def inputs(self) -> bytes:
        """Return the joint uncertainty, which decides the points too."""
        return b"" if self._uncertainty is None else self._uncertainty.model_dump_json().encode()

    def _read_joint(self, material: Material) -> JointUncertainty | None:
        if self.joint is None:
            return None
        place = place_of(material, "joint")
        path = locate(self.joint, FilePath(place.file).parent, JOINT)
        tree = read_document(path, str(path), place, JOINT, material.problems).tree
        found = validate(JointUncertainty, tree, (), tree, JOINT, material.problems)
        material.problems.raise_any()
        return found

    def _is_drawn(self, path: str) -> bool:
        plain = path.translate(_WITHOUT_BRACKETS)
        return any(
            fnmatchcase(plain, pattern.translate(_WITHOUT_BRACKETS)) for pattern in self.include
        ) and not any(
            fnmatchcase(plain, pattern.translate(_WITHOUT_BRACKETS)) for pattern in self.exclude
        )

    def wanted(self) -> int:
        """As many blocks as points were asked for."""
        return self.points

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield draws without end."""
        generator = np.random.default_rng(self.design_seed)
        together = self._uncertainty
        draws = None if together is None else together.draws(self.design_seed)
        while True:
            shares = generator.random(len(axes))
            if draws is not None:
                drawn = next(draws)
                shares[: len(drawn)] = drawn
            yield (
                self._whole(
                    {
                        axis.name: axis.at(self._along(axis, float(share)))
                        for axis, share in zip(axes, shares, strict=True)
                    }
                ),
            )

    def _along(self, axis: Axis, share: float) -> float:
        """Turn a uniform draw into a share of the range."""
        if self.distribution != "triangular" or axis.name not in self._stated:
            return share
        low, high = axis.limits
        mode = (self._stated[axis.name] - low) / (high - low)
        if share < mode:
            return math.sqrt(share * mode)
        return 1.0 - math.sqrt((1.0 - share) * (1.0 - mode))

    def _whole(self, point: dict[str, Level]) -> Point:
        """Scale drawn parts of a whole to the sum that their stated values have."""
        groups: dict[str, list[str]] = {}
        for name in self._stated:
            if parts := _PARTS.fullmatch(name):
                groups.setdefault(parts["whole"] or "domains", []).append(name)
        for names in groups.values():
            drawn = {name: point[name].node for name in names}
            total = sum(_number(node) for node in drawn.values())
            room = sum(self._stated[name] for name in names)
            for name, node in drawn.items():
                point[name] = Level.of_number(_number(node) * room / total, node.place)
        return point


_WITHOUT_BRACKETS = str.maketrans("[]", "<>")
"""Brackets name list items in paths and would be sets of characters in patterns."""

_PARTS = re.compile(r"domains\[[^\]]+\]\.share|(?P<whole>.*\.fixed_cost_split)\[\d\]")
"""Paths of parts that add to one."""


def _number(node: Node) -> float:
    if not isinstance(node, Scalar) or not isinstance(node.value, int | float):
        raise TypeError("a drawn part is not a number")
    return float(node.value)


def _value_at(scenario: Scenario, steps: Steps) -> int | float:
    """Return a number of a scenario by its path, with list items by name or position."""
    value: Any = scenario
    for step in steps:
        if isinstance(step, str):
            value = getattr(value, step)
        else:
            named = {getattr(item, "name", None): item for item in value}
            value = named[step.label] if step.label in named else value[int(step.label)]
    number: int | float = value
    return number

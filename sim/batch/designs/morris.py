"""Morris trajectories: walks that change one parameter at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.batch.designs.axis import Axis, Block
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Varied, axes_of


class Morris(Design):
    """Random one-at-a-time walks over a grid of ``levels`` per parameter.

    Each trajectory begins at a random grid point and moves every parameter once, in random order,
    by ``levels / (2 (levels - 1))`` of its range, up or down. A trajectory of which one point is
    refused by a constraint is replaced by another.

    References
    ----------
    Morris 1991, Technometrics 33(2), section 3.
    """

    redraws: ClassVar[bool] = True

    kind: Literal["morris"]
    parameters: Annotated[dict[str, Varied], Field(min_length=1)]
    trajectories: Annotated[int, Field(ge=1, le=100_000)]
    levels: Annotated[int, Field(ge=2, le=1000)] = 4

    @model_validator(mode="after")
    def _levels_are_even(self) -> Self:
        if self.levels % 2:
            raise ValueError("levels must be even, so that each level is as likely as any other")
        return self

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameters with their ranges."""
        return axes_of(self.parameters, material)

    def layout(self) -> Mapping[str, int]:
        """Return the number of levels."""
        return {"levels": self.levels}

    def wanted(self) -> int:
        """As many blocks as trajectories were asked for."""
        return self.trajectories

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield trajectories without end."""
        generator = np.random.default_rng(self.design_seed)
        jump = self.levels // 2
        while True:
            start = generator.integers(self.levels, size=len(axes))
            order = generator.permutation(len(axes))
            step = list(start)
            walk = [tuple(step)]
            for index in order:
                step[index] += jump if step[index] < jump else -jump
                walk.append(tuple(step))
            yield tuple(
                {
                    axis.name: axis.at(float(level) / (self.levels - 1))
                    for axis, level in zip(axes, levels, strict=True)
                }
                for levels in walk
            )

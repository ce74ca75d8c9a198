"""Every combination of the parameters' values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated, Literal

from pydantic import Field

from sim.batch.designs.axis import Axis, Block
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Gridded, axes_of


class Grid(Design):
    """A full factorial: the last parameter varies fastest."""

    kind: Literal["grid"]
    parameters: Annotated[dict[str, Gridded], Field(min_length=1)]

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameters with all their levels."""
        return axes_of(self.parameters, material)

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield the combinations."""
        names = [axis.name for axis in axes]
        for levels in product(*(axis.levels for axis in axes)):
            yield (dict(zip(names, levels, strict=True)),)

"""Latin hypercube: each parameter's range is cut into as many strata as there are points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from sim.batch.designs.axis import Axis, Block
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Varied, axes_of


class LatinHypercube(Design):
    """Points such that each stratum of each parameter holds exactly one.

    References
    ----------
    McKay, Beckman and Conover 1979, Technometrics 21(2).
    """

    kind: Literal["latin_hypercube"]
    parameters: Annotated[dict[str, Varied], Field(min_length=1)]
    points: Annotated[int, Field(ge=1, le=1_000_000)]

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameters with their ranges."""
        return axes_of(self.parameters, material)

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield the points; those that constraints refuse leave their strata empty."""
        from scipy.stats import qmc

        sampler = qmc.LatinHypercube(len(axes), rng=self.design_seed)
        for shares in sampler.random(self.points):
            yield (
                {
                    axis.name: axis.at(float(share))
                    for axis, share in zip(axes, shares, strict=True)
                },
            )

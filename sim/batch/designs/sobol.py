"""Sobol sequence, plain or in the blocks that variance-based sensitivity needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.batch.designs.axis import Axis, Block, Point
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Varied, axes_of

_DRAWN_AT_ONCE = 256


class Sobol(Design):
    """A scrambled Sobol sequence (Owen 1998) over the parameters' ranges.

    With ``saltelli`` each block holds the points A, B and, for each parameter, A with that
    parameter taken from B (Saltelli et al. 2010, table 2): ``points * (parameters + 2)`` in all.
    A point or block that a constraint refuses is replaced by the next of the sequence. Balance is
    best where ``points`` is a power of two.
    """

    redraws: ClassVar[bool] = True

    kind: Literal["sobol"]
    parameters: Annotated[dict[str, Varied], Field(min_length=1, max_length=1000)]
    points: Annotated[int, Field(ge=1, le=1_000_000)]
    saltelli: bool = False

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameters with their ranges."""
        return axes_of(self.parameters, material)

    def layout(self) -> Mapping[str, bool]:
        """Return whether the points lie in Saltelli's blocks."""
        return {"saltelli": self.saltelli}

    def wanted(self) -> int:
        """As many blocks as points were asked for."""
        return self.points

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield the sequence without end."""
        from scipy.stats import qmc

        count = len(axes)
        sampler = qmc.Sobol(2 * count if self.saltelli else count, rng=self.design_seed)
        while True:
            for row in sampler.random(_DRAWN_AT_ONCE):
                if self.saltelli:
                    yield _saltelli(axes, row[:count], row[count:])
                else:
                    yield (_point(axes, row),)


def _saltelli(axes: Sequence[Axis], a: NDArray[np.float64], b: NDArray[np.float64]) -> Block:
    mixed = []
    for index in range(len(axes)):
        shares = a.copy()
        shares[index] = b[index]
        mixed.append(_point(axes, shares))
    return (_point(axes, a), _point(axes, b), *mixed)


def _point(axes: Sequence[Axis], shares: NDArray[np.float64]) -> Point:
    return {axis.name: axis.at(float(share)) for axis, share in zip(axes, shares, strict=True)}

"""Worlds: every combination of the scenario's factor switches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Annotated, Literal

from pydantic import Field

from sim.batch.designs.axis import Axis, Block, Level
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import place_of
from sim.nearest import offer
from sim.reading.nodes import Scalar
from sim.scenario.pricing import Factors

SWITCHES = tuple(name for name, field in Factors.model_fields.items() if field.annotation is bool)
"""The factor switches that a scenario has."""


class FactorWorlds(Design):
    """All 2^k worlds with some of k factors switched off, all on first, all off last."""

    kind: Literal["factors"]
    factors: Annotated[tuple[str, ...], Field(min_length=1)] = SWITCHES
    """Switches to combine; by default all that a scenario has."""

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return one axis a switch, and note those that no scenario has."""
        place = place_of(material, "factors")
        for name in self.factors:
            if name not in SWITCHES:
                material.problems.add(
                    place,
                    ("factors",),
                    f"{name!r} is not a factor.",
                    hint=offer(name, SWITCHES),
                )
        on, off = (
            Level(value, Scalar(value, "true" if value else "false", place))
            for value in (True, False)
        )
        return tuple(
            Axis(name, (("factors", name),), place, levels=(on, off))
            for name in dict.fromkeys(self.factors)
        )

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield the worlds."""
        names = [axis.name for axis in axes]
        for levels in product(*(axis.levels for axis in axes)):
            yield (dict(zip(names, levels, strict=True)),)

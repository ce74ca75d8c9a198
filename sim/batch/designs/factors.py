"""Worlds: combinations of the scenario's factors, all of them or those along sampled orders."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Annotated, Any, Final, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sim.batch.designs.axis import Axis, Block, Level, Steps
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import place_of
from sim.nearest import offer
from sim.reading.nodes import Mapping, Node, Scalar, descend
from sim.reading.overriding import Override, steps_of
from sim.scenario.pricing import Factors

SWITCHES = tuple(name for name, field in Factors.model_fields.items() if field.annotation is bool)
"""The factor switches that a scenario has."""
MOST_FOR_ALL_WORLDS: Final = 8
"""Most factors of which all worlds are run where no number of orders is given."""
_ORDERS: Final = 64


@dataclass(frozen=True, slots=True)
class _Further(Axis):
    """A factor that a design adds: what is set where it is off; on, the scenario stays as it is."""

    off: tuple[tuple[Steps, Node], ...] = ()

    def overrides(self, level: Level) -> list[Override]:
        """Return what switches it off, or nothing."""
        if level.value:
            return []
        return [Override(steps, node, node.place) for steps, node in self.off]


class FactorWorlds(Design):
    """Worlds with some of k factors switched off: all 2^k, or those along orders of the factors.

    Of all worlds, the one with all factors on comes first, the one with none last; each is a block.
    Along an order, factors are switched on one after another, from none to all: each order is a
    block of ``k + 1`` steps, followed by its reverse. Before them, in one block, come the worlds
    with all factors, with none, with one alone, and with all but one.
    """

    kind: Literal["factors"]
    factors: tuple[str, ...] = SWITCHES
    """Switches to combine; by default all that a scenario has."""
    further: dict[str, Annotated[dict[str, Any], Field(min_length=1)]] = Field(default_factory=dict)
    """Further factors by name, each with the values, by path, that switch it off."""
    orders: Annotated[int, Field(ge=4, le=100_000)] | None = None
    """Sampled orders, each beside its reverse; it takes two such pairs for a standard error. None:
    all worlds of up to eight factors, and 64 orders of more."""

    @model_validator(mode="after")
    def _has_factors(self) -> Self:
        if not self.factors and not self.further:
            raise ValueError("needs at least one factor")
        if self.orders is not None and self.orders % 2:
            raise ValueError("orders must be even: each stands beside its reverse")
        return self

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return one axis a factor, and note switches that no scenario has."""
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
        switches = [
            Axis(name, (("factors", name),), place, levels=(on, off))
            for name in dict.fromkeys(self.factors)
        ]
        added = [
            _Further(name, tuple(steps for steps, _ in set_), place, levels=(on, off), off=set_)
            for name, set_ in ((name, _switched_off(name, material)) for name in self.further)
        ]
        for name in self.further.keys() & set(self.factors):
            material.problems.add(
                place_of(material, "further"), ("further", name), "names a switch; use another."
            )
        return (*switches, *added)

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield the worlds."""
        if self.orders is None and len(axes) <= MOST_FOR_ALL_WORLDS:
            for levels in product(*(axis.levels for axis in axes)):
                yield ({axis.name: at for axis, at in zip(axes, levels, strict=True)},)
            return
        count = len(axes)
        numbers = range(count)
        single = [{number} for number in numbers]
        but_one = [set(numbers) - {number} for number in numbers]
        yield tuple(_world(axes, on) for on in (set(numbers), set[int](), *single, *but_one))
        generator = np.random.default_rng(self.design_seed)
        for _ in range((self.orders or _ORDERS) // 2):
            order = generator.permutation(count).tolist()
            for one in (order, order[::-1]):
                yield tuple(_world(axes, set(one[:step])) for step in range(count + 1))


def _world(axes: Sequence[Axis], on: set[int]) -> dict[str, Level]:
    return {axis.name: axis.levels[number not in on] for number, axis in enumerate(axes)}


def _switched_off(name: str, material: Material) -> tuple[tuple[Steps, Node], ...]:
    found = []
    entries = descend(material.tree, ("further", name))
    for path, node in entries.entries.items() if isinstance(entries, Mapping) else ():
        steps = steps_of(path)
        if not steps:
            material.problems.add(
                node.place, ("further", name, path), "is not a path of a scenario."
            )
            continue
        found.append((steps, node))
    return tuple(found)

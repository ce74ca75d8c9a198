"""Options of a decision: each a world of its own, and of each the world under other assumptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from sim.batch.designs.axis import Axis, Block, Level
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import place_of
from sim.reading.nodes import Listing, Mapping, Place, Scalar, descend
from sim.reading.overriding import NEXT, Override, steps_of
from sim.scenario.interventions import KEY

OPTION: Final = "option"
"""Name of the axis of what is done."""
ASSUMPTION: Final = "assumption"
"""Name of the axis of what is assumed."""
AS_STATED: Final = "as stated"
"""Where every assumption is what the scenario states."""
ENDS: Final = ("low", "high")


@dataclass(frozen=True, slots=True)
class _OptionAxis(Axis):
    """An axis whose values are lists of interventions, which are added to the scenario's."""

    def overrides(self, level: Level) -> list[Override]:
        lines = level.node.items if isinstance(level.node, Listing) else ()
        return [Override((KEY, NEXT), line, line.place) for line in lines]


@dataclass(frozen=True, slots=True)
class _AssumptionAxis(Axis):
    """An axis whose values are sets of values by path."""

    def overrides(self, level: Level) -> list[Override]:
        entries = level.node.entries if isinstance(level.node, Mapping) else {}
        return [Override(steps_of(path), node, node.place) for path, node in entries.items()]


class Options(Design):
    """What somebody may do, and the assumptions on which it is tried, one of them at a time.

    An assumption is one value of the scenario or several that move together, each to the low or to
    the high end of its range, while all others are as stated. Where the scenario refuses an end,
    the assumption is left out, and counted as refused.
    """

    redraws: ClassVar[bool] = True
    from_resolved: ClassVar[bool] = True

    kind: Literal["options"]
    options: Annotated[dict[str, tuple[str, ...]], Field(min_length=1)]
    """Interventions of each option, as lines of text; none: nothing is done."""
    as_stated: bool = True
    """Whether the options are run under the stated assumptions."""
    one_at_a_time: dict[str, dict[str, tuple[float, float]]] = Field(default_factory=dict)
    """Assumptions by name: for each path its low and its high end."""

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the axis of options and the axis of assumptions."""
        place = place_of(material, "options")
        for name, paths in self.one_at_a_time.items():
            for path in paths:
                if not steps_of(path):
                    material.problems.add(
                        place, ("one_at_a_time", name), f"{path!r} is not a path of a scenario."
                    )
        options = tuple(
            Level(name, descend(material.tree, ("options", name)) or Listing((), place))
            for name in self.options
        )
        stated = (Level(AS_STATED, Mapping({}, {}, place)),) if self.as_stated else ()
        moved = tuple(
            _moved(name, paths, end, place)
            for name, paths in self.one_at_a_time.items()
            for end in range(len(ENDS))
        )
        return (
            _OptionAxis(OPTION, (), place, levels=options),
            _AssumptionAxis(ASSUMPTION, (), place, levels=(*stated, *moved)),
        )

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield the options as stated, then those of both ends of each assumption."""
        options, assumptions = axes
        levels = list(assumptions.levels)
        groups = [levels[:1], *_pairs(levels[1:])] if self.as_stated else _pairs(levels)
        for group in groups:
            yield tuple(
                {OPTION: option, ASSUMPTION: level} for level in group for option in options.levels
            )


def end_name(assumption: str, end: str) -> str:
    """Return what an end of an assumption is called in the plan: its name, then low or high."""
    return f"{assumption}: {end}"


def _moved(
    name: str, paths: MappingType[str, tuple[float, float]], end: int, place: Place
) -> Level:
    nodes = {
        path: Scalar(_whole(limits[end]), repr(limits[end]), place)
        for path, limits in paths.items()
    }
    return Level(end_name(name, ENDS[end]), Mapping({**nodes}, dict.fromkeys(nodes, place), place))


def _whole(number: float) -> int | float:
    """Return a whole number as one, which fields of both types take."""
    return int(number) if number == int(number) else number


def _pairs(levels: Sequence[Level]) -> list[list[Level]]:
    return [list(levels[at : at + 2]) for at in range(0, len(levels), 2)]

"""An axis: one parameter of a design, the paths that it sets, and the values it may take."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import Any, TypeAlias

from sim.reading.nodes import Node, Place, Scalar, plain
from sim.reading.overriding import Item, Override

Steps: TypeAlias = tuple[str | Item, ...]
"""A path of a scenario, taken apart."""

Value: TypeAlias = str | int | float | bool | dt.date | None
"""A value as the plan's table shows it."""


@dataclass(frozen=True, slots=True)
class Level:
    """One value of an axis: as the plan shows it, and as the node that a file would hold."""

    value: Value
    node: Node

    @classmethod
    def of_node(cls, node: Node) -> Level:
        """Take a value from a file; the plan shows records and lists as JSON."""
        if isinstance(node, Scalar):
            return cls(node.value, node)
        return cls(json.dumps(plain(node), default=str, sort_keys=True), node)

    @classmethod
    def of_number(cls, number: float, place: Place) -> Level:
        """Take a number that a design computed."""
        return cls(number, Scalar(number, repr(number), place))


Point: TypeAlias = MappingType[str, Level]
"""A value for each axis, by the axis' name."""

Block: TypeAlias = tuple[Point, ...]
"""Points that stand and fall together: one, or a whole trajectory."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter of a design.

    Attributes
    ----------
    name
        Its column in the plan.
    targets
        The paths of the scenario that all take its value.
    place
        Where the design names it.
    levels
        The values that it may take, if they are listed.
    limits
        Lowest and highest value, if it is a range.
    is_log
        Whether equal shares of the range are equal ratios.
    is_whole
        Whether values are rounded to whole numbers.
    """

    name: str
    targets: tuple[Steps, ...]
    place: Place
    levels: tuple[Level, ...] = ()
    limits: tuple[float, float] = (0.0, 1.0)
    is_log: bool = False
    is_whole: bool = False

    def at(self, share: float) -> Level:
        """Return the value at a share, 0 to 1, of the way along the axis."""
        if self.levels:
            return self.levels[min(int(share * len(self.levels)), len(self.levels) - 1)]
        low, high = self.limits
        if self.is_log:
            number = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
        else:
            number = low + share * (high - low)
        number = min(max(number, low), high)
        return Level.of_number(round(number) if self.is_whole else number, self.place)

    def overrides(self, level: Level) -> list[Override]:
        """Return what sets all its paths to a value."""
        return [Override(target, level.node, level.node.place) for target in self.targets]

    def record(self) -> dict[str, Any]:
        """Return its values as a file keeps them: a list, or a range and its scale."""
        if self.levels:
            return {"values": [level.value for level in self.levels]}
        return {"range": list(self.limits), "log": self.is_log, "whole": self.is_whole}

"""How a design file names a parameter: the paths that it sets and the values it takes."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sim.batch.designs.axis import Axis, Level
from sim.batch.designs.material import Material
from sim.reading.frozen import Frozen
from sim.reading.nodes import Listing, Node, Place, descend
from sim.reading.overriding import steps_of


class Targeted(Frozen):
    """A parameter, by the paths of the scenario that it sets."""

    path: str | None = None
    """Where in the scenario it stands, as for ``--set``."""
    paths: tuple[str, ...] = ()
    """Several such places, which all take the same value."""

    @model_validator(mode="after")
    def _leads_somewhere(self) -> Self:
        if (self.path is None) == (not self.paths):
            raise ValueError("must have either path or paths")
        return self

    def axis(self, name: str, node: Node, material: Material) -> Axis:
        """Return the axis without values, and note paths that are none."""
        targets = []
        for path in (self.path,) if self.path is not None else self.paths:
            steps = steps_of(path)
            if not steps:
                material.problems.add(
                    node.place, ("parameters", name), f"{path!r} is not a path of a scenario."
                )
            targets.append(steps)
        return Axis(name, tuple(targets), node.place)


class Varied(Targeted):
    """A parameter with a range or a list of values."""

    values: tuple[Any, ...] = ()
    """The values it takes."""
    range: tuple[float, float] | None = None
    """Lowest and highest value."""
    scale: Literal["linear", "log"] = "linear"
    """``log``: equal steps are equal ratios."""
    whole: bool = False
    """Round to whole numbers."""

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if (self.range is None) == (not self.values):
            raise ValueError("must have either values or range")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("range must be [low, high] with low < high")
        if self.scale == "log" and self.range is not None and self.range[0] <= 0.0:
            raise ValueError("a log scale needs a range above 0")
        return self

    def axis(self, name: str, node: Node, material: Material) -> Axis:
        """Return the axis."""
        bare = super().axis(name, node, material)
        listed = descend(node, ("values",))
        place = getattr(descend(node, ("range",)), "place", node.place)
        return Axis(
            name,
            bare.targets,
            place,
            levels=tuple(Level.of_node(item) for item in listed.items)
            if isinstance(listed, Listing)
            else (),
            limits=self.range or (0.0, 1.0),
            is_log=self.scale == "log",
            is_whole=self.whole,
        )


class Gridded(Varied):
    """A parameter of a grid: listed values, or a range cut into levels."""

    levels: Annotated[int, Field(ge=2, le=100_000)] | None = None
    """How many values, ends included, a range is cut into."""

    @model_validator(mode="after")
    def _is_cut(self) -> Self:
        if (self.range is None) != (self.levels is None):
            raise ValueError("a range needs levels, and only a range has them")
        return self

    def axis(self, name: str, node: Node, material: Material) -> Axis:
        """Return the axis with all its levels."""
        whole = super().axis(name, node, material)
        if self.levels is None:
            return whole
        cut = tuple(whole.at(index / (self.levels - 1)) for index in range(self.levels))
        return Axis(name, whole.targets, whole.place, levels=cut)


class Contrasted(Varied):
    """A parameter that takes two values at every point."""

    @model_validator(mode="after")
    def _has_two_values(self) -> Self:
        if len(self.values) != 2:
            raise ValueError(
                "must have exactly two values: the effect is the first minus the second"
            )
        return self


def axes_of(
    parameters: MappingType[str, Targeted], material: Material, key: str = "parameters"
) -> tuple[Axis, ...]:
    """Return the axes of a file's ``parameters``, or of another key, in their order there."""
    axes = []
    for name, parameter in parameters.items():
        node = descend(material.tree, (key, name))
        if node is None:  # the record was built from this very tree
            raise RuntimeError(f"the design has no node for parameter {name}")
        axes.append(parameter.axis(name, node, material))
    return tuple(axes)


def place_of(material: Material, key: str) -> Place:
    """Return where a key of the file stands; the top of the file if it is left out."""
    return material.tree.keys.get(key, material.tree.place)

"""Points that the file lists one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr

from sim.batch.designs.axis import Axis, Block, Level
from sim.batch.designs.design import Design
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Targeted, axes_of
from sim.nearest import offer
from sim.reading.nodes import Listing, Mapping


class Listed(Design):
    """The points of the file, in its order."""

    kind: Literal["list"]
    parameters: Annotated[dict[str, Targeted], Field(min_length=1)]
    points: Annotated[tuple[dict[str, Any], ...], Field(min_length=1)]
    """A value for each parameter, at each point."""
    _points: list[dict[str, Level]] = PrivateAttr(default_factory=list)

    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameters, and note points that lack one or have another."""
        axes = axes_of(self.parameters, material)
        names = [axis.name for axis in axes]
        listing = material.tree.entries["points"]
        items = listing.items if isinstance(listing, Listing) else ()
        self._points.clear()
        for index, item in enumerate(items):
            entries = item.entries if isinstance(item, Mapping) else {}
            for name in entries.keys() - set(names):
                material.problems.add(
                    entries[name].place,
                    ("points", index, name),
                    "is not one of the parameters.",
                    hint=offer(name, names, f"They are {', '.join(names)}."),
                )
            for name in names:
                if name not in entries:
                    material.problems.add(
                        item.place, ("points", index, name), "is missing; every point gives it."
                    )
            self._points.append(
                {name: Level.of_node(entries[name]) for name in names if name in entries}
            )
        return axes

    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:  # noqa: ARG002
        """Yield the points."""
        for point in self._points:
            yield (point,)

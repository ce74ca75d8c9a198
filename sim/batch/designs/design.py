"""What every design file may say, whatever its kind."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingType
from typing import Annotated, Any, ClassVar

from pydantic import Field

from sim.batch.designs.axis import Axis, Block
from sim.batch.designs.material import Material
from sim.batch.designs.parameter import Contrasted, axes_of
from sim.reading.frozen import FolderName, Frozen


class Design(Frozen):
    """A design file: one scenario, and the points at which it is run."""

    redraws: ClassVar[bool] = False
    """Whether blocks have no end, so that one that is refused is drawn anew."""
    from_resolved: ClassVar[bool] = False
    """Whether paths are those of the resolved scenario, where every value is written out."""

    name: FolderName
    title: str = ""
    question: str = ""
    kind: str
    scenario: str
    """A scenario file, by its path from this one, or a shipped scenario, by its name."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Values that hold at every point, by path."""
    replications: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Replications of each point; None: as the scenario says."""
    seed: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    """Seed of all points' draws, which they share; None: as the scenario says."""
    design_seed: Annotated[int, Field(ge=0, lt=2**32)] = 1
    """Seed with which the design itself draws points."""
    constraints: tuple[str, ...] = ()
    """Comparisons between parameters that every point keeps, such as ``low < high``."""
    contrast: Annotated[dict[str, Contrasted], Field(max_length=1)] = Field(default_factory=dict)
    """A parameter of two values with both of which every point is run: its effect at the point is
    the first minus the second, replication by replication."""

    @abstractmethod
    def axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameters that vary."""

    @abstractmethod
    def blocks(self, axes: Sequence[Axis]) -> Iterator[Block]:
        """Yield points in blocks that are kept or refused as a whole."""

    def inputs(self) -> bytes:
        """Return the content of further files that decide the points; most designs have none."""
        return b""

    def wanted(self) -> int | None:
        """How many blocks are wanted of a design that redraws; None: all that there are."""
        return None

    def contrast_axes(self, material: Material) -> tuple[Axis, ...]:
        """Return the parameter of the contrast, if there is one."""
        return axes_of(self.contrast, material, "contrast")

    def layout(self) -> MappingType[str, int | bool]:
        """Return what an analysis of the results must know of how the points lie, by key."""
        return {}

"""A portability mandate: moving to another provider costs users less from a day on."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers


class Portability(Lasting):
    """The cost of moving to another provider changes by a share: ``sigma <- (1 + share) sigma``.

    Moving between models of one provider costs what it did, and never more than moving away. The
    first day, and what nobody uses is worth, stay those of the scenario's cost.
    """

    forms: ClassVar = (
        "switching cost {share:percent} from {date:date} [until {until_date:date}]",
        "portability {share:percent} from {date:date} [until {until_date:date}]",
    )
    example: ClassVar = "switching cost -50% from 2024-09-01"

    kind: Literal["portability"]
    share: Annotated[float, Field(ge=-1.0, le=1e3)]
    """Change as a share of the scenario's switching cost: -1 makes moving free."""

    @property
    def changes_nothing(self) -> bool:
        """Whether the cost stays as it is."""
        return self.share == 0.0

    @property
    def change(self) -> Change:
        """The factor of the switching cost."""
        return Change("all", "switching_cost_factor", 1.0, 1.0 + self.share)

    def begin(self, levers: Levers) -> None:
        """Change the cost."""
        levers.scale_switching_cost(self, 1.0 + self.share)

    def end(self, levers: Levers) -> None:
        """Let it be what it was."""
        levers.scale_switching_cost(self, 1.0)

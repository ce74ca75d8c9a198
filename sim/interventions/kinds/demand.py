"""Demand times a factor from a day on: of all domains, or of one."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.reading.frozen import Name
from sim.reading.view import View


class Demand(Lasting):
    """Every user has a factor times the work that it has in the scenario: ``A <- factor A``.

    Shares of the work that are run stay that day, and then adapt to what pays; what keeping a
    product costs stays in money, so that more users keep one.  Budgets stay in money, too.
    """

    forms: ClassVar = (
        "demand {factor:factor} [in {domain:name}] from {date:date} [until {until_date:date}]",
    )
    example: ClassVar = "demand x2 in coding from 2024-09-01"

    kind: Literal["demand"]
    factor: Annotated[float, Field(gt=0.0, le=1e3)]
    """What volumes are multiplied by."""
    domain: Name | None = None
    """A domain; None: all."""

    @property
    def changes_nothing(self) -> bool:
        """Whether demand stays as it is."""
        return self.factor == 1.0

    @property
    def change(self) -> Change:
        """The factor."""
        return Change(self.domain or "all", "demand_factor", 1.0, self.factor)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a domain that is none."""
        said.require_name("domain", scenario.names("domains"), "must be one of the domains.")

    def begin(self, levers: Levers) -> None:
        """Multiply volumes."""
        levers.scale_demand(self, self.domain, self.factor)

    def end(self, levers: Levers) -> None:
        """Let volumes be what they were."""
        levers.scale_demand(self, self.domain, 1.0)

"""A ban on selling below cost: from a day on, no list price may be below marginal cost."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers


class BelowCostBan(Lasting):
    """No list price is below what a token costs its provider then: ``p >= c``, both blended.

    As with a floor, which it is for each product by itself: it moves with the cost.
    """

    forms: ClassVar = ("ban below-cost from {date:date} [until {until_date:date}]",)
    example: ClassVar = "ban below-cost from 2024-09-01"

    kind: Literal["below_cost_ban"]

    @property
    def change(self) -> Change:
        """That prices are at least cost."""
        return Change("all", "lowest_price_over_cost", None, 1.0)

    def begin(self, levers: Levers) -> None:
        """Ban it."""
        levers.ban_below_cost(self, on=True)

    def end(self, levers: Levers) -> None:
        """Lift the ban."""
        levers.ban_below_cost(self, on=False)

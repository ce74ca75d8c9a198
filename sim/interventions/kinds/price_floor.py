"""A price floor: from a day on, no list price may be below it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers


class PriceFloor(Lasting):
    """No blended list price is below the floor: ``p >= p_min``.

    Prices below it rise to it that day, free tiers too, in the ratios that they have; later ones
    stop at it. When it ends, each becomes what its provider has wanted last. Prices of a record,
    which providers replay, are not bound: they are what was posted.
    """

    forms: ClassVar = ("floor {usd_per_mtok:usd} from {date:date} [until {until_date:date}]",)
    example: ClassVar = "floor 0.1 from 2024-09-01"

    kind: Literal["price_floor"]
    usd_per_mtok: Annotated[float, Field(ge=0.0, le=1e6)]
    """The floor, at the industry's mix of tokens."""

    @property
    def changes_nothing(self) -> bool:
        """Whether it is a floor of nothing."""
        return self.usd_per_mtok == 0.0

    @property
    def change(self) -> Change:
        """The floor."""
        return Change("all", "floor_usd_per_mtok", 0.0, self.usd_per_mtok)

    def begin(self, levers: Levers) -> None:
        """Lay the floor."""
        levers.set_price_floor(self, self.usd_per_mtok)

    def end(self, levers: Levers) -> None:
        """Lift it."""
        levers.set_price_floor(self, None)

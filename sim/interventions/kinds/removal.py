"""A product or provider removed: from a day on it is not on offer, or it never comes."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.interventions.checking import check_target
from sim.interventions.intervention import Change, Intervention
from sim.interventions.levers import Levers
from sim.reading.frozen import Name
from sim.reading.view import View


class Removal(Intervention):
    """A product, or a provider with all its products, is off the market from a day on.

    What would be launched that day or later never is. Users of what goes choose anew that day. A
    provider that goes pays its fixed costs until the end of the week.
    """

    forms: ClassVar = ("remove {of:name} on {date:date}",)
    example: ClassVar = "remove DeepSeek-V2 on 2024-05-06"

    kind: Literal["removal"]
    of: Name
    """A product, or a provider. Where both have the name, the product."""

    @property
    def change(self) -> Change:
        """That it is gone."""
        return Change(self.of, "listed", 1.0, 0.0)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a name that is none, and a day on which all of it has retired."""
        products, date = check_target(said, scenario), said.date("date")
        retired = [product.date("retire_date") for product in products]
        if date and retired and all(day is not None and day <= date for day in retired):
            said.object_to("date", f"must come before all of {said.text('of')} has retired.")

    def prepare(self, levers: Levers) -> None:
        """Let nothing of it be launched from then on."""
        levers.cancel_launches(self.of, self.date)

    def begin(self, levers: Levers) -> None:
        """Take off the market what is on it."""
        levers.remove(self.of)

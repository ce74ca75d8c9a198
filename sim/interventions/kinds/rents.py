"""Rents times a factor from a day on: all, or those of one chip or of one cloud."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.interventions.where import check_where, in_words
from sim.reading.frozen import Name
from sim.reading.view import View


class Rents(Lasting):
    """Rents of accelerators are a factor times what the scenario has for each day.

    Providers pass the change on as they pass on any change of rents. It ends as it began.
    """

    forms: ClassVar = (
        "rents {factor:factor} [of {chip:name}] [at {cloud:name}] from {date:date} "
        "[until {until_date:date}]",
    )
    example: ClassVar = "rents x1.5 from 2024-09-01"

    kind: Literal["rents"]
    factor: Annotated[float, Field(gt=0.0, le=1e3)]
    """What rents are multiplied by."""
    chip: Name | None = None
    """An accelerator; None: all."""
    cloud: Name | None = None
    """A cloud; None: all."""

    @property
    def changes_nothing(self) -> bool:
        """Whether rents stay as they are."""
        return self.factor == 1.0

    @property
    def change(self) -> Change:
        """The factor."""
        return Change(in_words(self.chip, self.cloud), "rent_factor", 1.0, self.factor)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a cloud that is none, and a chip that none of the clouds meant has."""
        check_where(said, scenario)

    def prepare(self, levers: Levers) -> None:
        """Write the factor into future rents."""
        if not self.changes_nothing:
            levers.scale_rents(self.factor, self.chip, self.cloud, self.date, self.until_date)

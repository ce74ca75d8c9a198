"""A freeze of capacity: from a day on no more accelerators come, ordered or by the hour."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.interventions.where import check_where, in_words
from sim.reading.frozen import Name
from sim.reading.view import View


class CapacityFreeze(Lasting):
    """Providers keep the accelerators that they lease, and get no others.

    What has been ordered comes when it ends. Demand beyond what is there queues, and is refused.
    """

    forms: ClassVar = (
        "capacity freeze [of {chip:name}] [at {cloud:name}] from {date:date} "
        "[until {until_date:date}]",
    )
    example: ClassVar = "capacity freeze from 2024-09-01 until 2024-12-01"

    kind: Literal["capacity_freeze"]
    chip: Name | None = None
    """An accelerator; None: all."""
    cloud: Name | None = None
    """A cloud; None: all."""

    @property
    def change(self) -> Change:
        """That accelerators come."""
        return Change(in_words(self.chip, self.cloud), "accelerators_come", 1.0, 0.0)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a cloud that is none, and a chip that none of the clouds meant has."""
        check_where(said, scenario)

    def begin(self, levers: Levers) -> None:
        """Freeze."""
        levers.freeze_capacity(self, self.chip, self.cloud, on=True)

    def end(self, levers: Levers) -> None:
        """Let accelerators come again."""
        levers.freeze_capacity(self, self.chip, self.cloud, on=False)

"""A shortage of capacity: from a day on only a part of what is leased works."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.interventions.where import check_where, in_words
from sim.quantities import Share
from sim.reading.frozen import Name
from sim.reading.view import View


class CapacityShortage(Lasting):
    """Of the accelerators that providers lease only a share works; all are paid.

    Each fleet keeps an instance. What it takes beyond is rented by the hour where that can be had.
    """

    forms: ClassVar = (
        "capacity {working_share:factor} [of {chip:name}] [at {cloud:name}] from {date:date} "
        "[until {until_date:date}]",
    )
    example: ClassVar = "capacity x0.7 from 2024-09-01 until 2024-12-01"

    kind: Literal["capacity_shortage"]
    working_share: Share
    """What works of the leased accelerators."""
    chip: Name | None = None
    """An accelerator; None: all."""
    cloud: Name | None = None
    """A cloud; None: all."""

    @property
    def changes_nothing(self) -> bool:
        """Whether all of them work."""
        return self.working_share == 1.0

    @property
    def change(self) -> Change:
        """The share that works."""
        return Change(in_words(self.chip, self.cloud), "working_share", 1.0, self.working_share)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a cloud that is none, and a chip that none of the clouds meant has."""
        check_where(said, scenario)

    def begin(self, levers: Levers) -> None:
        """Let only that share work."""
        levers.limit_capacity(self, self.chip, self.cloud, self.working_share)

    def end(self, levers: Levers) -> None:
        """Let all work again."""
        levers.limit_capacity(self, self.chip, self.cloud, 1.0)

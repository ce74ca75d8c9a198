"""Capability better or worse by so many logits: of a product, or of all of a provider."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.interventions.checking import check_target
from sim.interventions.intervention import Change, Lasting
from sim.interventions.levers import Levers
from sim.quantities import Logit
from sim.reading.frozen import Name
from sim.reading.view import View


class Capability(Lasting):
    """Capabilities are so many logits above what they would be, from a day on: ``q <- q + x``.

    A product that is launched later is launched with it. Rivals hear of no move: nobody is told.
    """

    forms: ClassVar = (
        "capability {of:name} {by_logit:logit} on {date:date} [until {until_date:date}]",
    )
    example: ClassVar = "capability glm-4 +0.3 on 2024-09-01"

    kind: Literal["capability"]
    of: Name
    """A product, or a provider: all its products. Where both have the name, the product."""
    by_logit: Logit
    """Logits that are added."""

    @property
    def changes_nothing(self) -> bool:
        """Whether capabilities stay as they are."""
        return self.by_logit == 0.0

    @property
    def change(self) -> Change:
        """The logits that are added."""
        return Change(self.of, "added_capability_logit", 0.0, self.by_logit)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note a name that is none."""
        check_target(said, scenario)

    def begin(self, levers: Levers) -> None:
        """Add the logits."""
        levers.add_capability(self.of, self.by_logit)

    def end(self, levers: Levers) -> None:
        """Take them off again."""
        levers.add_capability(self.of, -self.by_logit)

"""A merger: from a day on one provider decides on the products of another, too."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.interventions.intervention import Change, Intervention
from sim.interventions.levers import Levers
from sim.reading.frozen import Name
from sim.reading.view import View


class Merger(Intervention):
    """Two providers become one that decides, and one to users and to the public.

    The buyer prices the products of the other by its own strategies, of peace and of war, and
    answers rivals for both; neither answers the other. Users who move between them move within a
    provider. Accounts, fixed costs, fleets and war budgets stay apart in the books, but no part is
    insolvent while both together are not.
    """

    forms: ClassVar = ("merge {target:name} into {buyer:name} on {date:date}",)
    example: ClassVar = "merge Moonshot into Alibaba on 2024-09-01"

    kind: Literal["merger"]
    target: Name
    """The provider that is bought."""
    buyer: Name
    """The provider that decides for both."""

    @property
    def change(self) -> Change:
        """How many providers it leaves of the two."""
        return Change(f"{self.target} into {self.buyer}", "providers", 2.0, 1.0)

    @classmethod
    def check(cls, said: View, scenario: View) -> None:
        """Note providers that are none, that are one, or that decide on no price."""
        known = scenario.names("providers")
        for key in ("target", "buyer"):
            said.require_name(key, known, "must be one of the providers.")
        if said.text("target") is not None and said.text("target") == said.text("buyer"):
            said.object_to("buyer", "must be another provider than the target.")
        for provider in scenario.records("providers"):
            price = provider.record("price")
            replays = price is not None and price.text("policy") == "replay"
            for key in ("target", "buyer"):
                if replays and provider.text("name") == said.text(key):
                    said.object_to(
                        key,
                        "must not be a provider that replays a record: nobody decides on prices.",
                        "Give it another price policy, such as cost_plus.",
                    )

    def begin(self, levers: Levers) -> None:
        """Let the buyer decide for both."""
        levers.merge(self.target, self.buyer)

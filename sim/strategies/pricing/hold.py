"""Hold: keep the list price whatever happens."""

from __future__ import annotations

from typing import Literal

from sim.strategies.pricing.peace import PeacePricing
from sim.strategies.pricing.view import PriceView


class Hold(PeacePricing):
    """Keep the list price whatever happens."""

    policy: Literal["hold"]

    def propose(self, view: PriceView) -> float | None:  # noqa: ARG002 - the base's signature
        """Return None."""
        return None

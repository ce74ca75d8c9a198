"""Replay: follow the dated list prices of a product's history."""

from __future__ import annotations

from typing import ClassVar, Literal

from sim.strategies.pricing.peace import PeacePricing
from sim.strategies.pricing.view import PriceView


class Replay(PeacePricing):
    """Follow the product's ``price_history``, and leave the price alone between its dates."""

    replays_history: ClassVar[bool] = True

    policy: Literal["replay"]

    def propose(self, view: PriceView) -> float | None:  # noqa: ARG002 - the base's signature
        """Return None."""
        return None

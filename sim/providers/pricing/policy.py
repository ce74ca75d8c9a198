"""What every pricing policy can do."""

from __future__ import annotations

from typing import Protocol

from sim.providers.pricing.view import PriceView, Stage


class PricingPolicy(Protocol):
    """A rule that proposes prices; stateless, so one instance may serve many products."""

    def propose(self, view: PriceView) -> float | None:
        """Return a new blended price in USD per million tokens; None: leave the price."""


class WarPricing(PricingPolicy, Protocol):
    """A pricing rule for a price war: it also has a floor, and a way in and out."""

    def floor_usd_per_mtok(self, view: PriceView) -> float:
        """Return the lowest price it would set; infinite if it takes no part (any more)."""

    def next_stage(self, view: PriceView, *, war_open: bool) -> Stage:
        """Return the stage that follows from the view; ``view.stage`` if nothing changes."""

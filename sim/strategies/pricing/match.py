"""Match: go down to the cheapest comparable rival, not below the floor."""

from __future__ import annotations

from typing import Literal

from sim.quantities import NonNegative
from sim.strategies.pricing.undercut import undercut
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing


class Match(WarPricing):
    """Go down to the cheapest comparable rival, not below the floor: undercutting by nothing."""

    policy: Literal["match"]
    floor_cost_share: NonNegative = 1.0
    """The floor, as a multiple of marginal cost."""

    def floor_usd_per_mtok(self, view: PriceView) -> float:
        """Return the floor."""
        return self.floor_cost_share * view.marginal_cost_usd_per_mtok

    def propose(self, view: PriceView) -> float | None:
        """Return ``max(floor, min rival)``; None without a rival or if it would not be a cut."""
        return undercut(view, 0.0, self.floor_usd_per_mtok(view))

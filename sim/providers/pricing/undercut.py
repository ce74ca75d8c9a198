"""Undercut and match: follow the cheapest comparable rival down, not below a floor."""

from __future__ import annotations

from dataclasses import dataclass

from sim.providers.pricing.rivals import cheapest_rival
from sim.providers.pricing.view import PriceView, Stage


@dataclass(frozen=True, slots=True)
class UndercutPrice:
    """``p = max(floor, (1 - d) min rival)``, and never upwards.

    Attributes
    ----------
    depth_share
        d: below the cheapest comparable rival by this share; 0 matches it.
    floor_cost_share
        The floor, as a multiple of marginal cost.
    capability_gap_logit
        How much less capable a rival may be and still be comparable.
    """

    depth_share: float
    floor_cost_share: float
    capability_gap_logit: float

    def floor_usd_per_mtok(self, view: PriceView) -> float:
        """Return the floor."""
        return self.floor_cost_share * view.marginal_cost_usd_per_mtok

    def propose(self, view: PriceView) -> float | None:
        """Return the reaction; None without a comparable rival or if it would not be a cut."""
        rival = cheapest_rival(view, self.capability_gap_logit)
        if rival is None:
            return None
        aimed = (1.0 - self.depth_share) * float(view.price_usd_per_mtok[rival])
        price = max(self.floor_usd_per_mtok(view), aimed)
        return price if price < view.own_price_usd_per_mtok else None

    def next_stage(self, view: PriceView, *, war_open: bool) -> Stage:
        """Return ``war`` from the first reaction to the end of the war, else ``peace``."""
        if not war_open:
            return "peace"
        return "war" if view.reacting else view.stage

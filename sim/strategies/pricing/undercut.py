"""Undercut: go below the cheapest comparable rival, not below a floor."""

from __future__ import annotations

from typing import Literal

from sim.quantities import NonNegative, Share
from sim.strategies.pricing.rivals import cheapest_rival
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing


def undercut(view: PriceView, depth_share: float, floor_usd_per_mtok: float) -> float | None:
    """Return ``max(floor, (1 - d) min rival)``; None without a rival or if it would be no cut.

    Parameters
    ----------
    view
        What the provider sees.
    depth_share
        d: below the cheapest comparable rival by this share; 0 matches it.
    floor_usd_per_mtok
        The lowest price.
    """
    rival = cheapest_rival(view)
    if rival is None:
        return None
    aimed = (1.0 - depth_share) * float(view.blended_price_usd_per_mtok[rival])
    price = max(floor_usd_per_mtok, aimed)
    return price if price < view.own_blended_price_usd_per_mtok else None


class Undercut(WarPricing):
    """Go below the cheapest comparable rival by a share, not below the floor, never upwards.

    ``p = max(floor, (1 - d) min rival)``.
    """

    policy: Literal["undercut"]
    depth_share: Share = 0.2
    """[d]"""
    floor_cost_share: NonNegative = 1.0
    """The floor, as a multiple of marginal cost."""

    def floor_usd_per_mtok(self, view: PriceView) -> float:
        """Return the floor."""
        return self.floor_cost_share * view.marginal_cost_usd_per_mtok

    def propose(self, view: PriceView) -> float | None:
        """Return the reaction; None without a comparable rival or if it would not be a cut."""
        return undercut(view, self.depth_share, self.floor_usd_per_mtok(view))

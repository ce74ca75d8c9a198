"""Undercut: answer a rival's move by going below it, not below a floor."""

from __future__ import annotations

from typing import Literal

from sim.quantities import NonNegative, Share
from sim.strategies.pricing.answering import answer
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing


class Undercut(WarPricing):
    """Answer a move by going below it by a share, not below the floor, never upwards.

    See `sim.strategies.pricing.answering.answer`.
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
        """Return the answer; None without a move, or if it would not be a cut."""
        return answer(view, self.depth_share, self.floor_usd_per_mtok(view))

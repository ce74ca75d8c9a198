"""What every pricing strategy of war can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from sim.strategies.pricing.answers import not_a_budget, not_a_floor, not_a_phase, not_a_price
from sim.strategies.pricing.view import Phase, PriceView
from sim.strategies.strategy import Check, Strategy


class WarPricing(Strategy):
    """How a provider prices a product once a war has reached it: also a floor, a way in and out."""

    decides: ClassVar[str] = "pricing in war"
    entry_points: ClassVar[str] = "pricewar.war_pricing"
    checks: ClassVar[Mapping[str, Check]] = {
        "propose": not_a_price,
        "floor_usd_per_mtok": not_a_floor,
        "next_phase": not_a_phase,
        "war_budget_usd": not_a_budget,
    }

    @property
    def war_budget_usd(self) -> float:
        """Losses against marginal cost that the owner makes good: here, none."""
        return 0.0

    @abstractmethod
    def propose(self, view: PriceView) -> float | None:
        """Return a new blended price in USD per million tokens; None: leave the price."""

    @abstractmethod
    def floor_usd_per_mtok(self, view: PriceView) -> float:
        """Return the lowest price it would set; infinite if it takes no part (any more)."""

    def next_phase(self, view: PriceView, *, war_open: bool) -> Phase:
        """Return the phase that follows from the view; ``view.phase`` if nothing changes.

        Here: ``war`` from the first reaction to the end of the war, else ``peace``.
        """
        if not war_open:
            return "peace"
        return "war" if view.reacting else view.phase

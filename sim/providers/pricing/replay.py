"""Replay: follow the dated list price."""

from __future__ import annotations

from dataclasses import dataclass

from sim.providers.pricing.view import PriceView


@dataclass(frozen=True, slots=True)
class ReplayPrice:
    """Set the list price that the product's history gives for the day."""

    def propose(self, view: PriceView) -> float | None:
        """Return the dated list price; None before the first date of the history."""
        return view.list_price_usd_per_mtok

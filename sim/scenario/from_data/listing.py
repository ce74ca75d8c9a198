"""A product on sale, and what stands for what nobody published of it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from sim.data.prices import PricePoint
from sim.scenario.from_data.engineering import Engineering

UNKNOWN_LOGIT = -2.0
"""Capability where nobody's is known."""

_LOGIT_PER_LOG_PRICE = 0.5
_LEAST_USD_PER_MTOK = 1e-3


@dataclass(frozen=True, slots=True)
class Listing:
    """A product on sale: its price, and what is known of the rest."""

    history: tuple[PricePoint, ...]
    engineering: Engineering
    line: str = ""
    """Name of `product_lines` for all that it was called; empty: it has none."""

    def is_called(self, provider: str, name: str) -> bool:
        """Return whether a provider's prices stand, or stood, under a name in the tables."""
        names = {self.line, *(point.model for point in self.history)}
        return self.point.provider == provider and name in names

    @property
    def point(self) -> PricePoint:
        """Its latest price."""
        return self.history[-1]

    def on(self, day: dt.date) -> PricePoint:
        """Return its price on a day, or its first."""
        held = [point for point in self.history if point.date <= day]
        return held[-1] if held else self.history[0]

    def moves(self, start: dt.date) -> list[tuple[dt.date, float]]:
        """Return the changes of its blended price after a day, as factors by date."""
        last, found = self.on(start), []
        for point in self.history:
            factor = price_of(point) / price_of(last)
            if point.date > max(start, self.history[0].date) and abs(factor - 1.0) > 1e-9:
                found.append((point.date, factor))
                last = point
        return found


@dataclass(frozen=True, slots=True)
class Prior:
    """Where a model stands of which only the price is known."""

    price_usd_per_mtok: float
    capability_logit: float

    def capability(self, price_usd_per_mtok: float, of_provider_usd_per_mtok: float) -> float:
        """Return the capability that a price suggests beside the provider's median price."""
        ratio = math.log(price_usd_per_mtok / of_provider_usd_per_mtok)
        return self.capability_logit + _LOGIT_PER_LOG_PRICE * ratio

    def parameters_billion(self, price_usd_per_mtok: float) -> float:
        """Return the size that a price suggests."""
        size = 70.0 * math.sqrt(price_usd_per_mtok / self.price_usd_per_mtok)
        return min(max(size, 7.0), 700.0)


def price_of(point: PricePoint) -> float:
    """Return a blended price in USD per million tokens, above zero."""
    return max(point.blended_usd_per_mtok, _LEAST_USD_PER_MTOK)

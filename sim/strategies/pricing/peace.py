"""What every pricing strategy of peace can do."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from sim.quantities import NonNegative
from sim.strategies.pricing.answers import is_number, not_a_price
from sim.strategies.pricing.view import PriceView
from sim.strategies.strategy import Check, Strategy


class Reviews(NamedTuple):
    """When a provider reviews a price of its own accord.

    Attributes
    ----------
    per_month
        Rate of the Poisson clock, per product and month; 0: no clock.
    on_cost_change
        Whether a change of marginal cost is an occasion too.
    """

    per_month: float
    on_cost_change: bool


def not_reviews(value: object) -> str:
    """Return what an answer to `PeacePricing.reviews` must be; nothing if it is that."""
    if (
        isinstance(value, Reviews)
        and is_number(value.per_month, 0.0, 1e6)
        and isinstance(value.on_cost_change, bool)
    ):
        return ""
    return "Reviews(per_month=..., on_cost_change=...) with a rate >= 0 and a truth value"


class PeacePricing(Strategy):
    """How a provider prices a product in peace."""

    decides: ClassVar[str] = "pricing in peace"
    entry_points: ClassVar[str] = "pricewar.pricing"
    checks: ClassVar[Mapping[str, Check]] = {"propose": not_a_price, "reviews": not_reviews}
    replays_history: ClassVar[bool] = False
    """Whether the list price follows the product's ``price_history``."""

    @abstractmethod
    def propose(self, view: PriceView) -> float | None:
        """Return a new blended price in USD per million tokens; None: leave the price."""

    def reviews(self) -> Reviews:
        """Return when `propose` is asked besides at a launch priced by policy: here, never."""
        return Reviews(per_month=0.0, on_cost_change=False)


class ReviewedPricing(PeacePricing):
    """A strategy that reviews its prices at Poisson times and whenever its cost changes."""

    review_per_month: NonNegative = 0.026
    """Price reviews per product and month; default: closed developers on OpenRouter to 2025-10."""
    reviews_on_cost_change: bool = True

    def reviews(self) -> Reviews:
        """Return what the record says."""
        return Reviews(self.review_per_month, self.reviews_on_cost_change)

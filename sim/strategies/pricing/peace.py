"""What every pricing strategy of peace can do."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from sim.quantities import NonNegative
from sim.strategies.pricing.answers import is_number, not_a_price
from sim.strategies.pricing.tariff import HOURS, Tariff
from sim.strategies.pricing.view import PriceView
from sim.strategies.strategy import Check, Strategy


class Belief(NamedTuple):
    """What a provider believes of demand.

    Attributes
    ----------
    off_share
        How far the response to prices that it believes in is off, as a share of the true one;
        infinite where it has another form; 0 where it knows demand, or does not ask.
    text
        What it believes, to follow "believes that".
    """

    off_share: float = 0.0
    text: str = ""


def not_days(value: object) -> str:
    """Return what `PeacePricing.forecast_horizon_days` must be; nothing if it is that."""
    return "" if is_number(value, 0.0, 1e5) else "a number from 0 to 100000 (days)"


def not_a_forecast(value: object) -> str:
    """Return what an answer to `PeacePricing.forecast` must be; nothing if it is that."""
    if value is None or (
        isinstance(value, tuple)
        and len(value) == 2
        and all(is_number(one, 0.0, math.inf) for one in value)
    ):
        return ""
    return "None or two numbers >= 0 (millions of tokens a day, now and at the horizon)"


def not_a_belief(value: object) -> str:
    """Return what `PeacePricing.belief` must be; nothing if it is that."""
    if (
        isinstance(value, Belief)
        and is_number(value.off_share, 0.0, math.inf)
        and isinstance(value.text, str)
    ):
        return ""
    return "Belief(off_share=..., text=...) with a number >= 0 and a text"


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


def not_a_tariff(value: object) -> str:
    """Return what `PeacePricing.tariff` must be; nothing if it is that."""
    if (
        isinstance(value, Tariff)
        and len(value.hour_factors) in {0, HOURS}
        and all(is_number(one, 0.0, 100.0) for one in value.hour_factors)
        and is_number(value.batch_discount_share, 0.0, 1.0)
        and (value.cache_discount_share is None or is_number(value.cache_discount_share, 0.0, 1.0))
    ):
        return ""
    return (
        "Tariff(hour_factors=..., batch_discount_share=..., cache_discount_share=...) with no "
        "factors or 24 from 0 to 100, and discounts from 0 to 1"
    )


def not_a_quota(value: object) -> str:
    """Return what `PeacePricing.free_quota_mtok_per_month` must be; nothing if it is that."""
    if value is None or is_number(value, 0.0, 1e9):
        return ""
    return "None or a number from 0 to 1e9 (millions of tokens a month)"


class PeacePricing(Strategy):
    """How a provider prices a product in peace."""

    decides: ClassVar[str] = "pricing in peace"
    entry_points: ClassVar[str] = "pricewar.pricing"
    checks: ClassVar[Mapping[str, Check]] = {
        "propose": not_a_price,
        "reviews": not_reviews,
        "tariff": not_a_tariff,
        "belief": not_a_belief,
        "forecast": not_a_forecast,
        "forecast_horizon_days": not_days,
        "free_quota_mtok_per_month": not_a_quota,
    }
    replays_history: ClassVar[bool] = False
    """Whether the list price follows the product's ``price_history``."""
    decides_quota: ClassVar[bool] = False
    """Whether `free_quota_mtok_per_month` is asked when a product comes on offer."""

    @abstractmethod
    def propose(self, view: PriceView) -> float | None:
        """Return a new blended price in USD per million tokens; None: leave the price."""

    @property
    def forecast_horizon_days(self) -> float:
        """How far ahead `forecast` looks; 0: it makes none."""
        return 0.0

    def forecast(
        self,
        view: PriceView,  # noqa: ARG002 - for those that make one
        *,
        price_usd_per_mtok: float,  # noqa: ARG002
    ) -> tuple[float, float] | None:
        """Return what is sold of the product at a price now, and at the horizon [Mtok a day]."""
        return None

    @property
    def belief(self) -> Belief:
        """What it takes demand for, where that is not what demand is: here, it does not."""
        return Belief()

    @property
    def tariff(self) -> Tariff:
        """What its products charge besides their list prices: here, nothing else."""
        return Tariff()

    def free_quota_mtok_per_month(self, view: PriceView) -> float | None:  # noqa: ARG002
        """Return what users of the product have free of charge [Mtok]; None: what is listed."""
        return None

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

"""Looking forward: the price of the highest discounted profit over a horizon, by a forecast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.quantities import BoolArray, FloatArray, NonNegative, Positive, Share
from sim.strategies.pricing.peace import ReviewedPricing
from sim.strategies.pricing.profit_maximum import best_price
from sim.strategies.pricing.view import DemandEstimate, PriceView
from sim.units import DAYS_PER_YEAR


class Forward(ReviewedPricing):
    r"""The price that maximises discounted profit over a horizon T, by its own forecast of sales.

    .. math::
        S_k(t) = D_k(p) + (A_k - D_k(p)) (1 - \theta)^t, \qquad
        A_k = S_k \left(\frac{D_k(p)}{D_k(p_0)}\right)^{\sigma}, \qquad
        p' = \arg\max_p \sum_{k\ \text{own}} \left(p_k \frac{B_k(p)}{D_k(p)} - c_k\right)
            \int_0^T e^{-r t} S_k(t)\, dt

    with D what users of the market come to use at these prices, rivals' staying as they are, B what
    of it is beyond free quotas, and billed, and S what is used today: the provider's tokens of the
    last week, divided as D at present prices is.
    An impatient provider (r high, T short) asks more of the users that it has; as T grows the price
    becomes the best response. At each review it says what it expects to sell at the end of the
    horizon, which the report holds against what was sold (`analysis.forecasts`).

    References
    ----------
    Radner, R. (2003). Viscous demand. Journal of Economic Theory 112(2), 189-231: users who come
    and go slowly, and the price that a patient seller asks of them.
    """

    policy: Literal["forward"]
    horizon_days: Positive = 180.0
    """[T]"""
    discount_share_per_year: NonNegative = 0.1
    """[r]"""
    approach_share_per_day: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.02
    """[theta] Part of the way to demand that sales are believed to go in a day."""
    response_at_once: Share = 0.5
    """[sigma] Part of the response to a price that is believed to come at once."""

    @property
    def forecast_horizon_days(self) -> float:
        """The horizon."""
        return self.horizon_days

    def propose(self, view: PriceView) -> float | None:
        """Return the price; None where nothing is known of demand, or nothing is sold at any."""
        seen = self._seen(view)
        if seen is None:
            return None
        soon, late = self._weights()

        def profit(price: float) -> float:
            at_once, settled = seen.sales(price, self.response_at_once)
            margins = seen.changed(price) * seen.billed_share(price, settled) - seen.costs
            return float((margins * (settled * soon + at_once * late))[seen.own].sum())

        best = best_price(profit, view.own_blended_price_usd_per_mtok)
        return best if profit(best) != 0.0 else None

    def forecast(self, view: PriceView, *, price_usd_per_mtok: float) -> tuple[float, float] | None:
        """Return what it sells of the product today, and expects to at the end of the horizon."""
        seen = self._seen(view)
        if seen is None:
            return None
        at_once, settled = seen.sales(price_usd_per_mtok, self.response_at_once)
        begin, end = float(at_once[view.own]), float(settled[view.own])
        reached = -math.expm1(-self._theta * self.horizon_days)
        return float(seen.sold[view.own]), begin + (end - begin) * reached

    @property
    def _theta(self) -> float:
        return -math.log1p(-self.approach_share_per_day)

    def _weights(self) -> tuple[float, float]:
        """Return the discounted days that count for demand, and for what is sold today."""
        rate = self.discount_share_per_year / DAYS_PER_YEAR
        late = _discounted_days(rate + self._theta, self.horizon_days)
        return _discounted_days(rate, self.horizon_days) - late, late

    def _seen(self, view: PriceView) -> _Seen | None:
        """Return what is known of sales; None where nothing is."""
        costs = view.own_costs_usd_per_mtok
        if view.demand is None or costs is None or view.own_blended_price_usd_per_mtok <= 0.0:
            return None
        own, demand = ~np.isnan(costs), view.demand()
        settled = demand.sales_at(view.blended_price_usd_per_mtok)
        total = float(settled[own].sum())
        part = view.tokens_mtok_per_day / total if total > 0.0 else 0.0
        return _Seen(view, demand, costs, own, settled, np.where(own, settled * part, 0.0))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of sales: demand, costs, which are own, demand now, and what is sold, (P,)."""

    view: PriceView
    demand: DemandEstimate
    costs: FloatArray
    own: BoolArray
    settled: FloatArray
    sold: FloatArray

    def changed(self, price: float) -> FloatArray:
        """Return all prices with another one of the product."""
        prices = self.view.blended_price_usd_per_mtok.copy()
        prices[self.view.own] = price
        return prices

    def billed_share(self, price: float, settled: FloatArray) -> FloatArray:
        """Return the part of what is used at another price that is billed, (P,)."""
        billed = self.demand.billed_at(self.changed(price))
        return np.divide(billed, settled, out=np.zeros_like(billed), where=settled > 0.0)

    def sales(self, price: float, response_at_once: float) -> tuple[FloatArray, FloatArray]:
        """Return what is sold at another price at once, and in the end, (P,)."""
        then = self.demand.sales_at(self.changed(price))
        ratio = np.divide(then, self.settled, out=np.ones_like(then), where=self.settled > 0.0)
        return self.sold * ratio**response_at_once, then


def _discounted_days(rate_per_day: float, days: float) -> float:
    """Return the integral of ``exp(-rate t)`` over so many days."""
    return days if rate_per_day == 0.0 else -math.expm1(-rate_per_day * days) / rate_per_day

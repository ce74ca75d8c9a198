"""Best response: the price that earns a provider most while its rivals' prices stay as they are."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from sim.strategies.logit_best_response import best_response_from_share
from sim.strategies.pricing.peace import Belief, ReviewedPricing
from sim.strategies.pricing.profit_maximum import best_price
from sim.strategies.pricing.view import DemandEstimate, PriceView


class BestResponse(ReviewedPricing):
    r"""The price that maximises a provider's profit a day at its rivals' present prices.

    .. math:: p' = \arg\max_p \sum_{k\ \text{own}} [p_k B_k(p) - c_k D_k(p)],

    with D what the market's own users use, settled at these prices
    (`sim.equilibrium.market_demand`), and B what of it is beyond free quotas, and billed: what the
    provider's other products lose to this one counts.
    Where all providers respond so, prices come to the Nash equilibrium of that demand.

    With a taste scale the provider believes in a logit of that scale instead, for this product
    alone: ``p = c + mu [1 + W(exp((a - c)/mu - 1) / R)]``, a and R inverted from public shares
    (Berry 1994, eq. 13); see `sim.strategies.logit_best_response`.
    """

    policy: Literal["best_response"]
    price_response: Annotated[float, Field(gt=0.0, le=100.0)] = 1.0
    """[b] How strongly it believes users respond, over how strongly they do: its estimate of demand
    for this product at another price of it is ``D(p0) (D(p)/D(p0))^b``, of which the same share is
    billed. 1: it knows; else it is mistaken."""
    taste_scale_usd_per_mtok: Annotated[float, Field(gt=0.0, le=1e6)] | None = None
    """[mu] Taste scale of the logit that it believes in; None: the market's own demand."""

    @property
    def belief(self) -> Belief:
        """What it takes demand for."""
        scale = self.taste_scale_usd_per_mtok
        if scale is not None:
            return Belief(
                math.inf, f"users choose by a logit of scale {scale:g} USD per million tokens"
            )
        times = self.price_response
        return Belief(
            abs(times - 1.0), f"users respond {times:g} times as strongly to prices as they do"
        )

    def propose(self, view: PriceView) -> float | None:
        """Return the best response; None where nothing is known of demand.

        A logit is known while the report shows users of the product: a share of zero says nothing
        of its quality (it may be a day old), and a share of one nothing of its rivals'. A product
        that is given away has no price to change by a factor.
        """
        price = view.own_blended_price_usd_per_mtok
        if self.taste_scale_usd_per_mtok is not None:
            if not 0.0 < view.own_user_share < 1.0:
                return None
            return best_response_from_share(
                price,
                view.own_user_share,
                view.marginal_cost_usd_per_mtok,
                self.taste_scale_usd_per_mtok,
            )
        if view.demand is None or price <= 0.0:
            return None
        return self._best_on(view.demand(), view)

    def _best_on(self, demand: DemandEstimate, view: PriceView) -> float | None:
        """Return the best price on an estimate of demand; None if nothing sells whatever it is."""
        prices = view.blended_price_usd_per_mtok
        known = view.own_costs_usd_per_mtok
        costs = np.full(prices.size, np.nan) if known is None else known.copy()
        costs[view.own] = view.marginal_cost_usd_per_mtok
        own = ~np.isnan(costs)
        now = float(demand.sales_at(prices)[view.own])

        def profit(price: float) -> float:
            changed = prices.copy()
            changed[view.own] = price
            used = demand.sales_at(changed)
            brings = changed * demand.billed_at(changed) - costs * used
            brings[view.own] *= self._believed_factor(now, float(used[view.own]))
            return float(brings[own].sum())

        best = best_price(profit, float(prices[view.own]))
        return best if profit(best) != 0.0 else None

    def _believed_factor(self, now: float, then: float) -> float:
        """Return what the provider expects to sell, over what the market would buy, ``then``."""
        if self.price_response == 1.0 or now <= 0.0 or then <= 0.0:
            return 1.0
        return float((then / now) ** (self.price_response - 1.0))

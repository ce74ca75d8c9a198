"""Cost-plus: a fixed mark-up over marginal cost, the control arm of a price war."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.strategies.pricing.peace import ReviewedPricing
from sim.strategies.pricing.view import PriceView


class CostPlus(ReviewedPricing):
    """``p = (1 + k) c``; a price listed below cost waits until cost has come down to it.

    Without ``markup_share`` the mark-up is that of the price at its listing, or after a war. Where
    that is negative it is not kept: following a falling cost at a loss would mean to sell below
    cost for ever. The price stays, and follows cost, ``p = c``, once cost is below it.
    """

    policy: Literal["cost_plus"]
    markup_share: Annotated[float, Field(ge=-1.0)] | None = None
    """[k]; None: the mark-up that the price had at its listing, or after the last war, if positive.

    A negative one that is stated is kept: who states it means it."""

    def propose(self, view: PriceView) -> float | None:
        """Return cost plus the mark-up; None while a price without a mark-up is below cost."""
        cost = view.marginal_cost_usd_per_mtok
        if self.markup_share is not None:
            return (1.0 + self.markup_share) * cost
        if view.peace_markup_share >= 0.0:
            return (1.0 + view.peace_markup_share) * cost
        return cost if cost < view.own_blended_price_usd_per_mtok else None

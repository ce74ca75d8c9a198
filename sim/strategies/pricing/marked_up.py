"""A margin over marginal cost: what several policies of peace have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.strategies.pricing.pass_through import follow_cost
from sim.strategies.pricing.peace import ReviewedPricing
from sim.strategies.pricing.view import PriceView


class MarkedUp(ReviewedPricing):
    """``p = c + m``: costs are passed on dollar for dollar; ``p = (1 + k) c`` where k is stated.

    The margin m is that of the price at its listing, after a war, or as an intervention set it; see
    `sim.strategies.pricing.pass_through`. A price listed below cost waits until cost has come down
    to it.
    """

    markup_share: Annotated[float, Field(ge=-1.0)] | None = None
    """[k]; None: the margin in USD that the price had at its listing, after the last war, or as an
    intervention set it last.

    A negative one that is stated is kept: who states it means it."""

    def propose(self, view: PriceView) -> float | None:
        """Return cost plus the margin; None while a price without a margin is below cost."""
        cost = view.marginal_cost_usd_per_mtok
        if self.markup_share is not None:
            return (1.0 + self.markup_share) * cost
        price = view.own_blended_price_usd_per_mtok
        return follow_cost(view.peace_margin_usd_per_mtok, cost, price)

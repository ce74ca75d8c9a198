"""Cost-plus: a fixed mark-up over marginal cost, the control arm of a price war."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.strategies.pricing.peace import ReviewedPricing
from sim.strategies.pricing.view import PriceView


class CostPlus(ReviewedPricing):
    """``p = (1 + k) c``."""

    policy: Literal["cost_plus"]
    markup_share: Annotated[float, Field(ge=-1.0)] | None = None
    """[k]; None: the mark-up that the price had at its listing, or after the last war."""

    def propose(self, view: PriceView) -> float | None:
        """Return cost plus the mark-up."""
        markup = view.peace_markup_share if self.markup_share is None else self.markup_share
        return (1.0 + markup) * view.marginal_cost_usd_per_mtok

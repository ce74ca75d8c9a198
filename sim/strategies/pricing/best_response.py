"""Best response: the exact optimum of one product against its rivals' present prices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.strategies.logit_best_response import best_response_from_share
from sim.strategies.pricing.peace import ReviewedPricing
from sim.strategies.pricing.view import PriceView


class BestResponse(ReviewedPricing):
    r"""Exact best response of one product to its rivals' prices under logit demand.

    ``p = c + mu [1 + W(exp((a - c)/mu - 1) / R)]`` with a and R inverted from public shares.
    Qualities are those that explain the last public report under logit demand,
    ``a_j = p_j + mu (ln s_j - ln s_0)`` (Berry 1994, eq. 13); the own share is a sufficient
    statistic for ``a`` and ``R``: see `sim.strategies.logit_best_response`. Other products of the
    same provider count as rivals.
    """

    policy: Literal["best_response"]
    taste_scale_usd_per_mtok: Annotated[float, Field(gt=0.0, le=1e6)]
    """[mu] The provider's estimate of the taste scale."""

    def propose(self, view: PriceView) -> float | None:
        """Return the best response; None while the report shows no user of the product.

        A share of zero says nothing of the product's quality (it may be a day old), and a share of
        one nothing of its rivals': in both cases the price is left.
        """
        if not 0.0 < view.own_user_share < 1.0:
            return None
        return best_response_from_share(
            view.own_blended_price_usd_per_mtok,
            view.own_user_share,
            view.marginal_cost_usd_per_mtok,
            self.taste_scale_usd_per_mtok,
        )

"""Freemium: so many tokens a month free of charge, of the smallest product, if that pays."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np

from sim.quantities import NonNegative, Positive
from sim.strategies.pricing.marked_up import MarkedUp
from sim.strategies.pricing.view import PriceView
from sim.units import DAYS_PER_MONTH

_HALVINGS = 8
"""Quotas tried besides none: the largest, and each half of the one before."""


class Freemium(MarkedUp):
    r"""Give a quota of the product that costs least to serve, chosen for profit, when it is listed.

    .. math:: Q' = \arg\max_Q \sum_{k\ \text{own}} [p_k B_k(Q) - c_k D_k(Q) + v N_k(Q)]

    over no quota and :math:`Q_{max} 2^{-n}`, with D what users of the market come to use at the
    present prices, B what of it they pay for, and N how many they are: the free tier costs what is
    served in it, and what paying users no longer pay, and brings users. Of equal profits the
    smaller quota is taken; nothing is given of products that cost more to serve than another of the
    provider's. List prices follow costs as those of ``cost_plus`` do.

    References
    ----------
    Shapiro, C., Varian, H. R. (1999). Information Rules. Harvard Business School Press, chapter 3:
    versions of a product as a way to find out who pays.
    """

    decides_quota: ClassVar[bool] = True

    policy: Literal["freemium"]
    most_quota_mtok_per_month: Positive
    """[Q_max] Largest quota a user, in millions of tokens."""
    user_worth_usd_per_month: NonNegative = 0.0
    """[v] What it believes a user to be worth beside what users pay: for data, for later sales."""

    def free_quota_mtok_per_month(self, view: PriceView) -> float | None:
        """Return the quota; none where nothing is known of demand."""
        costs = view.own_costs_usd_per_mtok
        if view.demand is None or costs is None:
            return 0.0
        offered = np.where(view.listed, costs, np.nan)
        if view.own != int(np.nanargmin(offered)):
            return 0.0
        prices, demand = view.blended_price_usd_per_mtok, view.demand()
        own = ~np.isnan(offered)
        best, most = 0.0, -np.inf
        tried = [0.0, *(self.most_quota_mtok_per_month * 0.5 ** np.arange(_HALVINGS))[::-1]]
        for quota in tried:
            seen = demand.with_quota(view.own, quota)
            sold, billed = seen.sales_at(prices), seen.billed_at(prices)
            worth = self.user_worth_usd_per_month / DAYS_PER_MONTH * seen.holders_at(prices)
            profit = float((prices * billed - costs * sold + worth)[own].sum())
            if profit > most:
                best, most = float(quota), profit
        return best

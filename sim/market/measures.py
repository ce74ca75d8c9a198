"""Measures of the market: concentration, mark-ups and price indices. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def herfindahl(amounts: FloatArray) -> float:
    """Herfindahl-Hirschman index, 0 to 10,000; NaN if nothing was sold.

    ``HHI = 10,000 sum_f s_f^2`` with shares ``s_f`` of the total (Herfindahl 1950).

    Parameters
    ----------
    amounts
        (F,): tokens or revenue by provider.
    """
    total = float(amounts.sum())
    if total <= 0.0:
        return float("nan")
    return float(10_000.0 * ((amounts / total) ** 2).sum())


def lerner(revenue_usd: float, cost_usd: float) -> float:
    """Lerner index ``(p - c) / p`` of everything sold (Lerner 1934); NaN without revenue.

    Negative when the market sells below marginal cost.
    """
    if revenue_usd <= 0.0:
        return float("nan")
    return (revenue_usd - cost_usd) / revenue_usd


def fisher_link(
    price_before: FloatArray,
    price_now: FloatArray,
    amount_before: FloatArray,
    amount_now: FloatArray,
) -> float:
    """One link of a chained Fisher price index over the products sold in both periods.

    ``sqrt( (sum p1 q0 / sum p0 q0) (sum p1 q1 / sum p0 q1) )`` (Fisher 1922). New products do not
    enter before their second period, so quality is fixed along each link.

    Parameters
    ----------
    price_before, price_now
        (P,) USD per million tokens.
    amount_before, amount_now
        (P,) million tokens; a product counts if both are positive.

    Returns
    -------
    float
        The link; 1 if no product was sold in both periods; NaN if all of them were free before.
    """
    both = (amount_before > 0.0) & (amount_now > 0.0)
    if not both.any():
        return 1.0
    base_before = float(price_before[both] @ amount_before[both])
    base_now = float(price_before[both] @ amount_now[both])
    if base_before <= 0.0 or base_now <= 0.0:
        return float("nan")
    laspeyres = float(price_now[both] @ amount_before[both]) / base_before
    paasche = float(price_now[both] @ amount_now[both]) / base_now
    return float(np.sqrt(laspeyres * paasche))


def frontier_price(
    price: FloatArray,
    capability_logit: FloatArray,
    listed: NDArray[np.bool_],
    at_least_logit: float,
) -> float:
    """Cheapest listed price in USD per million tokens at a fixed capability or better.

    The price of constant quality: NaN while nobody offers that capability.
    """
    good = listed & (capability_logit >= at_least_logit)
    return float(price[good].min()) if good.any() else float("nan")

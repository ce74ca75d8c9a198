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


def price_index(price: FloatArray, amount: FloatArray) -> FloatArray:
    r"""GEKS index of prices over all periods, 1 in the first with sales.

    The Fisher index between two periods compares the products sold in both, so quality is fixed:
    ``F_kt = sqrt( (sum p_t q_k / sum p_k q_k) (sum p_t q_t / sum p_k q_t) )`` (Fisher 1922).
    Chained from week to week it drifts, without bound where a product becomes free and returns: it
    falls by the amounts sold before and rises by those sold for nothing. The geometric mean over
    all base periods k, ``exp(mean_k ln F_0k F_kt)``, does not (Ivancic, Diewert and Fox 2011); the
    value of a period then depends on later ones too.

    Parameters
    ----------
    price, amount
        (T, P): USD per million tokens and million tokens, by period and product; prices count where
        something was sold.

    Returns
    -------
    ndarray
        (T,): NaN in periods that share no priced product with the first.
    """
    sold = amount > 0.0
    priced = np.where(sold, price, 0.0)
    spent = priced * amount
    with np.errstate(divide="ignore", invalid="ignore"):
        laspeyres = (amount @ priced.T) / (spent @ sold.T)
        paasche = (sold @ spent.T) / (priced @ amount.T)
        log_fisher = 0.5 * (np.log(laspeyres) + np.log(paasche))
    log_fisher[~np.isfinite(log_fisher)] = np.nan
    index = np.full(len(amount), np.nan)
    trading = np.flatnonzero(sold.any(axis=1))
    if trading.size:
        through = log_fisher[trading[0], :, None] + log_fisher
        known = np.isfinite(through)
        paths = known.sum(axis=0)
        total = np.where(known, through, 0.0).sum(axis=0)
        index[paths > 0] = np.exp(total[paths > 0] / paths[paths > 0])
    return index


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

"""How the prices of periods compare at equal quality: by products sold in both, or by capability.

Both leave out what was sold for nothing: a price of zero has neither a ratio nor a logarithm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.market.price_index import Period
from sim.quantities import FloatArray

_UNIDENTIFIED_LOGIT = 1e-9
"""Capabilities that differ by less, in root mean square, do not tell what a logit costs."""


def geks(periods: Sequence[Period], base: int) -> FloatArray:
    r"""Compare periods by the products sold in both, over all ways through a third (GEKS).

    Between two periods the Fisher index of the products priced in both (Fisher 1922),
    ``F_tu = sqrt( (sum p_u q_t / sum p_t q_t) (sum p_u q_u / sum p_t q_u) )``; between the base
    and u the geometric mean over every period l through which both are linked,
    ``exp(mean_l ln F_bl F_lu)`` (Eltetö and Köves 1964; Szulc 1964; Ivancic, Diewert and Fox 2011).
    A product that enters or leaves is no change of prices.

    Parameters
    ----------
    periods
        A window, of any length T.
    base
        Place of the period that the others are compared with.

    Returns
    -------
    ndarray
        (T,): log change of prices from the base; NaN where no third period shares a product with
        both.
    """
    log_fisher = _log_fisher(periods)
    through = log_fisher[base, :, None] + log_fisher
    known = np.isfinite(through)
    ways = known.sum(axis=0)
    total = np.where(known, through, 0.0).sum(axis=0)
    return np.where(ways > 0, total / np.maximum(ways, 1), np.nan)


def time_hedonic(periods: Sequence[Period], base: int) -> FloatArray:
    r"""Compare periods at equal capability, by a regression over a window (time-dummy hedonic).

    ``ln p_jt = d_t + b q_jt + e_jt``, each product weighted by its share of the period's spending,
    so that every period weighs the same. The log change of prices is ``d_t - d_base``; ``b`` is
    what one logit more of capability adds to the log of a price in this window (Court 1939; de Haan
    and Krsinich 2014). Solved within periods:
    ``b = sum s (q - qbar_t) ln p / sum s (q - qbar_t)^2``, ``d_t = mean_t ln p - b qbar_t``.

    Parameters
    ----------
    periods
        A window, of any length T.
    base
        Place of the period that the others are compared with.

    Returns
    -------
    ndarray
        (T,): log change of prices from the base; NaN where nothing was sold at a price, and where
        capability changed but no period sold two capabilities, so that ``b`` is unknown.
    """
    priced, price, amount = _sales(periods)
    quality = np.where(priced, [period.capability_logit for period in periods], 0.0)
    spent = price * amount
    total = spent.sum(axis=1, keepdims=True)
    share = np.divide(spent, total, out=np.zeros_like(spent), where=total > 0.0)
    log_price = np.log(np.where(priced, price, 1.0))
    mean_quality = (share * quality).sum(axis=1, keepdims=True)
    distance = quality - mean_quality
    spread = float((share * distance**2).sum())
    is_identified = spread > len(periods) * _UNIDENTIFIED_LOGIT**2
    # of the distance from the mean: a product with nearly all sales would add its rounding
    mean_price = (share * log_price).sum(axis=1, keepdims=True)
    together = float((share * distance * (log_price - mean_price)).sum())
    slope = together / spread if is_identified else 0.0
    effect = np.where(
        total[:, 0] > 0.0,
        (mean_price - slope * mean_quality)[:, 0],
        np.nan,
    )
    change = effect - effect[base]
    if not is_identified:
        moved = np.abs(mean_quality[:, 0] - mean_quality[base, 0]) > _UNIDENTIFIED_LOGIT
        change[moved] = np.nan
    return np.asarray(change)


def _sales(periods: Sequence[Period]) -> tuple[NDArray[np.bool_], FloatArray, FloatArray]:
    """Return what was sold at a price, its prices and its amounts, (T, P); zero elsewhere."""
    priced = np.array([period.priced for period in periods])
    price = np.where(priced, [period.price_usd_per_mtok for period in periods], 0.0)
    amount = np.where(priced, [period.mtok for period in periods], 0.0)
    return priced, price, amount


def _log_fisher(periods: Sequence[Period]) -> FloatArray:
    """Log of the Fisher index from each period to each, (T, T); NaN where they share nothing."""
    priced, price, amount = _sales(periods)
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.log(np.einsum("tj,uj->tu", amount, price))
        within = np.log(np.einsum("tj,uj->tu", price * amount, priced.astype(np.float64)))
        log_laspeyres = across - within
        return np.asarray(0.5 * (log_laspeyres - log_laspeyres.T))

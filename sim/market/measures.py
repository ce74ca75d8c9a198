"""Measures of the market: concentration, mark-ups, the frontier's price. Pure functions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.quantities import FloatArray


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


def frontier_price(
    price: FloatArray,
    capability_logit: FloatArray,
    listed: NDArray[np.bool_],
    at_least_logit: float,
) -> float:
    """Cheapest listed price in USD per million tokens at a fixed capability or better.

    The price of constant quality: NaN while nobody offers that capability.

    Parameters
    ----------
    price, capability_logit, listed
        (P,): USD per million tokens, logits, and whether the product is on offer.
    at_least_logit
        The capability; `frontier_bar` says which.
    """
    good = listed & (capability_logit >= at_least_logit)
    return float(price[good].min()) if good.any() else float("nan")


def frontier_bar(
    capability_logit: FloatArray, standard_error_logit: FloatArray, listed: NDArray[np.bool_]
) -> float:
    """Capability that counts as that of the best product on offer: one standard error below it.

    A difference within the error of its measurement does not decide what is as good as the best.
    Of several that are equally good, the one whose capability is known worst counts; NaN if nothing
    is on offer.

    Parameters
    ----------
    capability_logit, standard_error_logit, listed
        (P,): logits, and whether the product is on offer.
    """
    if not listed.any():
        return float("nan")
    best = float(capability_logit[listed].max())
    return best - float(standard_error_logit[listed & (capability_logit == best)].max())

"""Comparable rivals: listed products of other providers that are about as capable."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.strategies.pricing.view import PriceView


def comparable_rivals(view: PriceView) -> NDArray[np.bool_]:
    """Return the mask of comparable rivals, (P,).

    A rival is comparable if it is listed, belongs to another provider, and its capability is at
    least the own minus ``view.comparable_gap_logit``: a better product at a lower price is a threat
    too.
    """
    other = view.provider_index != view.provider_index[view.own]
    capable = view.capability_logit >= view.capability_logit[view.own] - view.comparable_gap_logit
    mask: NDArray[np.bool_] = view.listed & other & capable
    return mask


def cheapest_rival(view: PriceView) -> int | None:
    """Return the slot of the cheapest comparable rival, the first of equals; None without."""
    mask = comparable_rivals(view)
    if not mask.any():
        return None
    return int(np.argmin(np.where(mask, view.blended_price_usd_per_mtok, np.inf)))

r"""Demand as providers see it: what a rival's move takes, and what calls for an answer.

Providers rank offers by their price for what they can do. For a product of capability q, an offer
with price p and capability q' counts as

.. math:: \tilde p = p\, e^{-k (q' - q)},

k being what the market pays for capability. Comparable are offers at least as capable as the own
product less a gap. Shares follow from attractions :math:`\tilde p^{-e}` (Cooper and Nakanishi
1988, Market-Share Analysis, chapter 2). With the best offer that stood before a move at
:math:`\tilde p_0`, the mover at :math:`\tilde p_m` takes, beyond what an offer at
:math:`\tilde p_0` would take in its place,

.. math::
    r = \frac{\tilde p_m^{-e} - \tilde p_0^{-e}}
             {\tilde p_m^{-e} + \sum_{j\ \mathrm{stood}} \tilde p_j^{-e}}

of the product's sales. A gap that stood before is in :math:`\tilde p_0`, so it takes nothing, nor
does whoever moves to a price above the best that stood. A product that is given away takes all;
offers without a price that stood, limited as they are by quotas, are no offers to compare with.
"""

from __future__ import annotations

import numpy as np

from sim.market.move import Move, Standing
from sim.quantities import FloatArray
from sim.scenario.pricing import War
from sim.strategies.pricing.view import RivalMove


def prices_for_capability(offers: Standing, own: int, war: War) -> FloatArray:
    """Return what comparable offers cost for what a product can do, (P,); infinite: no such offer.

    Parameters
    ----------
    offers
        Who offers what.
    own
        The product.
    war
        k and the gap.
    """
    ahead = offers.capability_logit - offers.capability_logit[own]
    comparable = offers.listed & (ahead >= -war.comparable_capability_gap_logit)
    prices = offers.blended_price_usd_per_mtok * np.exp(-war.log_price_per_logit * ahead)
    return np.where(comparable, prices, np.inf)


def best_that_stood(standing: Standing, own: int, own_price: float, war: War) -> float:
    """Return the lowest positive price for what a product can do, its own present one included."""
    prices = prices_for_capability(standing, own, war)
    return min(own_price, float(np.where(prices > 0.0, prices, np.inf).min()))


def sales_at_risk_share(move: Move, now: Standing, own: int, war: War) -> float:
    """Return the share [r] of a product's sales that a move takes; 0 if it is not comparable.

    Parameters
    ----------
    move
        The move, with what stood before it.
    now
        The offers with the move.
    own
        The product.
    war
        e, k and the gap.
    """
    mover = float(prices_for_capability(now, own, war)[move.product])
    if mover == np.inf:
        return 0.0
    if mover == 0.0:
        return 1.0
    own_price = float(now.blended_price_usd_per_mtok[own])
    best = best_that_stood(move.standing, own, own_price, war)
    if not mover < best:
        return 0.0
    stood = np.delete(prices_for_capability(move.standing, own, war), move.product)
    beside_mover = (mover / stood[stood > 0.0]) ** war.share_elasticity
    forgone = (mover / best) ** war.share_elasticity
    return float((1.0 - forgone) / (1.0 + beside_mover.sum()))


def move_to_answer(
    moves: tuple[Move, ...], now: Standing, own: int, own_price: float, war: War
) -> RivalMove | None:
    """Return the cheapest of several moves as a product's provider sees it.

    Parameters
    ----------
    moves
        In order of time; what stood is what stood before the first.
    now
        The offers.
    own, own_price
        The product, and its price.
    war
        tau, k and the gap.

    Returns
    -------
    RivalMove or None
        None if no mover is on offer any more at less than ``(1 - tau)`` times the best that stood.
    """
    stood = best_that_stood(moves[0].standing, own, own_price, war)
    prices = prices_for_capability(now, own, war)
    cheapest = min(moves, key=lambda move: float(prices[move.product])).product
    price = float(prices[cheapest])
    if not price < (1.0 - war.trigger_gap_share) * stood:
        return None
    return RivalMove(cheapest, price, stood)

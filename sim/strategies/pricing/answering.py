"""Answering a rival's move: giving one's own users what the move gives to others."""

from __future__ import annotations

from sim.strategies.pricing.view import PriceView


def answer(view: PriceView, depth_share: float, floor_usd_per_mtok: float) -> float | None:
    r"""Return the price that answers a move; None without one, or if it would be no cut.

    .. math:: p' = \max\{\mathrm{floor},\ (1 - d)\, p\, \tilde p_m / \tilde p_0\}

    The mover asks :math:`\tilde p_m` for what the own product can do, where the best offer that
    stood asked :math:`\tilde p_0`. An answer takes the same share off the own price, so that the
    product stands to the best offer as it stood before: neither does a premium that users paid call
    for an answer, nor is it given up in one. For a product that itself was the best offer,
    :math:`p = \tilde p_0`, this is the mover's price, adjusted for capability.

    Parameters
    ----------
    view
        What the provider sees.
    depth_share
        d: how far below that it goes; 0 matches the move.
    floor_usd_per_mtok
        The lowest price.
    """
    if view.move is None:
        return None
    own = view.own_blended_price_usd_per_mtok
    price = max(floor_usd_per_mtok, (1.0 - depth_share) * own * view.move.remaining_share)
    return price if price < own else None

r"""Passing costs on: dollar for dollar.

Under logit demand a firm's margin is :math:`\mu/(1 - s)` in money, whatever it costs to serve
(Anderson, de Palma and Thisse 1992, chapter 7). A cost that moves for all firms alike, such as a
rent, is passed on by :math:`1/(1 + s s_0/(1 - s)^2)` with n equal firms: 0.91 with two, 0.99 with
four, 1 without an outside good. A mark-up in percent would pass on many times what happened.
"""

from __future__ import annotations

_ROUNDING = 1e-9
"""Of a price: a margin of this much below zero is none."""


def follow_cost(margin_usd_per_mtok: float, cost: float, price: float) -> float | None:
    """Return the price that keeps a margin at a cost; None to leave the price.

    A margin below zero is not kept: following a falling cost at a loss would mean to sell below
    cost for ever. Such a price stays, and follows cost, ``p = c``, once cost is below it.

    Parameters
    ----------
    margin_usd_per_mtok
        Price over marginal cost that is kept.
    cost, price
        Both now, USD per million tokens.
    """
    if margin_usd_per_mtok >= -_ROUNDING * price:
        return cost + max(margin_usd_per_mtok, 0.0)
    return cost if cost < price else None

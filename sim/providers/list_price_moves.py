"""The dated list prices of a product's history, as moves to make during a run."""

from __future__ import annotations

from typing import NamedTuple

from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product
from sim.tokens import PerToken


class ListPriceMove(NamedTuple):
    """A list price that takes effect.

    Attributes
    ----------
    time_days
        When.
    list_price_usd_per_mtok
        By kind of token.
    """

    time_days: float
    list_price_usd_per_mtok: PerToken


def list_price_moves(
    product: Product, scenario: Scenario, from_days: float
) -> tuple[ListPriceMove, ...]:
    """Return the moves of a product's list price from a time on, in order.

    Parameters
    ----------
    product
        Whose history is replayed.
    scenario
        For its first day.
    from_days
        Earlier moves are left out: they are in the first price.
    """
    moves = []
    for dated in product.price_history:
        time_days = scenario.days(dated.date)
        if time_days >= from_days:
            moves.append(ListPriceMove(time_days, dated.price_usd_per_mtok.per_token))
    return tuple(moves)

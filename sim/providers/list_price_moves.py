"""The dated list prices of a product's history, as moves to make during a run."""

from __future__ import annotations

from typing import NamedTuple

from sim.scenario.scenario import Scenario
from sim.scenario.supply import Product


class ListPriceMove(NamedTuple):
    """A list price that takes effect.

    Attributes
    ----------
    time_days
        When.
    price_usd_per_mtok
        Input, cache-hit input and output.
    """

    time_days: float
    price_usd_per_mtok: tuple[float, float, float]


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
            price = dated.price_usd_per_mtok
            hit = price.input if price.cache_hit is None else price.cache_hit
            moves.append(ListPriceMove(time_days, (price.input, hit, price.output)))
    return tuple(moves)

"""A price war: who threatens whom, and when reactions are possible."""

from __future__ import annotations

import datetime as dt

from sim.scenario.pricing import War
from sim.strategies.pricing.rivals import cheapest_rival, comparable_rivals
from sim.strategies.pricing.view import PriceView
from sim.strategies.pricing.war import WarPricing


def is_open(war: War, date: dt.date) -> bool:
    """Whether reactions are possible on a date, first and last day included."""
    begun = war.start_date is None or date >= war.start_date
    over = war.end_date is not None and date > war.end_date
    return begun and not over


def is_cheaper(rival_price: float, own_price: float, war: War) -> bool:
    """Whether a rival's price is below ``(1 - tau)`` times the own one: half of a threat."""
    return rival_price < (1.0 - war.trigger_gap_share) * own_price


def is_threat(view: PriceView, war: War, policy: WarPricing, rival: int) -> bool:
    """Whether a rival's price calls for a reaction.

    It does if the war is open, the rival is comparable (see `comparable_rivals`) and cheaper than
    ``(1 - tau)`` times the own price, and the own price is above the floor below which the policy
    would not go. The reaction itself follows after a lag that the market draws from an exponential
    distribution with hazard ``war.reaction_per_day``.

    Parameters
    ----------
    view
        What the provider sees of the product.
    war
        tau and the dates.
    policy
        The provider's war policy, for its floor.
    rival
        Slot of the rival.
    """
    price = view.own_blended_price_usd_per_mtok
    return (
        is_open(war, view.date)
        and bool(comparable_rivals(view)[rival])
        and is_cheaper(float(view.blended_price_usd_per_mtok[rival]), price, war)
        and price > policy.floor_usd_per_mtok(view)
    )


def trigger(view: PriceView, war: War, policy: WarPricing) -> int | None:
    """Return the cheapest comparable rival if it is a threat, else None.

    A product is threatened by some rival exactly if it is by the cheapest; arguments as in
    `is_threat`.
    """
    rival = cheapest_rival(view)
    return rival if rival is not None and is_threat(view, war, policy, rival) else None

"""A price war: who is drawn in, by whom, and when it is over."""

from __future__ import annotations

import datetime as dt

from sim.providers.pricing.policy import WarPricing
from sim.providers.pricing.rivals import cheapest_rival
from sim.providers.pricing.view import PriceView
from sim.scenario.pricing import War


def is_open(war: War, date: dt.date) -> bool:
    """Whether reactions are possible on a date, first and last day included."""
    begun = war.start_date is None or date >= war.start_date
    over = war.end_date is not None and date > war.end_date
    return begun and not over


def trigger(view: PriceView, war: War, policy: WarPricing) -> int | None:
    """Return the slot of the rival that draws a product into the war; None: nothing does.

    The cheapest comparable listed product of another provider triggers a reaction if the war is
    open, it is cheaper than ``(1 - tau)`` times the own price, and the own price is above the floor
    below which the policy would not go. The reaction itself follows after a lag that the market
    draws from an exponential distribution with hazard ``war.reaction_per_day``.

    Parameters
    ----------
    view
        What the provider sees of the product.
    war
        tau, the capability gap and the dates.
    policy
        The provider's war policy, for its floor.
    """
    if not is_open(war, view.date):
        return None
    price = view.own_price_usd_per_mtok
    if price <= policy.floor_usd_per_mtok(view):
        return None
    rival = cheapest_rival(view, war.comparable_capability_gap_logit)
    if rival is None:
        return None
    threshold = (1.0 - war.trigger_gap_share) * price
    return rival if float(view.price_usd_per_mtok[rival]) < threshold else None


def is_triggered(view: PriceView, war: War, policy: WarPricing) -> bool:
    """Whether some rival triggers a reaction; see `trigger`."""
    return trigger(view, war, policy) is not None

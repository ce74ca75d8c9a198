"""Peak and off-peak: other prices at the hours in which a fleet is full than in those it idles."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.quantities import Share
from sim.strategies.pricing.marked_up import MarkedUp
from sim.strategies.pricing.tariff import HOURS, Tariff


class Peak(MarkedUp):
    r"""Charge more at the hours of the peak, and less at all others.

    .. math:: \tau_h = 1 + g \text{ at the peak}, \quad 1 - b \text{ off it}

    are the factors of a list price that follows costs as that of ``cost_plus`` does. At a capacity
    that the peak alone needs, its users are the ones to pay for it (Steiner 1957). See
    `sim.strategies.pricing.tariff` for who pays what, and what moves.
    """

    policy: Literal["peak"]
    peak_hours: Annotated[
        tuple[Annotated[int, Field(ge=0, lt=HOURS)], ...], Field(min_length=1, max_length=HOURS)
    ]
    """Hours of the day that are dear: 9 is from 9 to 10 o'clock."""
    peak_premium_share: Annotated[float, Field(ge=0.0, le=10.0)] = 0.0
    """[g] What they cost above the list price."""
    off_peak_discount_share: Share = 0.0
    """[b] What all others cost below it. DeepSeek took a half off one product and three quarters
    off another on 26 February 2025."""

    @property
    def tariff(self) -> Tariff:
        """The factors of the 24 hours."""
        dear, cheap = 1.0 + self.peak_premium_share, 1.0 - self.off_peak_discount_share
        return Tariff(tuple(dear if hour in self.peak_hours else cheap for hour in range(HOURS)))

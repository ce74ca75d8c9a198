"""A rival's move as a provider has heard of it."""

from __future__ import annotations

from typing import NamedTuple

from sim.market.move import Move


class Heard(NamedTuple):
    """A move that costs a provider enough to be answered.

    Attributes
    ----------
    move
        The move.
    tokens_at_risk_share
        Share of the provider's own tokens that it puts at risk, as the provider sees demand.
    """

    move: Move
    tokens_at_risk_share: float

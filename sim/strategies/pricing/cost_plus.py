"""Cost-plus: a fixed margin over marginal cost, the control arm of a price war."""

from __future__ import annotations

from typing import Literal

from sim.strategies.pricing.marked_up import MarkedUp


class CostPlus(MarkedUp):
    """``p = c + m``, or ``p = (1 + k) c`` where k is stated."""

    policy: Literal["cost_plus"]

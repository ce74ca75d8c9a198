"""Match: go down to the cheapest comparable rival, not below the floor."""

from __future__ import annotations

from sim.providers.pricing.undercut import UndercutPrice


def match_price(floor_cost_share: float, capability_gap_logit: float) -> UndercutPrice:
    """Return the policy ``p = max(floor, min rival)``: undercutting by nothing.

    Parameters
    ----------
    floor_cost_share
        The floor, as a multiple of marginal cost.
    capability_gap_logit
        How much less capable a rival may be and still be comparable.
    """
    return UndercutPrice(0.0, floor_cost_share, capability_gap_logit)

"""Privacy: what it costs a user with private data to hand them over, and who may not at all."""

import math

from sim.compiled import compiled


@compiled
def data_cost(exposes: bool, is_blocked: bool, privacy_cost: float) -> float:
    """Cost of using an offer, in units of mu; infinite where its user may not.

    Parameters
    ----------
    exposes : bool
        Whether the data leave the house for somebody who is not trusted like oneself.
    is_blocked : bool
        Whether the data of the user's type may not leave at all.
    privacy_cost : float
        Cost to the user's type of sending its data there [chi]; zero without private data.
    """
    if not exposes:
        return 0.0
    return math.inf if is_blocked else privacy_cost

"""Privacy: what it costs a user with private data to send them to a cloud."""

from sim.compiled import compiled


@compiled
def data_cost(cloud: bool, privacy_cost: float) -> float:
    """Cost of using an offer, in units of mu.

    Parameters
    ----------
    cloud : bool
        Whether the product runs in a cloud, not on the user's own premises.
    privacy_cost : float
        Cost to the user's type of sending its data there [chi]; zero without private data.
    """
    return privacy_cost if cloud else 0.0

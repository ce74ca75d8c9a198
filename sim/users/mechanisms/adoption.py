"""Adoption: whoever never had a product takes one only if it pays for the user's own setup cost.

A product gives its user ``CS - f`` a month, net of the running fee. It is on offer only if that is
positive, and a first adoption needs ``h_i <= T (CS - f)``, with ``h_i = h exp(s_h z_i)`` fixed for
the user. The cost is paid once.
"""

import math

import numpy as np

from sim.compiled import compiled


@compiled
def may_adopt(adopted: bool, setup_z: np.float32, setup_quantile: np.float32) -> bool:
    """Whether a product that is on offer may be taken.

    Parameters
    ----------
    adopted : bool
        Whether the user ever held a product, so that its setup is sunk.
    setup_z : float
        Its standard normal [z_i].
    setup_quantile : float
        The largest at which the product pays for the setup, ``(ln T (CS - f) - ln h) / s_h``.
    """
    return adopted or bool(setup_z <= setup_quantile)


@compiled
def setup_cost_usd(median_usd: float, log_sd: float, setup_z: float) -> float:
    """Return what a first adoption costs a user [h_i].

    Parameters
    ----------
    median_usd, log_sd : float
        Of the user's domain [h, s_h].
    setup_z : float
        The user's standard normal [z_i].
    """
    return median_usd * math.exp(log_sd * setup_z)

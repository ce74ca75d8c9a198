"""The cost of a first adoption: lognormal over users, fixed for each, held against the surplus."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from sim.streams import Stream, Streams
from sim.users.records import Rows

Floats = NDArray[np.float64]


def draw_setup_z(users: int, streams: Streams) -> Floats:
    """Draw each user's standard normal [z_i]: its setup cost is ``h_i = h exp(s_h z_i)``.

    It hangs on the user alone, so that no price, product or start changes it. Shape (N,).
    """
    return np.asarray(ndtri(streams.uniforms(Stream.SETUP, np.arange(users), 0)))


def setup_quantile(gain_usd: ArrayLike, setup_cost_usd: ArrayLike, log_sd: ArrayLike) -> Floats:
    """Return the largest z_i at which a first adoption pays, ``(ln T (CS - f) - ln h) / s_h``.

    Parameters
    ----------
    gain_usd : array_like
        Surplus net of the running fee over the horizon [T (CS - f)].
    setup_cost_usd, log_sd : array_like
        Median h of the setup cost and spread s_h of its logarithm.

    Returns
    -------
    ndarray of float64
        Infinite where setting up costs nothing; minus infinity where there is no gain. Without
        spread, infinite of either sign.
    """
    gain = np.asarray(gain_usd, dtype=np.float64)
    spread = np.asarray(log_sd, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gap = np.log(np.maximum(gain, 0.0)) - np.log(np.asarray(setup_cost_usd, np.float64))
        quantile = np.where(spread > 0.0, gap / spread, np.where(gap >= 0.0, np.inf, -np.inf))
    return np.where(gain > 0.0, quantile, -np.inf)


def reach_of(offers: Rows) -> Floats:
    """Return the largest z_i at which a first adoption of any product pays, by type, (K,).

    Parameters
    ----------
    offers : OFFER[K, P]
    """
    reach = np.max(
        offers["setup_quantile"], axis=1, where=offers["utility"] > -np.inf, initial=-np.inf
    )
    return np.asarray(reach, dtype=np.float64)

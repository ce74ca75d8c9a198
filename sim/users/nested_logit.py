"""Shares and log-sum of a nested logit in closed form: what the kernel's races come to."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

from sim.quantities import FloatArray, IntegerArray


def nested_logit(
    utility: ArrayLike,
    nest: IntegerArray,
    dissimilarity: ArrayLike,
    outside_utility: ArrayLike = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Shares of products, and the expected utility of the best.

    Parameters
    ----------
    utility : array_like, shape (..., P)
        V, in units of mu; -inf for what cannot be chosen or is not considered.
    nest : ndarray of int64, shape (P,)
        Nest of each product; 0 for products in none.
    dissimilarity : array_like, shape (G + 1,)
        lambda of each nest, as in ``sim.users.mechanisms.nests``.
    outside_utility : array_like, shape (...)
        Of using no product.

    Returns
    -------
    shares : ndarray, shape (..., P)
        What is missing to one is the share of no product.
    log_sum : ndarray, shape (...)
        ``ln(exp(V_0) + sum over h of D_h**lambda_h)``: the expected utility of the best less
        Euler's constant, which is the surplus in units of mu (Small and Rosen 1981).
    """
    value = np.asarray(utility, np.float64)
    alone = np.flatnonzero(nest == 0)
    scale = np.asarray(dissimilarity, np.float64)
    log_share = np.full_like(value, -np.inf)
    inclusive = [np.broadcast_to(np.asarray(outside_utility, np.float64), value.shape[:-1])]
    members = [
        *((alone[n : n + 1], 1.0) for n in range(alone.size)),
        *((np.flatnonzero(nest == g), float(scale[g])) for g in range(1, scale.size)),
    ]
    for products, dissimilar in members:
        scaled = value[..., products] / dissimilar
        total = logsumexp(scaled, axis=-1) if products.size else np.full(value.shape[:-1], -np.inf)
        reachable = np.isfinite(total)
        within = scaled - np.where(reachable, total, 0.0)[..., None]
        log_share[..., products] = within + (dissimilar * total)[..., None]
        inclusive.append(dissimilar * total)
    log_sum = np.asarray(logsumexp(np.stack(inclusive), axis=0))
    return np.asarray(np.exp(log_share - log_sum[..., None])), log_sum

"""Moments of what a point's outcome is on average, freed of the noise of its replications.

The mean over ``R`` replications of a point is its expectation plus noise, and squares of such means
carry the noise's variance. All points share the draws of a replication, so the noise of two points
is correlated too. Products across *different* replications carry neither: draws of replications are
independent, so ``E[Y_pr Y_qs] = E[Y_p] E[Y_q]`` for ``r != s``, whatever points p and q share.
"""

from __future__ import annotations

import numpy as np

from sim.quantities import FloatArray

_FEWEST_FOR_WEIGHTS = 3


def across(first: FloatArray, second: FloatArray, weights: FloatArray) -> FloatArray:
    """Mean product of two quantities over all pairs of different replications.

    ``sum_{r != s} w_r w_s u_r v_s / (1 - sum_r w_r^2)``: the unbiased estimate of the product of
    their expectations (a U-statistic of order two, Hoeffding 1948). With one replication it is the
    plain product.

    Parameters
    ----------
    first, second
        Shape [..., R].
    weights
        Of the replications, shape [R], adding to one.

    Examples
    --------
    >>> pair = np.array([1.0, 3.0])
    >>> float(across(pair, pair, np.array([0.5, 0.5])))
    3.0
    """
    if weights.size == 1:
        return np.asarray((first * second)[..., 0])
    same = np.einsum("...r,...r,r->...", first, second, np.square(weights))
    pairs = 1.0 - float(np.square(weights).sum())
    return np.asarray(((first @ weights) * (second @ weights) - same) / pairs)


def noise_variance(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Variance over replications of each point, unbiased; NaN with one replication.

    Parameters
    ----------
    values
        Shape [..., R].
    weights
        Of the replications, shape [R], adding to one.
    """
    if weights.size == 1:
        return np.full(values.shape[:-1], np.nan)
    mean = values @ weights
    spread = np.square(values) @ weights - np.square(mean)
    return np.asarray(np.maximum(spread, 0.0) / (1.0 - float(np.square(weights).sum())))


def equal_weights(replications: int) -> FloatArray:
    """Return the weights of replications that all count alike."""
    return np.full(replications, 1.0 / replications)


def drawn_weights(replications: int, draws: int, generator: np.random.Generator) -> FloatArray:
    """Draw weights of replications whose means spread as means over other replications would.

    A Bayesian bootstrap (Rubin 1981) of concentration ``(R - 2) / R`` instead of one: then the
    variance of a weighted mean is ``s^2 / R``, that of the mean over ``R`` replications. Fewer than
    three replications say nothing about the spread of their mean and keep equal weights.

    Returns
    -------
    numpy.ndarray
        Shape [draws, R].
    """
    if replications < _FEWEST_FOR_WEIGHTS:
        return np.tile(equal_weights(replications), (draws, 1))
    concentration = (replications - 2) / replications
    return generator.dirichlet(np.full(replications, concentration), draws)

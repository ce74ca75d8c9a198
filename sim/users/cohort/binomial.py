"""Binomial draws from one random word each, in time that does not grow with the count.

A draw is the quantile of its word's uniform, and so rises with the uniform, the count and the
probability: two worlds that share their words have draws that differ only as far as their
probabilities do. Up to a mean of 16 the distribution function is summed. Above, the quantile is the
normal's with the Cornish and Fisher terms of skewness and kurtosis; the draw's distribution is then
within 0.0005 of the binomial in total variation.

References
----------
Cornish, Fisher (1938). Moments and cumulants in the specification of distributions. Revue de
l'Institut International de Statistique 5, 307-320.
"""

import math

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.draws import uniform_52
from sim.users.normal import normal_quantile

SUMMED_UP_TO = 16.0
_MOST_SUMMED = 160
"""Beyond, with means up to 16, the distribution function is one in double precision."""
_SMALLEST_TAIL = 2e-11


@compiled_apart
def binomial(word: np.uint64, count: np.int64, probability: float) -> np.int64:
    """Return how many of a count succeed, each with the same probability.

    Parameters
    ----------
    word : uint64
        The random word.
    count : int
        At least zero.
    probability : float
        Below zero and above one it counts as zero and one.
    """
    if count <= 0 or probability <= 0.0:
        return np.int64(0)
    if probability >= 1.0:
        return count
    if probability > 0.5:
        return count - _quantile(1.0 - uniform_52(word), count, 1.0 - probability)
    return _quantile(uniform_52(word), count, probability)


@compiled
def _quantile(uniform: float, count: np.int64, probability: float) -> np.int64:
    """Quantile of a binomial with probability at most one half."""
    mean = count * probability
    if mean > SUMMED_UP_TO:
        return _expanded(uniform, count, probability)
    mass = math.exp(count * math.log1p(-probability))
    odds = probability / (1.0 - probability)
    total, drawn = mass, 0
    while uniform > total and drawn < count and drawn < _MOST_SUMMED:
        mass *= odds * (count - drawn) / (drawn + 1)
        total += mass
        drawn += 1
    return np.int64(drawn)


@compiled
def _expanded(uniform: float, count: np.int64, probability: float) -> np.int64:
    """Quantile by the expansion of Cornish and Fisher, to the nearest whole number."""
    z = normal_quantile(min(max(uniform, _SMALLEST_TAIL), 1.0 - _SMALLEST_TAIL))
    variance = count * probability * (1.0 - probability)
    sd = math.sqrt(variance)
    skewness = (1.0 - 2.0 * probability) / sd
    excess = (1.0 - 6.0 * probability * (1.0 - probability)) / variance
    square = z * z
    deviation = z + skewness * (square - 1.0) / 6.0
    deviation += excess * z * (square - 3.0) / 24.0
    deviation -= skewness * skewness * z * (2.0 * square - 5.0) / 36.0
    smoothed = math.sqrt(variance - 1.0 / 12.0)  # rounding adds the rest
    drawn = math.floor(count * probability + smoothed * deviation + 0.5)
    return np.int64(min(max(drawn, 0.0), float(count)))

"""A few values of the noise that a nest shares, with weights, which stand for its distribution."""

import math
from functools import cache
from typing import NamedTuple

import numpy as np

from sim.quantities import FloatArray
from sim.users.mechanisms.nests import shared_noise

_NODES = 12
_FINE = 160
"""Angles, and exponential draws, over which the distribution is laid out."""


class Nodes(NamedTuple):
    """Values that stand for the noise of a nest.

    Attributes
    ----------
    dissimilarity
        lambda of the nest.
    noise
        (M,) Values of ``lambda ln S``.
    weight
        (M,) Their probabilities.
    """

    dissimilarity: float
    noise: FloatArray
    weight: FloatArray


@cache
def shared_noise_nodes(dissimilarity: float) -> Nodes:
    """Return values that stand for the noise of a nest: its quantiles at the nodes of Gauss.

    Parameters
    ----------
    dissimilarity
        lambda; at 1 the one value is zero.
    """
    if dissimilarity == 1.0:
        return Nodes(1.0, np.zeros(1), np.ones(1))
    place, weight = np.polynomial.legendre.leggauss(_NODES)
    middle = (np.arange(_FINE) + 0.5) / _FINE
    log_exponential = np.log(-np.log1p(-middle)).tolist()
    noise = [
        shared_noise(math.pi * angle, value, dissimilarity)
        for angle in middle.tolist()
        for value in log_exponential
    ]
    return Nodes(dissimilarity, np.quantile(noise, 0.5 + 0.5 * place), 0.5 * weight)

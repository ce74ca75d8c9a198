r"""Expected log-sums of a nested logit over random consideration sets, by two quadratures.

A nest of dissimilarity l adds ``X^l`` to the sum below the logarithm, ``X = sum B_j exp(V_j / l)``
over its products. With S positive stable of index l, ``exp(-t X^l) = E exp(-t^(1/l) X S)``, in
which products are independent again (see `sim.users.log_sum`):

.. math::
   E\, e^{-t X^l} = \int h(v) \prod_j \big(1 - c_j (1 - e^{-\exp((\ln t + V_j) / l + v)})\big)\, dv.

The density h of ln S is the inverse Fourier transform of ``Gamma(1 - is / l) / Gamma(1 - is)``. Its
nodes are spaced so that those of all t lie on one grid, on which the products are computed once.

References
----------
Kanter (1975). Stable densities under change of scale and total variation inequalities. Annals of
Probability 3, 697-707. McFadden (1978). Modelling the choice of residential location.
"""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.quantities import BoolArray, FloatArray, IntegerArray

STEP = 0.5 * math.log(2.0)
"""Distance of the nodes in y = ln t."""
_FADED = 3.8
_UNTOUCHED = 21.0
"""As in `sim.users.log_sum`."""
_HIGHEST = 1e3
"""Advantages beyond, in units of mu, count as this: the grid would not end."""
_FINEST = 64
"""Most nodes of v for a node of y."""


class StableLog(NamedTuple):
    """The logarithm of a positive stable variable, on a grid.

    Attributes
    ----------
    first : float
        Its lowest value.
    fineness : int
        Nodes for each step of y over the dissimilarity.
    mass : ndarray
        Probability of each node.
    """

    first: float
    fineness: int
    mass: FloatArray


@lru_cache(maxsize=32)
def stable_log(dissimilarity: float) -> StableLog:
    """Put the logarithm of a positive stable variable of index ``0 < l < 1`` on a grid.

    Its right tail falls by exp(-l v), its left one doubly exponentially; what is cut off on the
    right, one in a billion, is put on the last node.
    """
    from scipy.special import loggamma

    excess = 1.0 / dissimilarity - 1.0
    wanted = math.pi**2 * min(1.0, excess) / 18.0
    fineness = min(_FINEST, max(1, math.ceil(STEP / dissimilarity / wanted)))
    step = STEP / dissimilarity / fineness
    # P(S < s) is below exp(-(1 - l) (l / s)^(l / (1 - l))) for small s
    low = math.log(dissimilarity) - (1.0 / dissimilarity - 1.0) * math.log(
        40.0 / (1.0 - dissimilarity)
    )
    high = _UNTOUCHED / dissimilarity
    v = low + step * np.arange(int((high - low) / step) + 1)
    fastest = 80.0 / (math.pi * excess)
    spacing = math.pi / (high - low + 4.0 / dissimilarity)
    s = spacing * (np.arange(int(fastest / spacing) + 1) + 0.5)
    transform = np.exp(loggamma(1.0 - 1j * s / dissimilarity) - loggamma(1.0 - 1j * s))
    density = np.array([np.real(transform * np.exp(-1j * s * at)).sum() for at in v])
    mass = np.maximum(step * spacing / math.pi * density, 0.0)
    mass[-1] = max(0.0, mass[-1] + 1.0 - mass.sum())
    return StableLog(low, fineness, mass)


def nested_log_sums(
    advantage: FloatArray,
    inclusion: FloatArray,
    weight: FloatArray,
    present: BoolArray,
    nest: IntegerArray,
    dissimilarity: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return what `sim.users.log_sum.log_sums` does, for products in nests.

    Parameters
    ----------
    advantage, inclusion, weight : ndarray, shape (R, P)
    present : ndarray of bool, shape (R,)
    nest : ndarray of int64, shape (P,)
        Nest of each product; 0 for products in none.
    dissimilarity : ndarray, shape (G + 1,)
        lambda of each nest, that of the first one.

    Returns
    -------
    log_sum, mean_weight : ndarray, shape (R,)
        In units of mu, with an error below 1e-6.
    """
    log_sum, mean_weight = np.zeros(present.size), np.zeros(present.size)
    grids = [
        (products, float(dissimilarity[g]), stable_log(float(dissimilarity[g])))
        for g in range(1, dissimilarity.size)
        if (products := np.flatnonzero(nest == g)).size and dissimilarity[g] < 1.0
    ]
    nested = {int(j) for products, _, _ in grids for j in products}
    alone = np.array([j for j in range(nest.size) if j not in nested], np.int64)
    for row in np.flatnonzero(present):
        value, chance = np.minimum(advantage[row], _HIGHEST), inclusion[row]
        known = value[chance > 0.0]
        if not known.size or known.max() == -np.inf:
            continue
        first = min(-float(known.max()) - math.log(nest.size), 0.0) - _UNTOUCHED
        nodes = int((_FADED - first) / STEP) + 1
        missed, slope = np.ones(nodes), np.zeros(nodes)
        _multiply(first, STEP, 1.0, value, chance, weight[row], alone, missed, slope)
        for products, scale, grid in grids:
            size = grid.fineness * (nodes - 1) + grid.mass.size
            level, fall = np.ones(size), np.zeros(size)
            begin, step = first / scale + grid.first, STEP / scale / grid.fineness
            _multiply(begin, step, scale, value, chance, weight[row], products, level, fall)
            _mix(grid.fineness, grid.mass, level, fall, missed, slope)
        log_sum[row], mean_weight[row] = _integrate(first, missed, slope)
    return log_sum, mean_weight


@compiled
def _multiply(
    first: float,
    step: float,
    scale: float,
    value: FloatArray,
    inclusion: FloatArray,
    weight: FloatArray,
    products: IntegerArray,
    missed: FloatArray,
    slope: FloatArray,
) -> None:
    """Multiply the factors of products into their product and its weighted slope, node by node."""
    for j in products:
        if inclusion[j] <= 0.0 or value[j] == -math.inf:
            continue
        for n in range(missed.size):
            place = first + n * step + value[j] / scale
            if place < -2.0 * _UNTOUCHED:
                continue
            rate = math.exp(min(place, 10.0))
            left = math.exp(-rate)
            factor = 1.0 - inclusion[j] * (1.0 - left)
            fall = weight[j] * inclusion[j] * rate * left / scale
            slope[n] = slope[n] * factor + missed[n] * fall
            missed[n] *= factor


@compiled
def _mix(
    fineness: int,
    mass: FloatArray,
    level: FloatArray,
    fall: FloatArray,
    missed: FloatArray,
    slope: FloatArray,
) -> None:
    """Average a nest over its stable variable, and multiply it in."""
    for n in range(missed.size):
        mean_level, mean_fall = 0.0, 0.0
        for m in range(mass.size):
            mean_level += mass[m] * level[fineness * n + m]
            mean_fall += mass[m] * fall[fineness * n + m]
        slope[n] = slope[n] * mean_level + missed[n] * mean_fall
        missed[n] *= mean_level


@compiled
def _integrate(first: float, missed: FloatArray, slope: FloatArray) -> tuple[float, float]:
    """Integrate over all nodes, those left of the first in closed form."""
    tail = 1.0 / math.expm1(STEP)
    log_sum, mean_weight = tail * (1.0 - missed[0]), tail * slope[0]
    for n in range(missed.size):
        damping = math.exp(-math.exp(first + n * STEP))
        log_sum += damping * (1.0 - missed[n])
        mean_weight += damping * slope[n]
    return STEP * log_sum, STEP * mean_weight


def warm_up() -> None:
    """Compile these sums, or read them from the cache."""
    one = np.zeros((1, 2))
    nest, scale = np.array([0, 1]), np.array([1.0, 0.5])
    nested_log_sums(one, one + 0.5, one, np.ones(1, np.bool_), nest, scale)

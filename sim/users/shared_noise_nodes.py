"""A few values of the noise that a nest shares, with weights, which stand for its distribution.

They are the nodes of Gauss's rule for that distribution: m of them integrate every polynomial of
degree 2 m - 1 as it does. For a nest so close that this many do not resolve one product's time,
the whole grid stands for it.

References
----------
Golub, Welsch (1969). Calculation of Gauss quadrature rules. Mathematics of Computation 23, 221-230.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from sim.quantities import FloatArray
from sim.users.nested_log_sum import STEP, stable_log

_NODES = (12, 24, 48)
_PRECISION = 1e-5
"""Of the Laplace transform, which is known: E exp(-t S) = exp(-t^lambda)."""
_NOTHING = 1e-14
_TIMES = np.logspace(-8.0, 8.0, 200)


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

    def missed(self) -> float:
        """Return the largest error of the transform of S."""
        stable = np.exp(np.minimum(self.noise / self.dissimilarity, 700.0))
        found = np.exp(-np.multiply.outer(_TIMES, stable)) @ self.weight
        return float(np.abs(found - np.exp(-(_TIMES**self.dissimilarity))).max())


@cache
def shared_noise_nodes(dissimilarity: float) -> Nodes:
    """Return values that stand for the noise of a nest, as few as do.

    Parameters
    ----------
    dissimilarity
        lambda; at 1 the one value is zero.
    """
    if dissimilarity == 1.0:
        return Nodes(1.0, np.zeros(1), np.ones(1))
    grid = stable_log(dissimilarity)
    step = STEP / dissimilarity / grid.fineness
    place = np.asarray(grid.first + step * np.arange(grid.mass.size), np.float64)
    counts = grid.mass > _NOTHING
    whole = Nodes(
        dissimilarity, np.asarray(dissimilarity * place[counts], np.float64), grid.mass[counts]
    )
    for count in _NODES:
        nodes = _gauss(whole, count)
        if nodes.missed() < _PRECISION:
            return nodes
    return whole


def _gauss(whole: Nodes, count: int) -> Nodes:
    """Return the nodes of Gauss's rule for a distribution on a grid, by Lanczos's recursion."""
    start = np.sqrt(whole.weight)
    basis = [start / np.linalg.norm(start)]
    diagonal, beside = np.empty(count), np.empty(count - 1)
    for n in range(count):
        rest = whole.noise * basis[n]
        diagonal[n] = rest @ basis[n]
        if n == count - 1:
            break
        for _ in range(2):  # once is not enough to stay orthogonal
            rest -= np.array(basis).T @ (np.array(basis) @ rest)
        beside[n] = np.linalg.norm(rest)
        basis.append(rest / beside[n])
    noise, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
    return Nodes(
        whole.dissimilarity, np.asarray(noise, np.float64), np.asarray(vectors[0] ** 2, np.float64)
    )

"""Rows of neighbours from ties."""

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.quantities import IntegerArray
from sim.users.records import GRAPH, Graph


def adjacency(ties: IntegerArray, users: int) -> Graph:
    """Rows of neighbours, in rising order, from undirected ties, shape (2, E), each given once."""
    source, target = np.ascontiguousarray(ties)
    degree = np.bincount(source, minlength=users) + np.bincount(target, minlength=users)
    offsets = np.zeros(users + 1, np.int64)
    np.cumsum(degree, out=offsets[1:])
    first, neighbours = (np.empty(offsets[-1], np.int32) for _ in range(2))
    _fill(source, target, offsets[:-1].copy(), first)
    _transpose(offsets, first, offsets[:-1].copy(), neighbours)
    return Graph(GRAPH, offsets, neighbours)


@compiled
def _fill(
    source: IntegerArray, target: IntegerArray, free: IntegerArray, neighbours: NDArray[np.int32]
) -> None:
    for tie in range(source.size):
        a, b = source[tie], target[tie]
        neighbours[free[a]] = b
        neighbours[free[b]] = a
        free[a] += 1
        free[b] += 1


@compiled
def _transpose(
    offsets: IntegerArray,
    neighbours: NDArray[np.int32],
    free: IntegerArray,
    transposed: NDArray[np.int32],
) -> None:
    """Write each row of a symmetric graph in rising order: as a column of its rows in order."""
    for user in range(offsets.size - 1):
        for n in range(offsets[user], offsets[user + 1]):
            other = neighbours[n]
            transposed[free[other]] = user
            free[other] += 1


def warm_up() -> None:
    """Compile these functions, or read them from the cache."""
    adjacency(np.zeros((2, 0), np.int64), 1)

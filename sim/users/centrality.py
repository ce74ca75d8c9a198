"""Which users are central in the network, by the measures of networkx.

References
----------
Freeman (1978). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
Bonacich (1987). Power and centrality: a family of measures. Am. J. Sociology 92, 1170-1182.
Brin, Page (1998). The anatomy of a large-scale hypertextual web search engine. WWW7, 107-117.
Seidman (1983). Network structure and minimum degree. Social Networks 5, 269-287.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.quantities import FloatArray, IntegerArray
from sim.scenario.seeding import Centrality
from sim.users.records import GRAPH, Graph

if TYPE_CHECKING:
    import networkx as nx
    from scipy import sparse

_DIGITS = 9
"""Centralities that agree so far are equal: what is beyond is rounding."""
_DAMPING = 0.85
_TOLERANCE = 1e-12
_MOST_STEPS = 1000


def most_central(graph: Graph, chosen_by: Centrality, count: int, lots: FloatArray) -> IntegerArray:
    """Choose users.

    Parameters
    ----------
    graph : Graph
        Who hears from whom. In a complete graph, and without one, all are equally central.
    chosen_by : Centrality
        The measure.
    count : int
        How many to choose.
    lots : float64[N]
        A draw for each user; the lowest are chosen among equals.

    Returns
    -------
    int64[count]
        The users, the most central first.
    """
    if chosen_by == "random" or graph.kind != GRAPH:
        return np.argsort(lots, kind="stable")[:count]
    return np.lexsort((lots, -centrality(graph, chosen_by)))[:count]


def centrality(graph: Graph, measure: Centrality) -> FloatArray:
    """Centrality of every user, in units of the highest.

    Parameters
    ----------
    graph : Graph
        With rows of neighbours.
    measure : Centrality
        Any but ``random``.

    Returns
    -------
    float64[N]
        Rounded, so that users in equal places are equal.
    """
    match measure:
        case "degree":
            found = np.diff(graph.offsets).astype(np.float64)
        case "pagerank":
            found = _pagerank(_matrix(graph))
        case "eigenvector":
            found = _eigenvector(_matrix(graph))
        case _:
            found = _by_networkx(graph, measure)
    most = float(found.max())
    return np.asarray(np.round(found / most, _DIGITS) if most > 0.0 else found)


def _matrix(graph: Graph) -> sparse.csr_array:
    from scipy import sparse

    users = graph.offsets.size - 1
    ones = np.ones(graph.neighbours.size)
    return sparse.csr_array((ones, graph.neighbours, graph.offsets), shape=(users, users))


def _pagerank(ties: sparse.csr_array) -> FloatArray:
    """Stationary share of a walker who follows ties, or with probability 0.15 starts anywhere."""
    users = ties.shape[0]
    degree = np.asarray(ties.sum(axis=1)).ravel()
    share = np.full(users, 1.0 / users)
    for _ in range(_MOST_STEPS):
        left = np.where(degree > 0.0, share / np.maximum(degree, 1.0), 0.0)
        stranded = share[degree == 0.0].sum()
        new = _DAMPING * (ties @ left + stranded / users) + (1.0 - _DAMPING) / users
        done = np.abs(new - share).sum() < _TOLERANCE
        share = new
        if done:
            break
    return np.asarray(share)


def _eigenvector(ties: sparse.csr_array) -> FloatArray:
    """Leading eigenvector of the ties, all of one sign."""
    from scipy.sparse.linalg import eigsh

    if ties.nnz == 0:
        return np.zeros(ties.shape[0])
    _, vectors = eigsh(ties, k=1, which="LA", v0=np.ones(ties.shape[0]), tol=_TOLERANCE)
    return np.asarray(np.abs(vectors[:, 0]))


def _by_networkx(graph: Graph, measure: Centrality) -> FloatArray:
    import networkx as nx

    network = as_networkx(graph)
    if measure == "k_core":
        found = nx.core_number(network)
    elif measure == "betweenness":
        found = nx.betweenness_centrality(network)
    else:
        found = nx.closeness_centrality(network)
    return np.array([found[user] for user in range(len(found))], dtype=np.float64)


def as_networkx(graph: Graph) -> nx.Graph[int]:
    """Return the network as one of networkx."""
    import networkx as nx

    users = graph.offsets.size - 1
    source = np.repeat(np.arange(users), np.diff(graph.offsets))
    once = source < graph.neighbours
    network: nx.Graph[int] = nx.empty_graph(users)
    network.add_edges_from(zip(source[once].tolist(), graph.neighbours[once].tolist(), strict=True))
    return network

"""Who hears from whom: networkx for small populations, vectorised generators for large ones."""

import random

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Network
from sim.streams import Stream, Streams
from sim.users import large_networks
from sim.users.records import ALONE, COMPLETE, GRAPH, Graph

NETWORKX_USERS = 5_000
"""Up to this many users the graph comes from networkx."""


def build_graph(network: Network, users: int, streams: Streams) -> Graph:
    """Build the graph of a scenario.

    Parameters
    ----------
    network : Network
        Kind and parameters.
    users : int
        Number of users N.
    streams : Streams
        The replication's draws; the graph uses ``Stream.NETWORK`` alone.

    Returns
    -------
    Graph
        Undirected: each edge stands in both its users' rows. ``complete`` and ``none`` need none.

    Raises
    ------
    ValueError
        If the mean degree is not below the number of users.
    """
    nothing = np.zeros(users + 1, np.int64), np.zeros(0, np.int32)
    if network.kind == "complete":
        return Graph(COMPLETE, *nothing)
    if network.kind == "none":
        return Graph(ALONE, *nothing)
    if network.mean_degree >= users:
        raise ValueError(f"mean_degree = {network.mean_degree} must be below {users}, the users")
    if users <= NETWORKX_USERS:
        edges = _networkx_edges(network, users, streams)
    else:
        edges = large_networks.edges(network, users, streams)
    return adjacency(edges, users)


def adjacency(edges: NDArray[np.int64], users: int) -> Graph:
    """Rows of neighbours from undirected edges, shape (2, E), each given once."""
    first, second = edges
    both = np.concatenate([first * users + second, second * users + first])
    both.sort()
    degree = np.bincount(both // users, minlength=users)
    offsets = np.concatenate([[0], np.cumsum(degree)])
    return Graph(GRAPH, offsets.astype(np.int64), (both % users).astype(np.int32))


def _networkx_edges(network: Network, users: int, streams: Streams) -> NDArray[np.int64]:
    import networkx as nx  # nearly half a second to import, and large populations do without

    seed = random.Random(streams.words(Stream.NETWORK, 0, 0)[0])
    degree = network.mean_degree
    if network.kind == "watts_strogatz":
        graph = nx.watts_strogatz_graph(users, degree, network.rewiring_share, seed=seed)
    elif network.kind == "barabasi_albert":
        graph = nx.barabasi_albert_graph(users, max(degree // 2, 1), seed=seed)
    else:
        graph = nx.fast_gnp_random_graph(users, degree / (users - 1), seed=seed)
    return np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2).T

"""Who hears from whom, as rows of neighbours."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Network
from sim.streams import Streams
from sim.users import random_graphs
from sim.users.records import ALONE, COMPLETE, GRAPH, Graph


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
    return adjacency(random_graphs.edges(network, users, streams), users)


def adjacency(edges: NDArray[np.int64], users: int) -> Graph:
    """Rows of neighbours from undirected edges, shape (2, E), each given once."""
    first, second = edges
    both = np.concatenate([first * users + second, second * users + first])
    both.sort()
    degree = np.bincount(both // users, minlength=users)
    offsets = np.concatenate([[0], np.cumsum(degree)])
    return Graph(GRAPH, offsets.astype(np.int64), (both % users).astype(np.int32))

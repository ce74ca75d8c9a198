"""What a user's neighbours do."""

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.users.records import COMPLETE, GRAPH, NO_PRODUCT, Graph


@compiled
def adopting_share(
    user: int, product: NDArray[np.int16], graph: Graph, users_of: NDArray[np.int64]
) -> float:
    """Share of a user's neighbours that use any product.

    In a complete graph it is the share of all users, as in Bass's model.

    Parameters
    ----------
    user : int
        The user.
    product : int16[N]
        Product of every user, for all or the first of its requests.
    graph : Graph
        Who hears from whom.
    users_of : int64[P + 1]
        Users by product, the last entry all adopters.
    """
    if graph.kind == COMPLETE:
        return float(users_of[-1] / (graph.offsets.size - 1))
    if graph.kind != GRAPH:
        return 0.0
    first, last = graph.offsets[user], graph.offsets[user + 1]
    adopters = 0
    for n in range(first, last):
        adopters += product[graph.neighbours[n]] != NO_PRODUCT
    return float(adopters / max(last - first, 1))


@compiled
def count_peers(
    user: int,
    product: NDArray[np.int16],
    graph: Graph,
    users_of: NDArray[np.int64],
    peers: NDArray[np.int32],
) -> float:
    """Count each product's users among a user's neighbours; return the share of one count.

    Parameters
    ----------
    user, product, graph, users_of
        As in ``adopting_share``.
    peers : int32[P + 1]
        Receives the counts; the last entry counts more than the products, so that the loop need
        not ask whether a neighbour has one. In a complete graph the counts are those of all users.
    """
    if graph.kind == COMPLETE:
        for j in range(peers.size):
            peers[j] = users_of[j]
        return 1.0 / product.size
    for j in range(peers.size):
        peers[j] = 0
    if graph.kind != GRAPH:
        return 0.0
    first, last = graph.offsets[user], graph.offsets[user + 1]
    for n in range(first, last):
        peers[product[graph.neighbours[n]]] += 1
    return float(1.0 / max(last - first, 1))

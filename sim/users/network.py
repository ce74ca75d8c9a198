"""Who hears from whom, as rows of neighbours."""

import numpy as np

from sim.quantities import IntegerArray
from sim.scenario.demand import Network
from sim.scenario.tie_files import read_ties
from sim.streams import Streams
from sim.users.graphs.adjacency import adjacency
from sim.users.graphs.blocks import stochastic_block
from sim.users.graphs.communities import Communities, lancichinetti_fortunato_radicchi
from sim.users.graphs.preferential_attachment import barabasi_albert
from sim.users.graphs.small_world import watts_strogatz
from sim.users.records import ALONE, COMPLETE, Graph


def build_graph(network: Network, domain: IntegerArray, streams: Streams) -> Graph:
    """Build the graph of a scenario.

    Parameters
    ----------
    network : Network
        Kind and parameters.
    domain : int64[N]
        Domain of each user.
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
    users = domain.size
    nothing = np.zeros(users + 1, np.int64), np.zeros(0, np.int32)
    if network.kind == "complete":
        return Graph(COMPLETE, *nothing)
    if network.kind == "none":
        return Graph(ALONE, *nothing)
    if network.kind != "edge_list" and network.mean_degree >= users:
        raise ValueError(f"mean_degree = {network.mean_degree} must be below {users}, the users")
    return adjacency(_ties(network, domain, streams), users)


def _ties(network: Network, domain: IntegerArray, streams: Streams) -> IntegerArray:
    """Undirected ties, shape (2, E), each given once."""
    users, degree, mixing = domain.size, network.mean_degree, network.mixing_share
    match network.kind:
        case "watts_strogatz":
            return watts_strogatz(users, degree // 2, network.rewiring_share, streams)
        case "barabasi_albert":
            return barabasi_albert(users, degree // 2, streams)
        case "lfr":
            return lancichinetti_fortunato_radicchi(users, _communities(network), streams)[0]
        case "stochastic_block":
            return stochastic_block(_blocks(network, domain), degree, mixing, streams)
        case "erdos_renyi":
            return stochastic_block(np.zeros(users, np.int64), degree, 0.0, streams)
        case "edge_list":
            return read_ties(network.ties)
        case _:
            raise ValueError(f"{network.kind} is built without ties")


def _blocks(network: Network, domain: IntegerArray) -> IntegerArray:
    """Block of each user: its domain, or one of equal blocks of numbers in a row."""
    if network.blocks is None:
        return domain
    return np.arange(domain.size) * network.blocks // domain.size


def _communities(network: Network) -> Communities:
    return Communities(
        mean_degree=network.mean_degree,
        degree_exponent=network.degree_exponent,
        largest_degree=network.largest_degree,
        smallest=network.smallest_community,
        largest=network.largest_community,
        size_exponent=network.community_size_exponent,
        mixing_share=network.mixing_share,
    )

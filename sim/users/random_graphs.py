"""Random graphs of ten to millions of users in array operations, distributed as networkx's.

References
----------
Watts, Strogatz (1998). Collective dynamics of 'small-world' networks. Nature 393, 440-442.
Barabasi, Albert (1999). Emergence of scaling in random networks. Science 286, 509-512.
Batagelj, Brandes (2005). Efficient generation of large random networks. Phys. Rev. E 71, 036113.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Network
from sim.streams import Stream, Streams

Integers = NDArray[np.int64]

_REWIRED, _TARGET, _SKIP, _ATTACHED = 1, 2, 3, 4
"""Entities of ``Stream.NETWORK``: one a purpose; the ordinal counts edges and attempts."""

_ATTEMPTS = 100


def edges(network: Network, users: int, streams: Streams) -> Integers:
    """Edges of a graph, shape (2, E), each given once.

    Parameters
    ----------
    network : Network
        ``watts_strogatz``, ``barabasi_albert`` or ``erdos_renyi``.
    users : int
        Number of users N, above the mean degree.
    streams : Streams
        The replication's draws.
    """
    if network.kind == "watts_strogatz":
        return watts_strogatz(users, network.mean_degree // 2, network.rewiring_share, streams)
    if network.kind == "barabasi_albert":
        return barabasi_albert(users, max(network.mean_degree // 2, 1), streams)
    return erdos_renyi(users, network.mean_degree / (users - 1), streams)


def watts_strogatz(users: int, reach: int, rewiring_share: float, streams: Streams) -> Integers:
    """Ring of users, each tied to ``reach`` on either side; a share of ties goes elsewhere.

    As Watts and Strogatz, the far end of a tie moves to a user drawn at random, never to oneself
    and never onto a tie that exists; such ends are drawn again. A tie that finds no other end in a
    hundred draws stays where it was: that of a user who is tied to nearly all others.
    """
    near = np.tile(np.arange(users), reach)
    ring = (near + np.repeat(np.arange(1, reach + 1), users)) % users
    far = ring.copy()
    number = np.arange(near.size)
    rewired = number[_draw(streams, _REWIRED, number) < rewiring_share]
    moving = rewired
    for attempt in range(_ATTEMPTS):
        drawn = _draw(streams, _TARGET, moving + attempt * near.size)
        far[moving] = (drawn * users).astype(np.int64)
        moving = moving[_in_vain(near, far, moving, users)]
        if moving.size == 0:
            return np.stack([near, far])
    staying = moving
    while staying.size:  # one that stays may find its place taken; who took it stays as well
        far[staying] = ring[staying]
        rewired = np.setdiff1d(rewired, staying)
        staying = rewired[_in_vain(near, far, rewired, users)]
    return np.stack([near, far])


def barabasi_albert(users: int, links: int, streams: Streams) -> Integers:
    """Preferential attachment: each new user ties to ``links`` others in proportion to their ties.

    Starts from a star of ``links`` + 1 users. A new tie picks one of all earlier ends at random
    (Batagelj and Brandes, algorithm 5): here all picks are drawn first, and picks of ends that are
    themselves picks are followed to the user they stand for, for all ties at once.
    """
    source = np.concatenate(
        [np.arange(links), np.repeat(np.arange(links + 1, users), links)]
    ).astype(np.int64)
    drawn = np.arange(links, source.size)
    earlier_ends = 2 * (links + (drawn - links) // links * links)
    pick = np.full(source.size, -1)
    again, attempt = drawn, 0
    while again.size:
        uniform = _draw(streams, _ATTACHED, again + attempt * source.size)
        pick[again] = (uniform * earlier_ends[again - links]).astype(np.int64)
        target = _followed(pick, source, links)
        again = drawn[_in_vain(source, target, drawn, users)]
        attempt += 1
    return np.stack([source, target])


def erdos_renyi(users: int, tie_probability: float, streams: Streams) -> Integers:
    """Each pair of users is tied with the same probability; skips between ties are geometric."""
    pairs = users * (users - 1) // 2
    if tie_probability >= 1.0:
        return np.stack(np.triu_indices(users, 1))
    expected = pairs * tie_probability
    draws = math.ceil(expected + 10.0 * math.sqrt(expected) + 10.0)
    uniform = _draw(streams, _SKIP, np.arange(draws))
    skips = np.floor(np.log(uniform) / math.log1p(-tie_probability)).astype(np.int64)
    pair = np.cumsum(skips + 1) - 1
    pair = pair[pair < pairs]
    high = ((1.0 + np.sqrt(8.0 * pair + 1.0)) / 2.0).astype(np.int64)
    high -= high * (high - 1) // 2 > pair
    high += high * (high + 1) // 2 <= pair
    return np.stack([high, pair - high * (high - 1) // 2])


def _draw(streams: Streams, purpose: int, ordinals: Integers) -> NDArray[np.float64]:
    return streams.uniforms(Stream.NETWORK, purpose, ordinals)


def _followed(pick: Integers, source: Integers, links: int) -> Integers:
    """User at the end that each tie picked. End 2e is the source of tie e, 2e + 1 its target."""
    end = pick.copy()
    while True:
        tie = end >> 1
        pending = (end & 1 == 1) & (tie >= links)
        if not pending.any():
            break
        end[pending] = pick[tie[pending]]
    return np.where(end & 1 == 1, links, source[tie])


def _in_vain(first: Integers, second: Integers, moved: Integers, users: int) -> NDArray[np.bool_]:
    """Which of the moved edges are loops, or double an edge that did not move or moved earlier."""
    pair = np.minimum(first, second) * users + np.maximum(first, second)
    still = np.ones(pair.size, dtype=bool)
    still[moved] = False
    order = np.concatenate([np.flatnonzero(still), moved])
    _, first_seen = np.unique(pair[order], return_index=True)
    fresh = np.zeros(pair.size, dtype=bool)
    fresh[order[first_seen]] = True
    return np.asarray(~fresh[moved] | (first[moved] == second[moved]))

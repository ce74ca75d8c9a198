"""Preferential attachment, distributed as networkx's.

References
----------
Barabasi, Albert (1999). Emergence of scaling in random networks. Science 286, 509-512.
Batagelj, Brandes (2005). Efficient generation of large random networks. Phys. Rev. E 71, 036113.
"""

import numpy as np

from sim.compiled import compiled
from sim.quantities import IntegerArray
from sim.streams import Stream, Streams
from sim.users.graphs.purposes import Purpose
from sim.users.graphs.words import picked


def barabasi_albert(users: int, links: int, streams: Streams) -> IntegerArray:
    """Each new user ties to ``links`` earlier ones in proportion to their ties.

    Starts from a star of ``links`` + 1 users. A new tie picks one of all earlier ends at random
    (Batagelj and Brandes, algorithm 5), again if it leads to a user that is tied to already.
    """
    ties = np.empty((2, links * (users - links)), np.int64)
    key = np.uint64(streams.words(Stream.NETWORK, Purpose.ATTACHED, 0)[0])
    with np.errstate(over="ignore"):
        _attach(users, links, key, ties[0], ties[1])
    return ties


@compiled
def _attach(
    users: int, links: int, key: np.uint64, source: IntegerArray, target: IntegerArray
) -> None:
    for tie in range(links):
        source[tie] = tie
        target[tie] = links
    ordinal = 0
    for user in range(links + 1, users):
        first = links * (user - links)
        for tie in range(first, first + links):
            source[tie] = user
            is_new = False
            while not is_new:
                end = picked(key, ordinal, 2 * first)
                ordinal += 1
                target[tie] = target[end >> 1] if end & 1 else source[end >> 1]
                is_new = True
                for own in range(first, tie):
                    is_new &= target[own] != target[tie]

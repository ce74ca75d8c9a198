"""The small world of Watts and Strogatz, distributed as networkx's.

References
----------
Watts, Strogatz (1998). Collective dynamics of 'small-world' networks. Nature 393, 440-442.
"""

import numpy as np

from sim.compiled import compiled
from sim.quantities import IntegerArray
from sim.streams import Stream, Streams
from sim.users.graphs.purposes import Purpose
from sim.users.graphs.words import picked

_ATTEMPTS = 100


def watts_strogatz(users: int, reach: int, rewiring_share: float, streams: Streams) -> IntegerArray:
    """Ring of users, each tied to ``reach`` on either side; a share of ties goes elsewhere.

    As Watts and Strogatz, the far end of a tie moves to a user drawn at random, never to oneself
    and never onto a tie that exists; such ends are drawn again. A tie that finds no other end in a
    hundred draws stays where it was: that of a user who is tied to nearly all others.
    """
    near = np.tile(np.arange(users), reach)
    far = (near + np.repeat(np.arange(1, reach + 1), users)) % users
    drawn = streams.uniforms(Stream.NETWORK, Purpose.REWIRED, np.arange(near.size))
    rewired = np.flatnonzero(drawn < rewiring_share)
    key = np.uint64(streams.words(Stream.NETWORK, Purpose.TARGET, 0)[0])
    with np.errstate(over="ignore"):
        _rewire(rewired, users, reach, key, far)
    return np.stack([near, far])


@compiled
def _rewire(ties: IntegerArray, users: int, reach: int, key: np.uint64, far: IntegerArray) -> None:
    """Move the far ends of ties, one after the other; tie t begins at user t modulo N."""
    for n in range(ties.size):
        tie = ties[n]
        user = tie % users
        for attempt in range(_ATTEMPTS):
            other = picked(key, tie + attempt * far.size, users)
            is_taken = other == user
            for own in range(reach):
                is_taken |= far[user + own * users] == other
                is_taken |= far[other + own * users] == user
            if not is_taken:
                far[tie] = other
                break


def warm_up() -> None:
    """Compile this function, or read it from the cache."""
    _rewire(np.zeros(0, np.int64), 1, 1, np.uint64(0), np.zeros(1, np.int64))

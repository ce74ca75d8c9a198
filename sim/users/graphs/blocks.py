"""Stochastic block model: ties are independent, and likelier within a block than across.

References
----------
Holland, Laskey, Leinhardt (1983). Stochastic blockmodels: first steps. Social Networks 5, 109-137.
Condon, Karp (2001). Algorithms for graph partitioning on the planted partition model. Random
Structures and Algorithms 18, 116-140.
"""

import math

import numpy as np

from sim.quantities import FloatArray, IntegerArray
from sim.streams import Stream, Streams
from sim.users.graphs.purposes import Purpose

_NEARLY_ONE = 1.0 - 1e-12
"""The largest probability of a tie, whose hazard is finite."""


def stochastic_block(
    block: IntegerArray, mean_degree: float, mixing_share: float, streams: Streams
) -> IntegerArray:
    r"""Tie every pair of users independently.

    .. math:: p_b = (1 - \mu) d / (n_b - 1), \qquad p_{across} = \mu N d / (2 M)

    within block b of :math:`n_b` users, and for each of the M pairs of different blocks. All users
    have the same expected number of ties within their block; a share :math:`\mu` of all ties is
    across. One block gives the random graph of Erdos, Renyi and Gilbert.

    Parameters
    ----------
    block : int64[N]
        Block of each user, 0 <= b < B.
    mean_degree : float
        [d]
    mixing_share : float
        [mu] Without effect if there is one block.
    streams : Streams
        The replication's draws.

    Returns
    -------
    int64[2, E]
        Each tie once. A block of fewer users than ties within is tied throughout.
    """
    size = np.bincount(block)
    order = np.argsort(block, kind="stable")
    begins = np.cumsum(size) - size
    pairs = size * (size - 1) // 2
    users = block.size
    apart = users * (users - 1) // 2 - int(pairs.sum())
    across = mixing_share if apart else 0.0
    tied = (1.0 - across) * mean_degree / np.maximum(size - 1, 1)
    where, pair = _tied(pairs, tied, Purpose.TIED, streams)
    within = order[np.stack(_ends(pair)) + begins[where]]
    if across == 0.0:
        return within
    every = np.array([users * (users - 1) // 2])
    probability = np.array([across * users * mean_degree / (2.0 * apart)])
    others = order[np.stack(_ends(_tied(every, probability, Purpose.TIED_ACROSS, streams)[1]))]
    return np.concatenate([within, others[:, block[others[0]] != block[others[1]]]], axis=1)


def _tied(
    pairs: IntegerArray, probability: FloatArray, purpose: Purpose, streams: Streams
) -> tuple[IntegerArray, IntegerArray]:
    """Draw which pairs are tied: a Poisson process over the hazards -ln(1 - p) of all pairs.

    A pair is tied if the process hits it at all, which it does with probability p. Returns the
    block and the number of each tied pair.
    """
    hazard = -np.log1p(-np.minimum(probability, _NEARLY_ONE))
    ends = np.cumsum(hazard * pairs)
    expected = float(ends[-1])
    draws = math.ceil(expected + 10.0 * math.sqrt(expected) + 10.0)
    hits = np.cumsum(-np.log(streams.uniforms(Stream.NETWORK, purpose, np.arange(draws))))
    hits = hits[hits < expected]
    where = np.searchsorted(ends, hits, side="right")
    hits -= ends[where] - (hazard * pairs)[where]
    pair = np.clip((hits / hazard[where]).astype(np.int64), 0, pairs[where] - 1)
    fresh = np.ones(pair.size, bool)
    fresh[1:] = (pair[1:] != pair[:-1]) | (where[1:] != where[:-1])
    return where[fresh], pair[fresh]


def _ends(pair: IntegerArray) -> tuple[IntegerArray, IntegerArray]:
    """Users of pair h (h - 1) / 2 + l, with l < h."""
    high = ((1.0 + np.sqrt(8.0 * pair + 1.0)) / 2.0).astype(np.int64)
    high -= high * (high - 1) // 2 > pair
    high += high * (high + 1) // 2 <= pair
    return high, pair - high * (high - 1) // 2

r"""Benchmark graphs of Lancichinetti, Fortunato and Radicchi: communities of all sizes.

Degrees and sizes of communities follow power laws; each user has a share :math:`1 - \mu` of its
ties within its community. Ties are those of the configuration model within each community and
between them: ends are matched at random; ties that would be loops, double, or lead back into the
community are mended by swaps that keep every user's degree.

References
----------
Lancichinetti, Fortunato, Radicchi (2008). Benchmark graphs for testing community detection
algorithms. Phys. Rev. E 78, 046110.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.quantities import IntegerArray
from sim.streams import Stream, Streams
from sim.users.graphs.matching import match_ends, place
from sim.users.graphs.power_laws import power_law, power_law_with_mean
from sim.users.graphs.purposes import Purpose


class Communities(NamedTuple):
    """What the graph is like.

    Attributes
    ----------
    mean_degree, degree_exponent, largest_degree
        Of the power law of degrees [tau_1]; its lower bound follows from the mean.
    smallest, largest, size_exponent
        Bounds and power law of the sizes of communities [tau_2].
    mixing_share
        [mu] Share of a user's ties that leave its community.
    """

    mean_degree: float
    degree_exponent: float
    largest_degree: int
    smallest: int
    largest: int
    size_exponent: float
    mixing_share: float


def lancichinetti_fortunato_radicchi(
    users: int, form: Communities, streams: Streams
) -> tuple[IntegerArray, IntegerArray]:
    """Draw communities and ties.

    Parameters
    ----------
    users : int
        Number of users N.
    form : Communities
        Bounds above N are cut to it.
    streams : Streams
        The replication's draws.

    Returns
    -------
    ties : int64[2, E]
        Each tie once.
    community : int64[N]
        Community of each user; users of one have numbers in a row, the largest comes first.

    Notes
    -----
    Users whose ties within would not fit into any community left have fewer within and more across.
    The last community is what is left of the users; if it is too small, its users join others, one
    each, which may then pass the largest size by one.
    """
    size = _sizes(users, form, streams)
    community = np.repeat(np.arange(size.size), size)
    number = np.arange(users)
    most = min(form.largest_degree, users - 1)
    law = power_law_with_mean(form.degree_exponent, min(form.mean_degree, most), most)
    drawn = streams.uniforms(Stream.NETWORK, Purpose.DEGREE, number)
    degree = 1 + np.minimum(np.searchsorted(np.cumsum(law), drawn, side="right"), most - 1)
    share = streams.uniforms(Stream.NETWORK, Purpose.WITHIN, number)
    within = np.floor((1.0 - form.mixing_share) * degree + share).astype(np.int64)
    if size.size == 1:
        within = degree.copy()

    order = np.argsort(-within, kind="stable")
    ends = np.cumsum(size)
    fits = np.searchsorted(
        -size, -within[order], side="left"
    )  # communities of more users than ties
    room = np.where(fits > 0, ends[np.maximum(fits - 1, 0)], 0)
    seat = number.copy()
    with np.errstate(over="ignore"):
        place(room, _key(streams, Purpose.PLACE), seat)
    at = np.empty(users, np.int64)
    at[seat] = order
    degree, within = degree[at], within[at]
    within = np.minimum(within, size[community] - 1)
    return _ties(degree, within, community, size, streams), community


def _sizes(users: int, form: Communities, streams: Streams) -> IntegerArray:
    """Draw communities until they hold all users; largest first."""
    smallest, largest = min(form.smallest, users), min(form.largest, users)
    law = power_law(form.size_exponent, smallest, largest)
    total = np.cumsum(law)
    count = users // smallest + 1
    drawn = streams.uniforms(Stream.NETWORK, Purpose.COMMUNITY_SIZE, np.arange(count))
    size = smallest + np.minimum(np.searchsorted(total, drawn, side="right"), law.size - 1)
    last = int(np.searchsorted(np.cumsum(size), users))
    size = size[: last + 1]
    size[last] -= size.sum() - users
    if size[last] < smallest and last > 0:
        left = int(size[last])
        size = size[:last]
        size += left // last
        size[: left % last] += 1
    return -np.sort(-size)


def _ties(
    degree: IntegerArray,
    within: IntegerArray,
    community: IntegerArray,
    size: IntegerArray,
    streams: Streams,
) -> IntegerArray:
    """Match the ends within each community, then those across."""
    users = degree.size
    offsets = np.concatenate([[0], np.cumsum(degree)])
    neighbours = np.empty(offsets[-1], np.int32)
    count = np.zeros(users, np.int64)
    across = degree - within
    ends = np.repeat(np.arange(users, dtype=np.int32), within)
    bounds = np.concatenate([[0], np.cumsum(np.bincount(community, within))]).astype(np.int64)
    with np.errstate(over="ignore"):
        match_ends(
            ends, bounds, community, False, _key(streams, Purpose.MATCHED_WITHIN),
            offsets, neighbours, count, across,
        )  # fmt: skip
        inside = _pairs(ends, bounds)
        ends = np.repeat(np.arange(users, dtype=np.int32), across)
        bounds = np.array([0, ends.size])
        match_ends(
            ends, bounds, community, size.size > 1, _key(streams, Purpose.MATCHED_ACROSS),
            offsets, neighbours, count, across,
        )  # fmt: skip
    return np.concatenate([inside, _pairs(ends, bounds)], axis=1)


def _pairs(ends: NDArray[np.int32], bounds: IntegerArray) -> IntegerArray:
    """Ties of matched ends: each group's in twos, without those that found no partner, -1."""
    odd = bounds[1:][np.diff(bounds) % 2 == 1] - 1
    pairs = np.delete(ends, odd).reshape(-1, 2).T
    return pairs[:, pairs[0] >= 0].astype(np.int64)


def _key(streams: Streams, purpose: Purpose) -> np.uint64:
    return np.uint64(streams.words(Stream.NETWORK, purpose, 0)[0])

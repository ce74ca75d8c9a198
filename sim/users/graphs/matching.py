"""Compiled parts of the configuration model: seats drawn at random, ends matched and mended."""

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.quantities import IntegerArray
from sim.users.graphs.words import picked

Ends = NDArray[np.int32]

_ATTEMPTS = 100
"""Swaps that are tried for one tie."""


@compiled
def place(room: IntegerArray, key: np.uint64, seat: IntegerArray) -> None:
    """Draw a seat for each of several users in turn, each from the first ``room`` seats.

    All ways of placing them are equally likely, if ``room`` never falls. Whoever finds no seat
    there takes the first that is left.

    Parameters
    ----------
    room : int64[N]
        Seats that suit each user, the first of all.
    key : uint64
        Of the draws.
    seat : int64[N]
        0, ..., N - 1; receives the seat of each user.
    """
    for user in range(seat.size):
        left = room[user] - user
        if left > 1:
            other = user + picked(key, user, left)
            seat[user], seat[other] = seat[other], seat[user]


@compiled
def match_ends(
    ends: Ends,
    bounds: IntegerArray,
    community: IntegerArray,
    apart: bool,
    key: np.uint64,
    offsets: IntegerArray,
    neighbours: Ends,
    count: IntegerArray,
    unmatched: IntegerArray,
) -> None:
    """Match ends of ties in pairs, group by group, without loops and double ties.

    Parameters
    ----------
    ends : int32[M]
        User of each end, group by group; receives the pairs, two by two from where a group begins.
        Ends of a pair that could not be mended become -1; the odd one of a group stays last.
    bounds : int64[G + 1]
        Where groups begin and end.
    community : int64[N]
        Community of each user.
    apart : bool
        Whether users of one community may not be matched.
    key : uint64
        Of the draws.
    offsets : int64[N + 1]
        Where each user's neighbours begin.
    neighbours : int32[..]
        Neighbours so far; receives the new ones.
    count : int64[N]
        How many there are.
    unmatched : int64[N]
        One is added for each end of the user that found no partner.
    """
    ordinal = 0
    for group in range(bounds.size - 1):
        first, last = bounds[group], bounds[group + 1]
        for end in range(last - 1, first, -1):
            other = first + picked(key, ordinal, end - first + 1)
            ordinal += 1
            ends[end], ends[other] = ends[other], ends[end]
        if (last - first) % 2:
            last -= 1
            unmatched[ends[last]] += 1
        # a pair that does not stand has its first end noted as -1 - user
        for end in range(first, last, 2):
            a, b = ends[end], ends[end + 1]
            if _may_tie(a, b, community, apart, offsets, neighbours, count):
                _tie(a, b, offsets, neighbours, count)
            else:
                ends[end] = -1 - a
        pairs = (last - first) // 2
        for end in range(first, last, 2):
            if ends[end] >= 0:
                continue
            a, b = -1 - ends[end], ends[end + 1]
            is_mended = False
            for _ in range(_ATTEMPTS):
                other = first + 2 * picked(key, ordinal, pairs)
                ordinal += 1
                x, y = ends[other], ends[other + 1]
                if x < 0:
                    continue
                if ordinal % 2:
                    x, y = y, x
                _untie(x, y, offsets, neighbours, count)
                if _may_tie(a, x, community, apart, offsets, neighbours, count):
                    _tie(a, x, offsets, neighbours, count)
                    if _may_tie(b, y, community, apart, offsets, neighbours, count):
                        _tie(b, y, offsets, neighbours, count)
                        ends[end], ends[end + 1] = a, x
                        ends[other], ends[other + 1] = b, y
                        is_mended = True
                        break
                    _untie(a, x, offsets, neighbours, count)
                _tie(x, y, offsets, neighbours, count)
            if not is_mended:
                unmatched[a] += 1
                unmatched[b] += 1
                ends[end] = ends[end + 1] = -1


@compiled
def _may_tie(
    a: int,
    b: int,
    community: IntegerArray,
    apart: bool,
    offsets: IntegerArray,
    neighbours: Ends,
    count: IntegerArray,
) -> bool:
    """Whether two users may be tied: not the same, not tied yet, not of one community if apart."""
    if a == b or (apart and community[a] == community[b]):
        return False
    if count[a] > count[b]:
        a, b = b, a
    are_tied = False
    for n in range(offsets[a], offsets[a] + count[a]):
        are_tied |= neighbours[n] == b
    return not are_tied


@compiled
def _tie(a: int, b: int, offsets: IntegerArray, neighbours: Ends, count: IntegerArray) -> None:
    neighbours[offsets[a] + count[a]] = b
    neighbours[offsets[b] + count[b]] = a
    count[a] += 1
    count[b] += 1


@compiled
def _untie(a: int, b: int, offsets: IntegerArray, neighbours: Ends, count: IntegerArray) -> None:
    _drop(a, b, offsets, neighbours, count)
    _drop(b, a, offsets, neighbours, count)


@compiled
def _drop(a: int, b: int, offsets: IntegerArray, neighbours: Ends, count: IntegerArray) -> None:
    last = offsets[a] + count[a] - 1
    for n in range(offsets[a], last):
        if neighbours[n] == b:
            neighbours[n] = neighbours[last]
            break
    count[a] -= 1

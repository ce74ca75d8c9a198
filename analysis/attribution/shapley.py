r"""Shapley values over worlds: what each factor is worth, whatever the order they come in.

A world is a set of factors that are on; ``v(S)`` its outcome. With n factors,

.. math::
    \phi_f = \sum_{S \not\ni f} \frac{|S|!\,(n-|S|-1)!}{n!}\,[v(S \cup f) - v(S)],

which is the mean of what f adds over all orders in which factors may come (Shapley 1953; Shorrocks
2013). Beside it stand what it adds alone, *first in*, ``v(f) - v(\emptyset)``, and to all others,
*last in*, ``v(N) - v(N - f)``; and the interaction of two,

.. math::
    I_{fg} = \sum_{S \not\ni f,g} \frac{|S|!\,(n-|S|-2)!}{(n-1)!}\,
             [v(S \cup fg) - v(S \cup f) - v(S \cup g) + v(S)]

(Grabisch and Roubens 1999). Where f and g each add with the same sign and it has the opposite one,
they stand in for each other.

Worlds go by number: factor i is on where bit i is set, so the last is the one with all factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.quantities import FloatArray

IntArray: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Effects:
    """What n factors are worth, in each of any number of columns.

    Attributes
    ----------
    shapley, first_in, last_in
        (n, ...): in the unit of the outcome.
    interactions
        (n, n, ...): symmetric, zero on the diagonal.
    total
        (...): the outcome with all factors less that with none: the sum of the Shapley values.
    """

    shapley: FloatArray
    first_in: FloatArray
    last_in: FloatArray
    interactions: FloatArray
    total: FloatArray


def effects_of_all_worlds(outcomes: ArrayLike) -> Effects:
    """Return the effects of all factors from the outcomes of all worlds.

    Parameters
    ----------
    outcomes
        (2^n, ...): by number of the world; further axes are kept, such as replications.

    Raises
    ------
    ValueError
        If the number of worlds is not a power of two of at least one factor.

    Examples
    --------
    Two factors of which either does all:

    >>> effects = effects_of_all_worlds([0.0, 1.0, 1.0, 1.0])
    >>> effects.shapley.tolist(), effects.first_in.tolist(), effects.last_in.tolist()
    ([0.5, 0.5], [1.0, 1.0], [0.0, 0.0])
    >>> float(effects.interactions[0, 1])
    -1.0
    """
    values = np.asarray(outcomes, dtype=np.float64)
    worlds = values.shape[0]
    count = worlds.bit_length() - 1
    if count < 1 or worlds != 2**count:
        raise ValueError(f"{worlds} worlds are not all combinations of any number of factors")
    factors = range(count)
    sets = [(one, _without(1 << one, worlds)) for one in factors]
    added = [values[others | 1 << one] - values[others] for one, others in sets]
    interactions = np.zeros((count, count, *values.shape[1:]))
    for one in factors:
        for other in range(one):
            mean = _mean_over_orders(_beyond(values, 1 << one, 1 << other), count - 1)
            interactions[one, other] = interactions[other, one] = mean
    return Effects(
        shapley=np.stack([_mean_over_orders(each, count) for each in added]),
        first_in=np.stack([each[0] for each in added]),
        last_in=np.stack([each[-1] for each in added]),
        interactions=interactions,
        total=values[-1] - values[0],
    )


def _without(bits: int, worlds: int) -> IntArray:
    """Return the worlds in which none of some factors is on, in order."""
    numbers = np.arange(worlds)
    return np.asarray(numbers[(numbers & bits) == 0])


def _beyond(values: FloatArray, one: int, other: int) -> FloatArray:
    """Return what two factors do together beyond what each does, in every set of others."""
    neither = _without(one | other, values.shape[0])
    both = values[neither | one | other]
    added = both - values[neither | one]
    return np.asarray(added - (values[neither | other] - values[neither]))


def _mean_over_orders(by_set: FloatArray, count: int) -> FloatArray:
    """Average what is known for every set of the others of so many factors over all orders.

    Differences come first and weights after, so that what changes nothing is worth exactly zero.
    """
    return np.asarray(np.tensordot(_weights(count), by_set, 1))


@cache
def _weights(count: int) -> FloatArray:
    """Return the share of orders in which each set of the others comes before, (2^(n-1),)."""
    return np.array(
        [
            factorial(size) * factorial(count - size - 1) / factorial(count)
            for size in map(int.bit_count, range(2 ** (count - 1)))
        ]
    )

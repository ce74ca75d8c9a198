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

(Grabisch and Roubens 1999), which is below zero where one stands in for the other.

Worlds go by number: factor i is on where bit i is set, so the last is the one with all factors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from sim.quantities import FloatArray


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
    alone = 1 << np.arange(count)
    return Effects(
        shapley=np.tensordot(_single(count), values, 1),
        first_in=values[alone] - values[0],
        last_in=values[-1] - values[worlds - 1 - alone],
        interactions=np.tensordot(_pairs(count), values, 1),
        total=values[-1] - values[0],
    )


@cache
def _single(count: int) -> FloatArray:
    """Weights of worlds in Shapley values, (n, 2^n)."""
    weights = np.zeros((count, 2**count))
    for world in range(2**count):
        size = world.bit_count()
        for factor in range(count):
            if not world >> factor & 1:
                weight = factorial(size) * factorial(count - size - 1) / factorial(count)
                weights[factor, world] -= weight
                weights[factor, world | 1 << factor] += weight
    return weights


@cache
def _pairs(count: int) -> FloatArray:
    """Weights of worlds in interactions, (n, n, 2^n)."""
    weights = np.zeros((count, count, 2**count))
    for world in range(2**count):
        size = world.bit_count()
        absent = [factor for factor in range(count) if not world >> factor & 1]
        for first in absent:
            for second in absent:
                if first == second:
                    continue
                weight = factorial(size) * factorial(count - size - 2) / factorial(count - 1)
                one, other = 1 << first, 1 << second
                weights[first, second, world] += weight
                weights[first, second, world | one] -= weight
                weights[first, second, world | other] -= weight
                weights[first, second, world | one | other] += weight
    return weights

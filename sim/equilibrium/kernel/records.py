"""What the compiled functions of equilibria hand to each other.

Types come in blocks of `LANES`, filled up by some of no weight: arrays are blocks by products by
types in a block, so that the rows of a block stay in the processor's first cache and loops run in
lanes. The formulas are those of `choice_demand` and `first_order`.
"""

from __future__ import annotations

from typing import NamedTuple

from sim.quantities import FloatArray, IntegerArray

LANES = 64
"""Types in a block."""


class Choices(NamedTuple):
    """What prices do not change. B blocks of `LANES` types L, P products in G nests.

    Attributes
    ----------
    utility
        delta, (B, P, L).
    outside, price_weight, weight
        V_0, alpha and w, (B, L).
    members, first
        Products, nest after nest, (P,), and where each nest begins, (G + 1,).
    dissimilarity
        lambda of each nest, (G,).
    """

    utility: FloatArray
    outside: FloatArray
    price_weight: FloatArray
    weight: FloatArray
    members: IntegerArray
    first: IntegerArray
    dissimilarity: FloatArray


class Held(NamedTuple):
    """What is computed at prices, and overwritten at the next.

    Attributes
    ----------
    probability
        P_ij, (B, P, L).
    in_nest
        Probability within the product's nest, (B, P, L); of nests with lambda below 1 alone.
    inclusive
        Of each nest with lambda below 1, (B, G, L).
    pull
        G of each owner, (B, O, L).
    nest_pull
        H of each product in a nest with lambda below 1, (B, P, L).
    scratch
        (5, L).
    """

    probability: FloatArray
    in_nest: FloatArray
    inclusive: FloatArray
    pull: FloatArray
    nest_pull: FloatArray
    scratch: FloatArray

r"""Demand of users who choose one of several products, or none, and then how much of it to use.

Users of type i, of which there are :math:`w_i`, give product j the utility

.. math:: V_{ij} = \delta_{ij} + \alpha_i\, CS_{ij}(p_j)

beside a draw of the generalised extreme value distribution: a nested logit with the outside good in
a nest of its own. With :math:`D_{ig} = \sum_{k \in g} e^{V_{ik}/\lambda_g}`,

.. math::
    P_{ij} = \frac{e^{V_{ij}/\lambda_g}}{D_{ig}}
             \frac{D_{ig}^{\lambda_g}}{e^{V_{i0}} + \sum_h D_{ih}^{\lambda_h}},
    \qquad
    D_j = \sum_i w_i P_{ij} x_{ij}(p_j).

Several types with their own :math:`\alpha_i` and :math:`\delta_{ij}` are a mixed logit.

References
----------
Berry, S., Levinsohn, J., Pakes, A. (1995). Automobile prices in market equilibrium. Econometrica
63(4), 841-890.
McFadden, D. (1978). Modelling the choice of residential location.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from sim.equilibrium.kernel.choosing import choose
from sim.equilibrium.kernel.records import LANES, Choices, Held
from sim.equilibrium.usage import Usage
from sim.quantities import FloatArray, IntegerArray


@dataclass(frozen=True, slots=True, eq=False)
class Nests:
    """Which products are closer substitutes of each other.

    Attributes
    ----------
    number
        Nest of each product, (P,), counted from 0. A product on its own is a nest of one.
    dissimilarity
        lambda = 1 - rho of each product's nest, (P,), above 0 and at most 1.
    """

    number: IntegerArray
    dissimilarity: FloatArray

    @property
    def is_plain(self) -> bool:
        """Whether no two products are closer than others: the plain logit."""
        return bool((self.dissimilarity == 1.0).all())

    def mixed(self) -> list[IntegerArray]:
        """Return the products of each nest in which they are closer than others."""
        close = np.unique(self.number[self.dissimilarity < 1.0])
        return [np.flatnonzero(self.number == nest) for nest in close]


class Bundle(NamedTuple):
    """What users buy, in blocks, (B, P, L); None: one unit each.

    Attributes
    ----------
    surplus, quantity, slope, bend
        See `sim.equilibrium.usage.Bought`.
    """

    surplus: FloatArray | None
    quantity: FloatArray | None
    slope: FloatArray | None
    bend: FloatArray | None


ONE_UNIT = Bundle(None, None, None, None)


@dataclass(frozen=True, eq=False)
class ChoiceDemand:
    """The demand of K types for P products.

    Attributes
    ----------
    utility
        delta, (K, P): utility beside what the surplus gives; minus infinity: not on offer.
    outside
        V_0, (K,); minus infinity: no outside good.
    price_weight
        alpha > 0, (K,): utility of one unit of money.
    weight
        w >= 0, (K,).
    nests
        Which products are close.
    usage
        What users buy; None: one unit, whatever the price.
    """

    utility: FloatArray
    outside: FloatArray
    price_weight: FloatArray
    weight: FloatArray
    nests: Nests
    usage: Usage | None

    @property
    def lowest_price(self) -> float:
        """Prices are above it."""
        return -np.inf if self.usage is None else self.usage.lowest_price

    @cached_property
    def choices(self) -> Choices:
        """What prices do not change, in blocks."""
        _, nest = np.unique(self.nests.number, return_inverse=True)
        members = np.argsort(nest, kind="stable")
        first = np.searchsorted(nest[members], np.arange(nest.max() + 2))
        return Choices(
            blocks(self.utility),
            _row(self.outside),
            _row(self.price_weight),
            _row(self.weight, fill=0.0),
            members,
            first,
            self.nests.dissimilarity[members[first[:-1]]],
        )

    def hold(self, owners: int) -> Held:
        """Return room for what is computed at prices."""
        blocks, products, lanes = self.choices.utility.shape
        if self.nests.is_plain:
            nested = np.empty((blocks, 1, lanes))
            room = nested, nested
        else:
            room = np.empty((blocks, products, lanes)), np.empty((blocks, products, lanes))
        return Held(
            np.empty((blocks, products, lanes)),
            room[0],
            np.empty((blocks, self.choices.dissimilarity.size, lanes)),
            np.empty((blocks, owners, lanes)),
            room[1],
            np.empty((5, lanes)),
        )

    def bought(self, price: FloatArray) -> Bundle:
        """Return what users buy at prices of shape (P,), in blocks."""
        if self.usage is None:
            return ONE_UNIT
        return Bundle(
            *(blocks(np.broadcast_to(one, self.utility.shape)) for one in self.usage.at(price))
        )

    def probability(self, price: FloatArray) -> FloatArray:
        """Return P_ij at prices of shape (P,), (K, P)."""
        held = self.hold(1)
        choose(price, self.choices, self.bought(price).surplus, held)
        return self.by_type(held.probability)

    def quantity(self, price: FloatArray) -> FloatArray:
        """Return what is bought of each product, (P,)."""
        each = self.probability(price)
        if self.usage is not None:
            each = each * self.usage.at(price).quantity
        return np.asarray(self.weight @ each)

    def by_type(self, blocks: FloatArray) -> FloatArray:
        """Return what is in blocks, (B, P, L), by type and product, (K, P)."""
        return np.swapaxes(blocks, 1, 2).reshape(-1, blocks.shape[1])[: self.weight.size]

    def log_probability(self, price: FloatArray) -> FloatArray:
        """Return ln P_ij at prices of shape (P,), (K, P), where the probability is too small."""
        surplus = -price if self.usage is None else self.usage.at(price).surplus
        utility = self.utility + self.price_weight[:, None] * surplus
        inclusive, within = utility.copy(), np.zeros_like(utility)
        first = np.ones(price.size, bool)
        for members in self.nests.mixed():
            dissimilarity = self.nests.dissimilarity[members[0]]
            scaled = utility[:, members] / dissimilarity
            total = _log_sum(scaled)
            inclusive[:, members] = dissimilarity * total
            within[:, members] = scaled - np.where(np.isneginf(total), 0.0, total)
            first[members[1:]] = False
        return inclusive + within - _log_sum(np.c_[inclusive[:, first], self.outside])


def blocks(values: FloatArray) -> FloatArray:
    """Return (K, P) as blocks, (B, P, L); the last one is filled up by repeating the last type."""
    types, products = values.shape
    number = -(-types // LANES)
    filled = np.empty((number * LANES, products))
    filled[:types] = values
    filled[types:] = values[-1]
    return np.ascontiguousarray(filled.reshape(number, LANES, products).transpose(0, 2, 1))


def _row(values: FloatArray, *, fill: float | None = None) -> FloatArray:
    """Return (K,) as blocks, (B, L), filled up likewise, or by a value."""
    number = -(-values.size // LANES)
    filled = np.full(number * LANES, values[-1] if fill is None else fill)
    filled[: values.size] = values
    return filled.reshape(number, LANES)


def _log_sum(values: FloatArray) -> FloatArray:
    """Return ln of the summed exponentials of each row, (K, 1)."""
    top = values.max(axis=1, keepdims=True)
    top[np.isneginf(top)] = 0.0
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(values - top).sum(axis=1, keepdims=True)))

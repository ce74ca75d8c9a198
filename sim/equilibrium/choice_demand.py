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

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.equilibrium.usage import Bought, Usage
from sim.quantities import BoolArray, FloatArray, IntegerArray

_HARDLY_ANYBODY = 1e-200
"""Below, probabilities are taken from logarithms, so that none is lost."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Who chooses what at given prices, K types by P products.

    Attributes
    ----------
    log_top
        ln of each product's largest P_ij, (P,).
    relative
        P_ij over that, (K, P).
    probability, in_nest
        P_ij, and the probability within the product's nest, (K, P).
    utility_slope, utility_bend
        dV/dp = -alpha x and d2V/dp2 = -alpha x', (K, P) or broadcasting.
    bought
        What users buy.
    """

    log_top: FloatArray
    relative: FloatArray
    probability: FloatArray
    in_nest: FloatArray
    utility_slope: FloatArray
    utility_bend: FloatArray
    bought: Bought


@dataclass(frozen=True, slots=True, eq=False)
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
        What users buy.
    """

    utility: FloatArray
    outside: FloatArray
    price_weight: FloatArray
    weight: FloatArray
    nests: Nests
    usage: Usage

    def at(self, price: FloatArray) -> Chosen:
        """Return who chooses what at prices of shape (P,)."""
        bought = self.usage.at(price)
        weight = self.price_weight[:, None]
        utility = self.utility + weight * bought.surplus
        log_top, relative, probability, in_nest = self._choices(utility)
        return Chosen(
            log_top,
            relative,
            probability,
            in_nest,
            -weight * bought.quantity,
            -weight * bought.slope,
            bought,
        )

    def quantity(self, price: FloatArray) -> FloatArray:
        """Return what is bought of each product, (P,)."""
        chosen = self.at(price)
        each = chosen.probability * chosen.bought.quantity
        return np.asarray(self.weight @ each)

    def beside(self, price: FloatArray) -> Callable[[BoolArray], tuple[ChoiceDemand, IntegerArray]]:
        """Return a function that returns the demand for some products, all other prices held.

        It takes which products are wanted, (P,), and returns the demand for these and for those in
        a nest with them, to which the others are part of the outside good; and their places.
        """
        utility = self.utility + self.price_weight[:, None] * self.usage.at(price).surplus
        inclusive, first = utility, np.ones(price.size, bool)
        if not self.nests.is_plain:
            inclusive, _, first = self._nested(utility)
        top = np.maximum(inclusive.max(axis=1), self.outside)
        weighs = np.exp(inclusive - top[:, None]) * first
        nothing = np.exp(self.outside - top)

        def of(which: BoolArray) -> tuple[ChoiceDemand, IntegerArray]:
            kept = np.isin(self.nests.number, self.nests.number[which])
            places = np.flatnonzero(kept)
            with np.errstate(divide="ignore"):
                outside = top + np.log(nothing + weighs[:, ~kept].sum(axis=1))
            nests = Nests(self.nests.number[places], self.nests.dissimilarity[places])
            usage = self.usage.of(places)
            return replace(
                self, utility=self.utility[:, places], outside=outside, nests=nests, usage=usage
            ), places

        return of

    def _choices(
        self, utility: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return the first four of what is chosen."""
        inclusive, log_in_nest, first = utility, np.zeros((1, 1)), np.ones(utility.shape[1], bool)
        if not self.nests.is_plain:
            inclusive, log_in_nest, first = self._nested(utility)
        top = np.maximum(inclusive.max(axis=1), self.outside)[:, None]
        weighs = np.exp(inclusive - top)
        total = weighs[:, first].sum(axis=1, keepdims=True) + np.exp(self.outside[:, None] - top)
        in_nest = np.exp(log_in_nest)
        probability = weighs * in_nest / total
        largest = probability.max(axis=0)
        if largest.min() > _HARDLY_ANYBODY:
            return np.log(largest), probability / largest, probability, in_nest
        log_probability = inclusive + log_in_nest - top - np.log(total)
        log_top = log_probability.max(axis=0)
        return log_top, np.exp(log_probability - log_top), probability, in_nest

    def _nested(self, utility: FloatArray) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Return each product's nest's inclusive value, ln P within it, and one product a nest."""
        inclusive, log_in_nest = utility.copy(), np.zeros_like(utility)
        first = np.ones(utility.shape[1], bool)
        for members in self.nests.mixed():
            dissimilarity = self.nests.dissimilarity[members[0]]
            scaled = utility[:, members] / dissimilarity
            total = _log_sum(scaled)
            inclusive[:, members] = dissimilarity * total
            log_in_nest[:, members] = scaled - np.where(np.isneginf(total), 0.0, total)
            first[members[1:]] = False
        return inclusive, log_in_nest, first


def _log_sum(values: FloatArray) -> FloatArray:
    """Return ln of the summed exponentials of each row, (K, 1); ten times as fast as SciPy's."""
    top = values.max(axis=1, keepdims=True)
    top[np.isneginf(top)] = 0.0
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.exp(values - top).sum(axis=1, keepdims=True)))

r"""First- and second-order conditions of owners of products, for given demand.

An owner of product j maximises :math:`\sum_k O_{jk} (p_k - c_k) D_k`. With :math:`r_k = (p_k - c_k)
x_k` what a user of k brings, :math:`v_j = V_j'` and, type by type,

.. math::
    G_j = \sum_k O_{jk} r_k P_k, \quad
    H_{jg} = \sum_{k \in g} O_{jk} r_k P_{k|g}, \quad
    B_j = O_{jj} r_j/\lambda_j - (1/\lambda_j - 1) H_{j g(j)} - G_j,

the derivative in its own price is :math:`F_j = \sum_i w_i P_{ij} (r_j' + v_j B_j)`. Divided by
:math:`\Lambda_j = \sum_i w_i P_{ij} (-v_j x_j/\lambda_j - x_j')` it is in units of price: the
step to the zeta map of Morrow and Skerlos (2011), which converges where Newton's method may not.

Each row is scaled by the largest :math:`w_i P_{ij}` of its product, so that a product that hardly
anybody chooses has as exact a price as any other.

References
----------
Conlon, C., Gortmaker, J. (2020). Best practices for differentiated products demand estimation with
PyBLP. RAND Journal of Economics 51(4), 1108-1161.
Morrow, W. R., Skerlos, S. J. (2011). Fixed-point approaches to computing Bertrand-Nash equilibrium
prices under mixed-logit demand. Operations Research 59(2), 328-345.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.equilibrium.choice_demand import ChoiceDemand
from sim.quantities import FloatArray, IntegerArray


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What every owner wants of prices.

    Attributes
    ----------
    demand
        Of K types for P products.
    cost
        c, (P,).
    ownership
        O, (P, P): what the one who prices a row's product gets of a column's profit.
    """

    demand: ChoiceDemand
    cost: FloatArray
    ownership: FloatArray

    def at(self, price: FloatArray) -> Point:
        """Return the conditions at prices of shape (P,)."""
        return Point(self, price)


class Point:
    """The conditions at given prices.

    Attributes
    ----------
    price
        p, (P,).
    chosen
        Who chooses what.
    step
        F / Lambda, (P,): from the price to that of the zeta map; zero where no owner gains by a
        small change of the product's price.
    unit
        D / Lambda, (P,): the margin of an owner that nobody's choice returns to; mu in the logit.
    """

    def __init__(self, conditions: Conditions, price: FloatArray) -> None:
        demand, owned = conditions.demand, conditions.ownership
        self.price, self.chosen = price, demand.at(price)
        self._nests, self._owned = demand.nests, owned
        bought, margin = self.chosen.bought, price - conditions.cost
        self._brings = margin * bought.quantity
        self._brings_slope = bought.quantity + margin * bought.slope
        self._brings_bend = 2.0 * bought.slope + margin * bought.bend
        self._pull = (self._brings * self.chosen.probability) @ owned.T
        self._gain = self._brings / self._nests.dissimilarity - self._pull
        if not self._nests.is_plain:
            self._nest_pull = (self._brings * self.chosen.in_nest) @ (self._close() * owned).T
            self._gain -= (1.0 / self._nests.dissimilarity - 1.0) * self._nest_pull
        self._weight = demand.weight[:, None] * self.chosen.relative
        self._marginal = self._brings_slope + self.chosen.utility_slope * self._gain
        lost = -self.chosen.utility_slope * bought.quantity / self._nests.dissimilarity
        self._scale = (self._weight * (lost - bought.slope)).sum(axis=0)
        self.unit = (self._weight * bought.quantity).sum(axis=0) / self._scale
        self.step = (self._weight * self._marginal).sum(axis=0) / self._scale

    def slope(self) -> FloatArray:
        """Return the derivative of F, divided by Lambda, (P, P): that of the step where it is 0."""
        return np.asarray(self._derivative() / self._scale[:, None])

    def cost_slope(self) -> FloatArray:
        """Return the derivative of F in costs, divided by Lambda, (P, P)."""
        chosen, bought = self.chosen, self.chosen.bought
        pulled = (self._weight * chosen.utility_slope).T @ (bought.quantity * chosen.probability)
        found = self._owned * pulled
        if not self._nests.is_plain:
            pulled = (self._weight * chosen.utility_slope).T @ (bought.quantity * chosen.in_nest)
            closeness = (1.0 / self._nests.dissimilarity - 1.0)[:, None] * self._close()
            found += self._owned * closeness * pulled
        own = chosen.utility_slope * bought.quantity / self._nests.dissimilarity + bought.slope
        found[np.diag_indices_from(found)] -= (self._weight * own).sum(axis=0)
        return np.asarray(found / self._scale[:, None])

    def curvature(self) -> FloatArray:
        """Return the second derivatives of owners' profits in their own prices, symmetric, (P, P).

        Divided by the roots of a row's and of a column's Lambda, which leaves the signs of
        eigenvalues. Entries of two products that nobody owns both mean nothing.
        """
        top, scale = self.chosen.log_top, np.sqrt(self._scale)
        ahead = top[:, None] - top
        found = self._derivative() / (scale[:, None] * scale)
        found *= np.exp(np.minimum(0.5 * ahead, 0.0))
        return np.asarray(np.where(ahead <= 0.0, found, found.T))

    def _close(self) -> FloatArray:
        """One where two products are in one nest, (P, P)."""
        number = self._nests.number
        return np.asarray(number[:, None] == number, np.float64)

    def _derivative(self) -> FloatArray:
        """Return the derivative of F over each row's scale, (P, P)."""
        chosen, dissimilarity = self.chosen, self._nests.dissimilarity
        falls, weight = chosen.utility_slope, self._weight
        rival = falls * chosen.probability
        own = self._brings_slope + falls * self._brings / dissimilarity
        found = (weight * (falls * self._pull - self._marginal)).T @ rival
        found -= self._owned * ((weight * falls).T @ (own * chosen.probability))
        change = falls * (self._marginal + self._brings_slope) / dissimilarity
        change = change + self._brings_bend + chosen.utility_bend * self._gain
        found[np.diag_indices_from(found)] += (weight * change).sum(axis=0)
        if not self._nests.is_plain:
            found -= self._within_nests(own)
            for members in self._nests.mixed():
                found[:, members] += self._across_nests(members, rival[:, members])
        return np.asarray(found)

    def _within_nests(self, own: FloatArray) -> FloatArray:
        """Return what prices in the own nest take beside what they take in a plain logit."""
        falls, in_nest = self.chosen.utility_slope, self.chosen.in_nest
        dissimilarity = self._nests.dissimilarity
        taken = (self._weight * self._marginal).T @ (falls * in_nest)
        taken += self._owned * ((self._weight * falls).T @ (own * in_nest))
        pulled = (self._weight * falls * self._nest_pull).T @ (falls * in_nest / dissimilarity)
        closeness = (1.0 / dissimilarity - 1.0)[:, None] * self._close()
        return np.asarray(closeness * (taken - pulled))

    def _across_nests(self, members: IntegerArray, rival: FloatArray) -> FloatArray:
        """Return what prices in a nest change in the pull of all products, (P, members)."""
        part = (self._brings * self.chosen.in_nest)[:, members]
        pull = part @ self._owned[:, members].T
        closeness = 1.0 / self._nests.dissimilarity[members[0]] - 1.0
        return np.asarray(closeness * (self._weight * self.chosen.utility_slope * pull).T @ rival)

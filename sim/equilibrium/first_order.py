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
from functools import cached_property

import numpy as np

from sim.equilibrium.choice_demand import Bundle, ChoiceDemand, blocks
from sim.equilibrium.kernel.conditions import meet
from sim.equilibrium.kernel.records import Held
from sim.equilibrium.kernel.slopes import differentiate
from sim.quantities import BoolArray, FloatArray, IntegerArray

_HARDLY_ANYBODY = 1e-200
"""Of Lambda: below, a product's probabilities are taken from logarithms, so that none is lost."""


@dataclass(eq=False)
class _Room:
    """Where conditions are computed, of one point at a time."""

    held: Held
    parts: FloatArray
    point: Point | None = None


@dataclass(frozen=True, eq=False)
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

    @cached_property
    def owner(self) -> IntegerArray:
        """Number of each product's owner, (P,): those whose rows of O are the same are one."""
        numbers: dict[bytes, int] = {}
        return np.array([numbers.setdefault(row.tobytes(), len(numbers)) for row in self.ownership])

    @cached_property
    def owned(self) -> FloatArray:
        """The rows of O that differ, (O, P)."""
        _, first = np.unique(self.owner, return_index=True)
        return np.ascontiguousarray(self.ownership[first])

    @cached_property
    def room(self) -> _Room:
        """Where points are computed."""
        demand, nests = self.demand, len(self.demand.nests.mixed())
        blocks, products, lanes = demand.choices.utility.shape
        parts = np.zeros((7 + nests if nests else 4, products, blocks, lanes))
        return _Room(demand.hold(len(self.owned)), parts)

    @cached_property
    def close(self) -> BoolArray:
        """Whether two products are in one nest, (P, P)."""
        number = self.demand.nests.number
        return np.asarray(number[:, None] == number) & (self.demand.nests.dissimilarity < 1.0)

    def at(self, price: FloatArray) -> Point:
        """Return the conditions at prices of shape (P,)."""
        return Point(self, price)


class Point:
    """The conditions at given prices.

    Attributes
    ----------
    price
        p, (P,).
    step
        F / Lambda, (P,): from the price to that of the zeta map; zero where no owner gains by a
        small change of the product's price.
    unit
        D / Lambda, (P,): the margin of an owner that nobody's choice returns to; mu in the logit.
    """

    def __init__(self, conditions: Conditions, price: FloatArray) -> None:
        self.price = price
        self._conditions = conditions
        self._relative: FloatArray | None = None
        self._log_top = np.zeros_like(price)
        bought = conditions.demand.bought(price)
        gained, lost, sold = self._meet(bought)
        if lost.min() < _HARDLY_ANYBODY:
            self._count_from_logarithms(lost < _HARDLY_ANYBODY)
            gained, lost, sold = self._meet(bought)
        self._scale = lost
        self.unit = sold / lost
        self.step = gained / lost

    @property
    def sold(self) -> FloatArray:
        """D, (P,)."""
        return np.asarray(self.unit * self._scale * np.exp(self._log_top))

    def slope(self) -> FloatArray:
        """Return the derivative of F, divided by Lambda, (P, P): that of the step where it is 0."""
        return np.asarray(self._derivative / self._scale[:, None])

    def cost_slope(self) -> FloatArray:
        """Return the derivative of F in costs, divided by Lambda, (P, P)."""
        conditions = self._conditions
        parts, quantity, held = self._parts, self._bought.quantity, conditions.room.held
        users, bought = parts[2], 1.0 if quantity is None else quantity
        found = conditions.ownership * _products(users, _by_product(bought * held.probability))
        if not conditions.demand.nests.is_plain:
            closeness = (1.0 / conditions.demand.nests.dissimilarity - 1.0)[:, None]
            within = closeness * _products(users, _by_product(bought * held.in_nest))
            found += np.where(conditions.close, conditions.ownership * within, 0.0)
        found[np.diag_indices_from(found)] += self._scale
        return np.asarray(found / self._scale[:, None])

    def curvature(self) -> FloatArray:
        """Return the second derivatives of owners' profits in their own prices, symmetric, (P, P).

        Divided by the roots of a row's and of a column's Lambda, which leaves the signs of
        eigenvalues. Entries of two products that nobody owns both mean nothing.
        """
        scale = np.sqrt(self._scale)
        ahead = self._log_top[:, None] - self._log_top
        found = self._derivative / (scale[:, None] * scale)
        found *= np.exp(np.minimum(0.5 * ahead, 0.0))
        upper = (ahead < 0.0) | ((ahead == 0.0) & np.tri(len(found), dtype=bool).T)
        return np.asarray(np.where(upper, found, found.T))

    def _meet(self, bought: Bundle) -> FloatArray:
        """Fill the room with what holds here; return F, Lambda and D, (3, P)."""
        conditions, sums = self._conditions, np.empty((4, self.price.size))
        meet(
            self.price,
            conditions.cost,
            conditions.demand.choices,
            conditions.owner,
            conditions.owned,
            bought.surplus,
            bought.quantity,
            bought.slope,
            self._relative,
            conditions.room.held,
            sums,
        )
        conditions.room.point, self._bought = self, bought
        return sums[:3]

    def _count_from_logarithms(self, rare: BoolArray) -> None:
        """Count users of products that hardly anybody chooses in units of their largest P."""
        demand = self._conditions.demand
        log_probability = demand.log_probability(self.price)
        self._log_top[rare] = log_probability.max(axis=0)[rare]
        self._relative = blocks(np.exp(log_probability - self._log_top))

    @property
    def _parts(self) -> FloatArray:
        """What the derivative is made of; see `sim.equilibrium.kernel.slopes.differentiate`."""
        conditions = self._conditions
        if conditions.room.point is not self:
            self._meet(self._bought)
        self._diagonal = np.zeros_like(self.price)
        differentiate(
            self.price,
            conditions.cost,
            conditions.demand.choices,
            conditions.owner,
            conditions.owned,
            self._bought.quantity,
            self._bought.slope,
            self._bought.bend,
            self._relative,
            conditions.room.held,
            conditions.room.parts,
            self._diagonal,
        )
        return conditions.room.parts

    @cached_property
    def _derivative(self) -> FloatArray:
        """The derivative of F over each row's scale, (P, P)."""
        parts, conditions = self._parts, self._conditions
        found = _products(parts[0], parts[1])
        found -= conditions.ownership * _products(parts[2], parts[3])
        found[np.diag_indices_from(found)] += self._diagonal
        nests = conditions.demand.nests
        if not nests.is_plain:
            within = _products(parts[4], parts[5])
            within += conditions.ownership * _products(parts[2], parts[6])
            found -= np.where(conditions.close, within, 0.0)
            for number, members in enumerate(nests.mixed()):
                found[:, members] += _products(parts[7 + number], parts[1, members])
        return found


def _products(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the sums over all types of products of rows of one and of other, (P, P)."""
    return np.asarray(one.reshape(len(one), -1) @ other.reshape(len(other), -1).T)


def _by_product(blocks: FloatArray) -> FloatArray:
    """Return what is in blocks, (B, P, L), product by product, (P, B, L)."""
    return np.swapaxes(blocks, 0, 1)

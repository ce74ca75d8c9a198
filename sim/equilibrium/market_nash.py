"""Nash prices on the demand of the market's own users, by repeated best responses.

That demand jumps where a price leaves a type of users no more than its running fee, so that
first-order conditions alone do not find the best price: each is searched for on a lattice
(`sim.strategies.pricing.profit_maximum`), the owner's other products counted. Prices at rest are
held against a grid of deviations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.errors import EquilibriumError
from sim.quantities import BoolArray, FloatArray, IntegerArray
from sim.strategies.pricing.profit_maximum import LOG_STEP, best_price
from sim.strategies.pricing.view import DemandEstimate

_MOST_ROUNDS = 40
_AT_REST = 1.5 * LOG_STEP
"""Of log prices: a step of the lattice."""
_NEAR = 0.2
"""Of log prices: where none moves more in a round, the next are searched for nearby."""
_MOST_GAIN = 1e-3
"""Share of an owner's profit that may be left to gain."""
DEVIATIONS = np.geomspace(0.25, 4.0, 21)
"""Factors of a price that its owner might want instead."""


@dataclass(frozen=True, slots=True, eq=False)
class MarketNash:
    """Prices that no owner gains by changing, on given demand.

    Attributes
    ----------
    price
        Blended list prices, (P,), USD per million tokens.
    sales
        Millions of tokens used a day, (P,).
    profit
        USD a day by product, (P,): what is billed, beyond free quotas, less what serving costs.
    largest_gain_share
        The most that any owner with a profit gains by one of `DEVIATIONS` of one price, as a share
        of its profit; NaN if there is none.
    rounds
        Rounds of best responses that it took.
    without_profit
        Owners of free prices that earn nothing or lose money: of nothing there is no share, so that
        they are not in `largest_gain_share`. That no deviation gains them more than 0.1% of what
        their products cost to serve is checked all the same.
    """

    price: FloatArray
    sales: FloatArray
    profit: FloatArray
    largest_gain_share: float
    rounds: int
    without_profit: tuple[int, ...] = ()


def nash_market(
    demand: DemandEstimate,
    price: FloatArray,
    cost: FloatArray,
    owner: IntegerArray,
    free: BoolArray,
) -> MarketNash:
    """Return the Nash prices of a market.

    Parameters
    ----------
    demand
        Such as `sim.equilibrium.market_demand.MarketDemand`.
    price
        Prices to begin from, (P,), USD per million tokens.
    cost
        Marginal costs, (P,), likewise.
    owner
        Number of each product's owner, (P,).
    free
        Products whose prices are set, (P,), above zero; the others stay.

    Raises
    ------
    EquilibriumError
        Prices do not come to rest, or an owner would still gain more than 0.1%.
    """
    found, near = price.copy(), False
    for number in range(1, _MOST_ROUNDS + 1):
        before = found.copy()
        for product in np.flatnonzero(free):
            own = owner == owner[product]
            found[product] = _best(demand, found, cost, own, int(product), only_near=near)
        moved = np.abs(np.log(found[free] / before[free])).max(initial=0.0)
        near = moved < _NEAR
        if moved <= _AT_REST:
            return _checked(demand, found, cost, owner, free, number)
    raise EquilibriumError(
        f"no price equilibrium: after {_MOST_ROUNDS} rounds of best responses prices still move by "
        f"{np.expm1(moved):.1%}.  Demand may have jumps that prices chase each other around, as "
        "where few types of users share one running fee: raise types_per_domain."
    )


def _best(
    demand: DemandEstimate,
    price: FloatArray,
    cost: FloatArray,
    own: BoolArray,
    product: int,
    *,
    only_near: bool,
) -> float:
    def profit(tried: float) -> float:
        changed = price.copy()
        changed[product] = tried
        return float(_profits(demand, changed, cost)[own].sum())

    return best_price(profit, float(price[product]), only_near=only_near)


def _profits(demand: DemandEstimate, price: FloatArray, cost: FloatArray) -> FloatArray:
    """Return ``p B(p) - c D(p)``, (P,), USD a day."""
    return price * demand.billed_at(price) - cost * demand.sales_at(price)


def _checked(
    demand: DemandEstimate,
    price: FloatArray,
    cost: FloatArray,
    owner: IntegerArray,
    free: BoolArray,
    rounds: int,
) -> MarketNash:
    """Hold prices against deviations."""
    sales, profit = demand.sales_at(price), _profits(demand, price, cost)
    largest, without = -np.inf, set()
    for product in np.flatnonzero(free):
        own = owner == owner[product]
        now = float(profit[own].sum())
        scale = now if now > 0.0 else float(np.abs(cost * sales)[own].sum())
        gain = -np.inf
        for factor in DEVIATIONS[DEVIATIONS != 1.0]:
            changed = price.copy()
            changed[product] *= factor
            gain = max(gain, float(_profits(demand, changed, cost)[own].sum()) - now)
        if gain > _MOST_GAIN * scale:
            raise EquilibriumError(
                "no price equilibrium: prices came to rest where an owner gains "
                f"{gain:.4g} USD a day, at a profit of {now:.4g}, by another price far from them.  "
                "Begin from other prices."
            )
        if now > 0.0:
            largest = max(largest, gain / now)
        else:
            without.add(int(owner[product]))
    share = largest if np.isfinite(largest) else np.nan
    return MarketNash(price, sales, profit, share, rounds, tuple(sorted(without)))

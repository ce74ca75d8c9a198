"""A market as it is given to `sim.nash_prices`: arrays checked, and made one shape."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from sim.equilibrium.choice_demand import ChoiceDemand, Nests
from sim.equilibrium.first_order import Conditions
from sim.equilibrium.usage import TaskValues
from sim.errors import EquilibriumError, UsageError
from sim.files.paths import shown
from sim.quantities import BoolArray, FloatArray

Labels = Sequence[Hashable]


def conditions_of(
    utilities: ArrayLike,
    costs: ArrayLike,
    price_coefficient: ArrayLike,
    weights: ArrayLike | None,
    outside_utility: ArrayLike,
    ownership: ArrayLike | Labels | None,
    nests: Labels | None,
    nest_correlation: float | Mapping[Hashable, float],
    usage: TaskValues | None,
) -> Conditions:
    """Return the conditions of a market; arguments as of `sim.nash_prices`.

    Raises
    ------
    UsageError
        An argument has another shape, or is out of range.
    """
    cost = _numbers("costs", costs, "finite numbers, one a product")
    if cost.ndim != 1 or not cost.size or not np.isfinite(cost).all():
        raise _refusal("costs", costs, "must be finite numbers, one a product.")
    utility = np.atleast_2d(_numbers("utilities", utilities, "numbers"))
    if utility.ndim != 2 or utility.shape[1] != cost.size:
        raise UsageError(
            f"utilities: has shape {np.shape(utilities)}: must be (products,) or (types, products) "
            f"with as many products as costs, {cost.size}."
        )
    if not (utility < np.inf).all():
        raise UsageError("utilities: must be finite, or minus infinity for what is not on offer.")
    weight = _of_types("weights", 1.0 / len(utility) if weights is None else weights, len(utility))
    if not (np.isfinite(weight).all() and (weight >= 0.0).all() and weight.sum() > 0.0):
        raise _refusal("weights", weights, "must be >= 0, one a type, and not all 0.")
    coefficient = _of_types("price_coefficient", price_coefficient, len(utility))
    if not (np.isfinite(coefficient).all() and (coefficient > 0.0).all()):
        raise _refusal(
            "price_coefficient",
            price_coefficient,
            "must be above 0: the utility that one unit of money takes; 1/mu in the plain logit.",
        )
    outside = _of_types("outside_utility", outside_utility, len(utility))
    if not (outside < np.inf).all():
        raise _refusal("outside_utility", outside_utility, "must be below infinity.")
    if usage is not None and not isinstance(usage, TaskValues):
        raise _refusal("usage", usage, "must be a sim.TaskValues, or None for one unit each.")
    there = weight > 0.0
    nobody = np.flatnonzero(np.isneginf(utility[there]).all(axis=0))
    if nobody.size:
        raise UsageError(
            f"utilities: product {nobody[0]} is minus infinity for every type: nobody can buy it, "
            "and any price would do.  Leave it out."
        )
    demand = ChoiceDemand(
        utility[there],
        outside[there],
        coefficient[there],
        weight[there],
        _nests(nests, nest_correlation, cost.size),
        usage,
    )
    return Conditions(demand, cost, _ownership(ownership, cost.size))


def free_prices(
    fixed: ArrayLike | None, start: ArrayLike | None, conditions: Conditions
) -> tuple[BoolArray, FloatArray | None]:
    """Return which prices are set by their owners, and the start; arguments of `sim.nash_prices`.

    Raises
    ------
    UsageError
        An argument has another shape; or prices are fixed, and not given.
    EquilibriumError
        Some type must buy of one owner, whatever it asks.
    """
    products = conditions.cost.size
    lowest = conditions.demand.lowest_price
    begin = None
    if start is not None:
        begin = _numbers("start", start, "prices, one a product")
        if begin.shape != (products,) or not np.isfinite(begin).all() or (begin <= lowest).any():
            least = "" if np.isneginf(lowest) else f" above {lowest:g}"
            raise _refusal("start", start, f"must be {products} finite prices{least}.")
    held = np.zeros(products, bool) if fixed is None else np.asarray(fixed)
    if held.dtype != np.bool_ or held.shape != (products,):
        raise _refusal("fixed", fixed, f"must be {products} times True or False, one a product.")
    if held.any() and begin is None:
        raise UsageError("fixed: give the fixed prices in start, which has one price a product.")
    _refuse_captive_users(conditions, ~held)
    return ~held, begin


def _refuse_captive_users(conditions: Conditions, free: BoolArray) -> None:
    """Refuse users without an outside good all of whose products one owner sets."""
    demand = conditions.demand
    for utility in demand.utility[np.isneginf(demand.outside)]:
        offers = np.flatnonzero(np.isfinite(utility))
        if free[offers].all() and (conditions.ownership[np.ix_(offers, offers)] > 0.0).all():
            raise EquilibriumError(
                "no price equilibrium: a monopolist without an outside good may charge any price.  "
                "Give outside_utility, or fix a price."
            )


def _numbers(name: str, value: ArrayLike, allowed: str) -> FloatArray:
    try:
        found = np.array(value, np.float64)
    except (TypeError, ValueError):
        raise _refusal(name, value, f"must be {allowed}.") from None
    if np.isnan(found).any():
        raise _refusal(name, value, f"must be {allowed}; some are NaN.")
    return found


def _of_types(name: str, value: ArrayLike, types: int) -> FloatArray:
    found = _numbers(name, value, "a number, or one a type")
    if found.shape not in {(), (types,)}:
        raise UsageError(
            f"{name}: has shape {found.shape}: must be a number, or one a type, of which there are "
            f"{types}."
        )
    return np.broadcast_to(found, (types,)).copy()


def _nests(
    labels: Labels | None, correlation: float | Mapping[Hashable, float], products: int
) -> Nests:
    number = np.arange(products)
    dissimilarity = np.ones(products)
    if labels is None:
        return Nests(number, dissimilarity)
    names = list(labels)
    if len(names) != products:
        raise _refusal("nests", labels, f"must be {products} labels, one a product, or None.")
    first: dict[Hashable, int] = {}
    for place, name in enumerate(names):
        if name is None:
            continue
        number[place] = first.setdefault(name, place)
        of_nest = correlation.get(name) if isinstance(correlation, Mapping) else correlation
        if not isinstance(of_nest, int | float) or not 0.0 <= of_nest < 1.0:
            raise UsageError(
                f"nest_correlation: of nest {name!r} is {of_nest!r}: must be at least 0 and below "
                "1; 0 is the plain logit."
            )
        dissimilarity[place] = 1.0 - of_nest
    return Nests(number, dissimilarity)


def _ownership(owners: ArrayLike | Labels | None, products: int) -> FloatArray:
    """Return O, (P, P), of labels or of a matrix."""
    if owners is None:
        return np.eye(products)
    found = np.asarray(owners)
    if found.shape == (products,):
        return np.asarray(found[:, None] == found, np.float64)
    if found.shape == (products, products) and found.dtype.kind in "biuf":
        matrix = found.astype(np.float64)
        if np.isfinite(matrix).all() and (np.diagonal(matrix) == 1.0).all():
            return matrix
    raise _refusal(
        "ownership",
        owners,
        f"must be {products} owners, one a product, or a matrix ({products}, {products}) of the "
        "share in a column's profit that the one who prices the row's product gets, with ones on "
        "the diagonal.",
    )


def _refusal(name: str, value: object, allowed: str) -> UsageError:
    return UsageError(f"{name} = {shown(value)}: {allowed}")

r"""Price equilibrium under logit demand by fixed points: what tests compare best responses with.

The demand is that of `logit_demand`; costs ``c`` are in the unit of prices.

References
----------
Anderson, S., de Palma, A., Thisse, J.-F. (1992). Discrete Choice Theory of Product
Differentiation. MIT Press, chapter 7.
Morrow, W. R., Skerlos, S. J. (2011). Fixed-point approaches to computing Bertrand-Nash
equilibrium prices under mixed-logit demand. Operations Research 59(2), 328-345.
Nocke, V., Schutz, N. (2018). Multiproduct-firm oligopoly: an aggregative games approach.
Econometrica 86(2), 523-557: existence and uniqueness.
"""

from __future__ import annotations

import numpy as np
from logit_demand import FloatArray, logit_shares
from numpy.typing import ArrayLike

_ZETA_STEPS = 10_000
_ZETA_SWITCH = 1e-4
_NEWTON_STEPS = 50


class EquilibriumError(Exception):
    """The price equilibrium was not reached within the iterations allowed.

    The message gives the residual: check that ``mu`` is not many orders of magnitude below the
    differences between qualities and costs.
    """


def first_order_gap(
    price: ArrayLike,
    quality: ArrayLike,
    cost: ArrayLike,
    taste_scale: float,
    outside: float = 0.0,
    firm: ArrayLike | None = None,
) -> FloatArray:
    r"""Return ``p - c - zeta(p)``, (P,), zero at equilibrium.

    Under logit ``zeta_j = mu + sum_{k in firm(j)} s_k (p_k - c_k)``: the zeta map of Morrow
    and Skerlos (2011), for one consumer type.

    Parameters
    ----------
    price, quality, cost
        p, a and c, (P,).
    taste_scale, outside
        mu and a_0.
    firm
        Owner of each product, (P,); None: every product has its own.
    """
    margin = np.asarray(price, float) - np.asarray(cost, float)
    shares = logit_shares(price, quality, taste_scale, outside)
    gap: FloatArray = margin - taste_scale - _ownership(firm, len(margin)) @ (shares * margin)
    return gap


def nash_prices(
    quality: ArrayLike,
    cost: ArrayLike,
    taste_scale: float,
    outside: float = 0.0,
    firm: ArrayLike | None = None,
    *,
    tolerance: float = 1e-12,
) -> FloatArray:
    """Return the Bertrand-Nash prices of multi-product firms under logit demand, (P,).

    Damped zeta iteration of Morrow and Skerlos (2011) until Newton's method on
    `first_order_gap` takes over. The equilibrium exists and is unique (Nocke and Schutz
    2018); at it all products of a firm carry the same absolute mark-up.

    Parameters
    ----------
    quality, cost
        a and c, (P,).
    taste_scale, outside
        mu and a_0; minus infinity: no outside good.
    firm
        Owner of each product, (P,); None: every product has its own. One owner of all: monopoly.
    tolerance
        Largest gap accepted, relative to the largest price or mu.

    Raises
    ------
    EquilibriumError
        If one firm owns everything and there is no outside good, or the gap stays above the
        tolerance.
    """
    qualities, costs = np.asarray(quality, float), np.asarray(cost, float)
    owned = _ownership(firm, len(costs))
    if np.isneginf(outside) and owned.all():
        raise EquilibriumError("a monopolist without an outside good may charge any price")
    price = costs + taste_scale
    for _ in range(_ZETA_STEPS):
        gap = first_order_gap(price, qualities, costs, taste_scale, outside, firm)
        if np.abs(gap).max() <= _ZETA_SWITCH * taste_scale:
            break
        price = price - 0.5 * gap
    for _ in range(_NEWTON_STEPS):
        gap = first_order_gap(price, qualities, costs, taste_scale, outside, firm)
        if np.abs(gap).max() <= tolerance * max(taste_scale, float(np.abs(price).max())):
            return price
        slope = _gap_slope(price, qualities, costs, taste_scale, outside, owned)
        try:
            price = price - _solve(slope, gap)
        except np.linalg.LinAlgError:
            break
    raise EquilibriumError(
        f"no price equilibrium after {_ZETA_STEPS} zeta and {_NEWTON_STEPS} Newton steps: largest "
        f"first-order gap {np.abs(gap).max():.3g} at taste scale {taste_scale:g}"
    )


def pass_through(
    quality: ArrayLike,
    cost: ArrayLike,
    taste_scale: float,
    outside: float = 0.0,
    firm: ArrayLike | None = None,
) -> FloatArray:
    """Return ``dp_j / dc_k`` at the Bertrand-Nash equilibrium, (P, P).

    By the implicit function theorem on `first_order_gap`; a row's sum is the pass-through of a cost
    change common to the industry. Symmetric single-product firms: ``1 / (1 + s s_0 / (1-s)^2)``
    (oligopoly of Anderson, de Palma and Thisse 1992, chapter 7). Arguments as in `nash_prices`.
    """
    qualities, costs = np.asarray(quality, float), np.asarray(cost, float)
    owned = _ownership(firm, len(costs))
    price = nash_prices(qualities, costs, taste_scale, outside, firm)
    shares = logit_shares(price, qualities, taste_scale, outside)
    slope_in_cost = -np.eye(len(costs)) + owned * shares
    slope_in_price = _gap_slope(price, qualities, costs, taste_scale, outside, owned)
    return -_solve(slope_in_price, slope_in_cost)


def _gap_slope(
    price: FloatArray,
    quality: FloatArray,
    cost: FloatArray,
    taste_scale: float,
    outside: float,
    owned: FloatArray,
) -> FloatArray:
    """Return the derivative of `first_order_gap` in prices, (P, P)."""
    shares = logit_shares(price, quality, taste_scale, outside)
    share_slope = (np.outer(shares, shares) - np.diag(shares)) / taste_scale
    margin = price - cost
    slope: FloatArray = np.eye(len(price)) - owned * shares - (owned * margin) @ share_slope
    return slope


def _solve(matrix: FloatArray, right: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.solve(matrix, right), np.float64)


def _ownership(firm: ArrayLike | None, products: int) -> FloatArray:
    """One where two products have the same owner, (P, P)."""
    owner = np.arange(products) if firm is None else np.asarray(firm)
    return np.asarray(owner[:, None] == owner[None, :], np.float64)

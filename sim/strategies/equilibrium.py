r"""Price equilibrium under logit demand, in closed form or by fixed points.

The demand is that of `sim.strategies.logit`; costs ``c`` are in the unit of prices.

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
from numpy.typing import ArrayLike

from sim.errors import PricewarError
from sim.strategies.logit import FloatArray, logit_shares

_ZETA_STEPS = 10_000
_ZETA_SWITCH = 1e-4
_NEWTON_STEPS = 50


class EquilibriumError(PricewarError):
    """The price equilibrium was not reached within the iterations allowed.

    The message gives the residual: check that ``mu`` is not many orders of magnitude below the
    differences between qualities and costs.
    """


def best_response(quality: float, cost: float, taste_scale: float, log_rivals: float) -> float:
    r"""Return the price of one product that maximises ``(p - c) s(p)`` against given rivals.

    .. math:: p = c + \mu \left[1 + W\!\left(e^{(a - c)/\mu - 1} / R\right)\right],

    with W the Lambert function and R the sum of ``exp(utility)`` of rivals and outside good. It is
    evaluated as the Wright function ``omega(x) = W(e^x)``, which has the asymptote ``x - ln x``
    built in and so cannot overflow.

    Parameters
    ----------
    quality, cost
        a and c of the own product; a quality of minus infinity gives ``c + mu``.
    taste_scale
        mu > 0.
    log_rivals
        ``ln R``; see `sim.strategies.logit.log_rivals`.
    """
    if np.isneginf(quality):
        return cost + taste_scale
    from scipy.special import wrightomega  # a third of a second to import

    omega = wrightomega((quality - cost) / taste_scale - 1.0 - log_rivals)
    return cost + taste_scale * (1.0 + float(omega))


def best_response_from_share(price: float, share: float, cost: float, taste_scale: float) -> float:
    r"""Return the best response of a product that sells ``share`` at ``price``.

    Berry's inversion put into `best_response`: rivals and outside good together hold ``1 - s``, so

    .. math:: p' = c + \mu \left[1 + W\!\left(e^{(p - c)/\mu - 1} \frac{s}{1 - s}\right)\right].

    The own share is thus all that a provider needs of the public report.

    Parameters
    ----------
    price, share
        Present price p and user share s, 0 <= s < 1; a share of zero gives ``c + mu``.
    cost, taste_scale
        c and mu.

    Raises
    ------
    ValueError
        If the share is outside [0, 1).
    """
    if not 0.0 <= share < 1.0:
        raise ValueError(f"a share must be in [0, 1), got {share!r}")
    if share == 0.0:
        return cost + taste_scale
    log_odds = float(np.log(share) - np.log1p(-share))
    return best_response(price, cost, taste_scale, -log_odds)


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

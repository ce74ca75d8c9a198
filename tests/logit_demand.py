"""Logit demand: shares, surplus, and the qualities that explain observed shares.

Utility of product j is ``(a_j - p_j) / mu`` plus a Gumbel error, of no product ``a_0 / mu`` plus
another; the market has mass one. Prices ``p``, qualities ``a`` and the taste scale ``mu`` are all
in one unit, USD per million tokens in this project.

References
----------
Anderson, S., de Palma, A., Thisse, J.-F. (1992). Discrete Choice Theory of Product
Differentiation. MIT Press, chapter 7.
Berry, S. (1994). Estimating discrete-choice models of product differentiation. RAND Journal of
Economics 25(2), 242-262.
Small, K., Rosen, H. (1981). Applied welfare economics with discrete choice models. Econometrica
49(1), 105-130.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

import sim
from sim.equilibrium.nash import Equilibrium

FloatArray = NDArray[np.float64]


def logit_shares(
    price: ArrayLike, quality: ArrayLike, taste_scale: float, outside: float = 0.0
) -> FloatArray:
    """Return choice shares, (P,): ``s_j = exp((a_j - p_j)/mu) / sum_k exp((a_k - p_k)/mu)``.

    Anderson, de Palma and Thisse (1992), chapter 7. Utilities are shifted by their maximum, so that
    no exponential overflows.

    Parameters
    ----------
    price, quality
        p and a, (P,).
    taste_scale
        mu > 0.
    outside
        Quality of no product [a_0]; minus infinity: there is no outside good.
    """
    utility, outside_utility = _utilities(price, quality, taste_scale, outside)
    top = max(float(utility.max()), outside_utility)
    weight = np.exp(utility - top)
    shares: FloatArray = weight / (np.exp(outside_utility - top) + weight.sum())
    return shares


def logit_surplus(
    price: ArrayLike, quality: ArrayLike, taste_scale: float, outside: float = 0.0
) -> float:
    """Return consumer surplus per consumer, ``mu ln sum_k exp((a_k - p_k)/mu)``.

    The log-sum of Small and Rosen (1981), over products and the outside good, without
    Euler's constant times mu; arguments as in `logit_shares`.
    """
    utility, outside_utility = _utilities(price, quality, taste_scale, outside)
    return float(taste_scale * np.logaddexp.reduce(np.append(utility, outside_utility)))


def invert_shares(
    price: ArrayLike, share: ArrayLike, taste_scale: float, outside: float = 0.0
) -> FloatArray:
    """Return the qualities that explain observed shares, (P,).

    ``a_j = p_j + mu (ln s_j - ln s_0) + a_0`` with ``s_0 = 1 - sum s``: Berry (1994), eq. 13. A
    product that nobody uses has quality minus infinity: it then weighs nothing in any share, which
    is what was observed.

    Parameters
    ----------
    price, share
        p and s, (P,).
    taste_scale
        mu > 0.
    outside
        a_0.

    Raises
    ------
    ValueError
        If a share is negative or no share is left to the outside good: quality is then not
        identified.
    """
    prices, shares = np.asarray(price, float), np.asarray(share, float)
    outside_share = 1.0 - float(shares.sum())
    if (shares < 0.0).any() or outside_share <= 0.0:
        raise ValueError(
            f"shares must be >= 0 and sum to less than 1, got {shares.min():g} at least and "
            f"{shares.sum():.17g} in sum"
        )
    log_share = np.full_like(shares, -np.inf)
    np.log(shares, out=log_share, where=shares > 0.0)
    quality: FloatArray = prices + taste_scale * (log_share - np.log(outside_share)) + outside
    return quality


def logit_nash(
    quality: ArrayLike,
    cost: ArrayLike,
    taste_scale: float,
    outside: float = 0.0,
    firm: ArrayLike | None = None,
) -> Equilibrium:
    """Return the price equilibrium; ``firm`` owns each product, None: each has its own."""
    return sim.nash_prices(
        np.asarray(quality, float) / taste_scale,
        cost,
        1.0 / taste_scale,
        outside_utility=outside / taste_scale,
        ownership=firm,
    )


def log_rivals(
    own: int, price: ArrayLike, quality: ArrayLike, taste_scale: float, outside: float = 0.0
) -> float:
    """Return ``ln R``: log of the summed ``exp(utility)`` of all but one product, outside included.

    Arguments as in `logit_shares`; ``own`` is the index of the product left out.
    """
    utility, outside_utility = _utilities(price, quality, taste_scale, outside)
    return float(np.logaddexp.reduce(np.append(np.delete(utility, own), outside_utility)))


def _utilities(
    price: ArrayLike, quality: ArrayLike, taste_scale: float, outside: float
) -> tuple[FloatArray, float]:
    utility = (np.asarray(quality, float) - np.asarray(price, float)) / taste_scale
    return utility, outside / taste_scale

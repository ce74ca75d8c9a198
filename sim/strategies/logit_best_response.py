r"""Best response of one product under logit demand, in closed form.

Utility of product j is ``(a_j - p_j) / mu`` plus a Gumbel error, of no product ``a_0 / mu`` plus
another. Prices ``p``, qualities ``a``, costs ``c`` and the taste scale ``mu`` are in USD per
million tokens. Tests hold it against the price equilibrium of all products.

References
----------
Anderson, S., de Palma, A., Thisse, J.-F. (1992). Discrete Choice Theory of Product
Differentiation. MIT Press, chapter 7.
Berry, S. (1994). Estimating discrete-choice models of product differentiation. RAND Journal of
Economics 25(2), 242-262.
"""

from __future__ import annotations

import numpy as np


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
        ``ln R``: log of the summed ``exp(utility)`` of all other products and the outside good.
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

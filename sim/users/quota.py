r"""Free tiers with a quota: so many tokens a month free of charge, then the list price.

Work costs a user :math:`h` beside its tokens and :math:`h + p` with them, per Mtok. The quota pays
for a share :math:`w_Q = Q / (A n)` of all its work, with Q Mtok of tokens a month free, A Mtok of
work and n tokens per token of work. The bill is :math:`A p (w - w_Q)^+`, so that the surplus

.. math:: CS(w) = A [\pi e^{m + s^2/2} \Phi(\Phi^{-1}(w) + s) - h w - p (w - w_Q)^+]

is concave with a kink at the quota, and largest at

.. math:: w^* = \max\{\Phi(z(h + p)), \min(\Phi(z(h)), w_Q)\},

z as in `sim.users.usage`. Its derivative in p is the bill's, :math:`-A (w^* - w_Q)^+` (Roy), and in
Q it is p / n as soon as the bill is positive. Without a quota it is the usage at the full price;
with an endless one, usage at none.

References
----------
Moffitt (1990). The econometrics of kinked budget constraints. Journal of Economic Perspectives 4,
119-139.
"""

import numpy as np
from numpy.typing import ArrayLike

from sim.quantities import FloatArray


def quota_share(
    free_quota_mtok_per_month: ArrayLike,
    volume_mtok_per_month: ArrayLike,
    tokens_per_work: ArrayLike,
) -> FloatArray:
    """Share of all work that the quota pays for [w_Q], at most one.

    Parameters
    ----------
    free_quota_mtok_per_month : array_like
        Tokens free of charge [Q], in millions.
    volume_mtok_per_month : array_like
        Work if every task paid [A], > 0.
    tokens_per_work : array_like
        Tokens per token of work [n], > 0.
    """
    work = np.multiply(volume_mtok_per_month, tokens_per_work)
    return np.asarray(np.minimum(np.asarray(free_quota_mtok_per_month) / work, 1.0))


def usage_within_quota(
    usage_at_price: ArrayLike, usage_if_free: ArrayLike, quota: ArrayLike
) -> FloatArray:
    """Share of work worth running under a quota [w*].

    Parameters
    ----------
    usage_at_price, usage_if_free : array_like
        Shares worth running at the price of work with, and without, its tokens.
    quota : array_like
        Share that the quota pays for.
    """
    return np.asarray(np.maximum(usage_at_price, np.minimum(usage_if_free, quota)))


def affordable_share(
    budget_usd_per_mtok: ArrayLike, token_cost_usd_per_mtok_of_work: ArrayLike, quota: ArrayLike
) -> FloatArray:
    """Largest share of work whose bill stays within a budget, ``w_Q + B / p``.

    Parameters
    ----------
    budget_usd_per_mtok : array_like
        Budget over all work; infinite without one.
    token_cost_usd_per_mtok_of_work : array_like
        Price of the tokens of a Mtok of work beyond the quota [p].
    quota : array_like
        Share that the quota pays for.
    """
    cost = np.asarray(token_cost_usd_per_mtok_of_work)
    with np.errstate(divide="ignore", over="ignore"):
        beyond = np.where(cost > 0.0, np.divide(budget_usd_per_mtok, cost), np.inf)
    return np.asarray(quota + beyond)

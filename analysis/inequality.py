"""Lorenz curves and Gini coefficients of amounts that groups of equal users get."""

from __future__ import annotations

import math

import numpy as np

from analysis.statistics import Interval
from sim.quantities import FloatArray
from sim.statistics import half_width


def lorenz(amount: FloatArray, users: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the Lorenz curve: which share of users, poorest first, gets which share of all.

    Within a group everybody gets the same, so that the curve is straight there, and lies on or
    above that of single users. Where groups lose it dips below zero (Lorenz 1905).

    Parameters
    ----------
    amount
        What each group gets, (K,); of either sign, but with a positive sum.
    users
        Users of each group, (K,).

    Returns
    -------
    users_share, amount_share
        (K + 1,), from 0 to 1.

    Examples
    --------
    >>> users, amounts = lorenz(np.array([3.0, 1.0]), np.array([1.0, 1.0]))
    >>> users.tolist(), amounts.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    """
    held = users > 0.0
    amount, users = amount[held], users[held]
    order = np.argsort(amount / users, kind="stable")
    shares = (
        np.concatenate([[0.0], np.cumsum(values[order]) / values.sum()])
        for values in (users, amount)
    )
    return next(shares), next(shares)


def gini(amount: FloatArray, users: FloatArray) -> float:
    """Return the Gini coefficient, one less twice the area below the Lorenz curve.

    Zero where all users get the same; above one only if some lose. NaN unless the sum is positive.

    Parameters
    ----------
    amount, users
        As `lorenz` takes them.

    Examples
    --------
    >>> gini(np.array([1.0, 1.0]), np.array([1.0, 1.0])), gini(np.array([0.0, 1.0]), np.ones(2))
    (0.0, 0.5)
    """
    if not float(amount.sum()) > 0.0:
        return math.nan
    x, y = lorenz(amount, users)
    return float(1.0 - np.sum(np.diff(x) * (y[1:] + y[:-1])))


def gini_of_means(amounts: FloatArray, users: FloatArray) -> Interval:
    r"""Return the Gini coefficient of mean amounts over replications, with a jackknife interval.

    With G_(-r) the coefficient without replication r, the pseudo-values :math:`R G - (R - 1)
    G_{(-r)}` have a mean whose error is Student's with R - 1 degrees of freedom (Tukey 1958).

    Parameters
    ----------
    amounts
        (R, K): what each group gets in each replication.
    users
        (K,).
    """
    count = amounts.shape[0]
    centre = gini(amounts.mean(axis=0), users) if count else math.nan
    if count < 2:
        return Interval(centre, math.nan, math.nan, count)
    without = [gini(np.delete(amounts, r, axis=0).mean(axis=0), users) for r in range(count)]
    half = half_width((count - 1) * float(np.std(without, ddof=1)), count)
    return Interval(centre, centre - half, centre + half, count)

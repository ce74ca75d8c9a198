r"""A second account of use, kept by users' moves alone and apart from what bills are made of.

The totals add to each product's integral of usage what a change adds for the time that remains. A
meter notes at what time how much usage came or went:

.. math:: \int_{t_0}^{t} w = w(t)\,t - w(t_0)\,t_0 - \sum_e t_e\,\Delta w_e.

Both are exact, and share nothing but the users. Whoever recounts the users finds whether a meter
missed a change: see `sim.market.audit`.
"""

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.users.records import LIMIT, METER, NO_PRODUCT, UNIT, USER, Rows

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


@compiled
def note_change(meter: Rows, usage: np.int64, free: np.int64, time_days: float) -> None:
    """Note that usage comes to a product, or leaves it if negative.

    Parameters
    ----------
    meter : METER
        Of the user's type and the product.
    usage, free : int
        In units of 1 / UNIT; the part of it within the free quota.
    time_days : float
        When.
    """
    meter["usage"] += usage
    meter["moment"] -= np.float64(usage) * time_days
    meter["free"] += free
    meter["free_moment"] -= np.float64(free) * time_days


@compiled
def read_meters(
    meters: Rows,
    time_days: float,
    domain: Counts,
    volume_mtok_per_day: Floats,
    weights: Floats,
    free_weights: Floats,
    sums: Floats,
) -> None:
    """Add up what the meters have shown since the last time, and begin anew.

    Parameters
    ----------
    meters : METER[K, P]
    time_days : float
        Now.
    domain : int64[K]
        Domain of each type.
    volume_mtok_per_day : float64[K]
        Work of a user who runs all tasks.
    weights, free_weights : float64[M, D, P]
        What a Mtok of work weighs in each sum; what one within the free quota adds to that.
    sums : float64[M, D, P]
        To each the work done is added [Mtok of work], times its weight.
    """
    for k in range(meters.shape[0]):
        d = domain[k]
        for j in range(meters.shape[1]):
            meter = meters[k, j]
            stock = np.float64(meter["usage"]) * time_days
            used = stock + meter["moment"]
            if used != 0.0:
                work = used / UNIT * volume_mtok_per_day[k]
                for m in range(sums.shape[0]):
                    sums[m, d, j] += work * weights[m, d, j]
                free_stock = np.float64(meter["free"]) * time_days
                given = (free_stock + meter["free_moment"]) / UNIT * volume_mtok_per_day[k]
                for m in range(sums.shape[0] if given != 0.0 else 0):
                    sums[m, d, j] += given * free_weights[m, d, j]
            meter["moment"] = -stock
            meter["free_moment"] = -np.float64(meter["free"]) * time_days


@compiled
def recount(users: Rows, product: NDArray[np.int16], limits: Rows, recounted: Rows) -> None:
    """Count usage, and that within the free quota, by type and product from all users.

    Parameters
    ----------
    users : USER[N]
    product : int16[N]
    limits : LIMIT[K, P]
    recounted : METER[K, P]
        Zeros; receive the usage.
    """
    for user in range(product.size):
        if product[user] != NO_PRODUCT:
            row = users[user]
            k, j = row["type_index"], product[user]
            usage = np.int64(row["usage"])
            recounted[k, j]["usage"] += usage
            recounted[k, j]["free"] += min(usage, np.int64(limits[k, j]["quota"]))


def warm_up() -> None:
    """Compile these functions, or read them from the cache."""
    meters, sums = np.zeros((1, 1), METER), np.zeros((1, 1, 1))
    read_meters(meters, 0.0, np.zeros(1, np.int64), np.zeros(1), sums, sums, sums)
    limits = np.zeros((1, 1), LIMIT)
    recount(np.zeros(1, USER), np.full(1, NO_PRODUCT, np.int16), limits, meters)

r"""Devices that users buy to run a product themselves: how many, and what they cost a month.

A device costs F USD a month over its life and handles :math:`\kappa` of a user's work. With N of
them a user runs :math:`\min(w, N \kappa)` and gains :math:`CS(\min(w, N \kappa)) - N F`, CS at the
price of energy and of the product's tokens, which is concave in N. Were N any number, each Mtok of
work would take :math:`F / (A \kappa)` of device, so that the user would want the usage
:math:`w_c` at the price of work plus that; the best whole N is one of the two beside
:math:`w_c / \kappa`, and no less than one.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from sim.quantities import FloatArray

Gain = Callable[[FloatArray], FloatArray]
"""Surplus of shares of work, USD per month, devices left aside."""


def whole_devices(
    usage: ArrayLike, usage_at_full_cost: ArrayLike, share_per_device: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Return the two numbers of devices between which the best one is.

    Parameters
    ----------
    usage : array_like
        Share of work worth running on devices that are there [w].
    usage_at_full_cost : array_like
        The same if devices were bought by the Mtok of work [w_c].
    share_per_device : array_like
        Share of all work that one device handles [kappa], > 0.

    Returns
    -------
    fewer, more : ndarray
        At least one; not more than what ``usage`` needs.
    """
    most = np.maximum(np.ceil(np.divide(usage, share_per_device)), 1.0)
    wanted = np.divide(usage_at_full_cost, share_per_device)
    fewer = np.clip(np.floor(wanted), 1.0, most)
    return fewer, np.clip(np.ceil(wanted), 1.0, most)


def best_devices(
    usage: FloatArray,
    usage_at_full_cost: FloatArray,
    share_per_device: FloatArray | float,
    device_cost_usd_per_month: FloatArray | float,
    gain: Gain,
) -> tuple[FloatArray, FloatArray]:
    """Return how much a user runs on the best number of devices, and what those cost.

    Parameters
    ----------
    usage, usage_at_full_cost, share_per_device : ndarray
        As of `whole_devices`.
    device_cost_usd_per_month : ndarray or float
        Of one device [F].
    gain : callable
        Surplus of a share of work, USD per month.

    Returns
    -------
    usage, cost_usd_per_month : ndarray
    """
    fewer, more = whole_devices(usage, usage_at_full_cost, share_per_device)
    runs = [np.minimum(usage, count * share_per_device) for count in (fewer, more)]
    costs = [count * device_cost_usd_per_month for count in (fewer, more)]
    take_more = gain(runs[1]) - costs[1] > gain(runs[0]) - costs[0]
    return np.where(take_more, runs[1], runs[0]), np.where(take_more, costs[1], costs[0])

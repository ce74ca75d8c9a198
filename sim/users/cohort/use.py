r"""How much the users of a product run: means, and the spread that their value needs.

A usage w below the share T of tasks that pays closes a share g of the gap at each tick of a Poisson
clock of rate r. The mean gap so falls by ``exp(-r g t)``, the mean square by ``exp(-r (2 g - g^2)
t)``, exactly; above T likewise with the share d. It is exact while
all users of a cell stand on one side of T; where they stand on both, as for weeks after a rise of
prices, the mean tells on which side all are taken to be.

The value of the most valuable share w of tasks, ``G(w) = Phi(Phi^-1(w) + s)``, is concave. Its mean
is taken over two equally likely points, the mean usage plus and minus its standard deviation, which
is exact for cubics and symmetric spreads.
"""

import math

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.mechanisms.usage import UsageRules
from sim.users.moves import value_share
from sim.users.records import UNIT


@compiled_apart
def adjust(
    users: np.int64,
    usage: np.int64,
    square: float,
    target: float,
    days: float,
    rules: UsageRules,
) -> tuple[np.int64, float]:
    """Let the users of a product adjust for some days.

    Parameters
    ----------
    users : int
        At least one.
    usage : int
        Sum of their usage shares, in units of 1 / UNIT.
    square : float
        Sum of squared usage shares.
    target : float
        Share of tasks that pays.
    days : float
        How long.
    rules : UsageRules

    Returns
    -------
    tuple of int and float
        The two sums then.
    """
    mean = usage / (UNIT * np.float64(users))
    gap = target - mean
    gap_square = max(target * target - 2.0 * target * mean + square / users, gap * gap)
    ticks = rules.adjustments_per_day * days
    share = rules.reduction_share if gap < 0.0 else rules.adjustment_share
    gap_square *= math.exp(-ticks * share * (2.0 - share))
    gap *= math.exp(-ticks * share)
    adjusted = np.int64(math.floor((target - gap) * UNIT * users + 0.5))
    adjusted = min(max(adjusted, np.int64(0)), np.int64(UNIT) * users)
    return adjusted, users * (target * target - 2.0 * target * gap + gap_square)


@compiled_apart
def mean_value(users: np.int64, usage: np.int64, square: float, log_sd: float) -> np.int64:
    """Sum over users of the share of value that they realise, in units of 1 / UNIT.

    Parameters
    ----------
    users, usage, square
        As in ``adjust``; there may be none.
    log_sd : float
        Spread of log task values [s].
    """
    if users == 0:
        return np.int64(0)
    low, high = two_points(users, usage, square)
    value = value_share(np.int64(low + 0.5), log_sd) + value_share(np.int64(high + 0.5), log_sd)
    return np.int64(value * 0.5 * users + 0.5)


@compiled
def two_points(users: np.int64, usage: np.int64, square: float) -> tuple[float, float]:
    """Return mean usage less and plus its standard deviation, in units of 1 / UNIT.

    Arguments as in ``mean_value``; there are users.
    """
    mean = usage / np.float64(users)
    spread = UNIT * math.sqrt(max(square / users - (mean / UNIT) ** 2, 0.0))
    spread = min(spread, mean, UNIT - mean)
    return mean - spread, mean + spread


@compiled
def share_above(
    users: np.int64, usage: np.int64, square: float, first: float, least: float
) -> float:
    """Return the share of users who run at least so much, in units of 1 / UNIT.

    Usage is taken to be uniform around its mean, with its variance, and at least the usage with
    which users begin.

    Parameters
    ----------
    users, usage, square
        As in ``mean_value``; there are users.
    first, least : float
        Usage with which users begin; that which is asked for.
    """
    mean = usage / np.float64(users)
    variance = max(square / users - (mean / UNIT) ** 2, 0.0)
    low = max(mean - UNIT * math.sqrt(3.0 * variance), min(first, mean))
    if least <= low:
        return 1.0
    high = 2.0 * mean - low
    return (high - least) / (high - low) if least < high else 0.0

"""Usage: a holder moves towards the share of its tasks that pays at the present product.

At each tick of a Poisson clock of rate r the user closes a share of the gap: g upwards, since every
further task takes integration work, and d downwards, 1 unless processes hold on to the tasks that
no longer pay. While its target w* stays, the mean share of tasks run follows, with a = g or d,

    E w(t) = w* + (w(0) - w*) e^(-r a t),
    E integral of w over t = w* t + (w(0) - w*) (1 - e^(-r a t)) / (r a).

What pays is in `sim.users.usage`.

References
----------
Nerlove (1958). Distributed lags and demand analysis. USDA Agriculture Handbook 141: partial
adjustment to the wanted quantity.
"""

from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.scenario.demand import Population


class UsageRules(NamedTuple):
    """Parameters of usage."""

    adjustments_per_day: float
    adjustment_share: float
    """Share of the gap that one adjustment closes upwards [g]."""
    reduction_share: float
    """The same downwards [d]."""

    @classmethod
    def from_scenario(cls, population: Population) -> "UsageRules":
        """Read the parameters of a scenario's population."""
        clocks = population.clocks
        return cls(
            clocks.usage_per_day, clocks.usage_adjustment_share, clocks.usage_reduction_share
        )


@compiled
def adjusted_usage(usage: np.int64, target: np.int64, rules: UsageRules) -> np.int64:
    """Usage share after one adjustment, in whole steps of any one unit.

    Parameters
    ----------
    usage, target : int
        Present share of tasks run; that which pays.
    rules : UsageRules
    """
    if target <= usage:
        return usage - np.int64((usage - target) * rules.reduction_share + 0.5)
    return usage + np.int64((target - usage) * rules.adjustment_share + 0.5)


@compiled
def first_usage(target: np.int64, rules: UsageRules) -> np.int64:
    """Usage with which a user begins: one adjustment from zero."""
    return adjusted_usage(np.int64(0), target, rules)


@compiled
def carried_usage(usage: np.int64, target: np.int64) -> np.int64:
    """Usage that a user takes along to another product, less the tasks that do not pay there."""
    return min(usage, target)

"""Churn: holders drop their product, the less satisfied the sooner.

``c0 exp(-c1 S)``, with S the satisfaction. A bound is needed to draw churn from one clock: the
hazard is cut at ``c0 exp(4)``, which only slopes above 4 / l can reach, S being at least -l, the
weight of a shortfall. Whoever left reviews on, and may return.
"""

import math
from typing import NamedTuple

from sim.compiled import compiled
from sim.scenario.demand import Population

EXPONENT_CAP = 4.0


class ChurnRules(NamedTuple):
    """Parameters of churn."""

    per_day: float
    """Hazard at zero satisfaction [c0]."""
    satisfaction_slope: float
    """[c1]"""
    most_per_day: float
    """Upper bound of the hazard."""

    @classmethod
    def from_scenario(cls, population: Population) -> "ChurnRules":
        """Read the parameters of a scenario's population."""
        per_day = population.clocks.churn_per_day
        slope = population.clocks.churn_satisfaction_slope
        steepest = slope * population.satisfaction.loss_weight
        return cls(per_day, slope, per_day * math.exp(min(steepest, EXPONENT_CAP)))


@compiled
def churn_per_day(satisfaction: float, rules: ChurnRules) -> float:
    """Hazard of dropping the present product.

    Parameters
    ----------
    satisfaction : float
        With that product [S].
    rules : ChurnRules
    """
    hazard = rules.per_day * math.exp(-rules.satisfaction_slope * satisfaction)
    return min(hazard, rules.most_per_day)

"""Satisfaction: what was delivered over what was expected, remembered with exponential weights.

At a review ``S <- S + g (delivered - expected - S)``; the user then expects the best that it
considered. A new product begins at S = 0.
"""

from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.scenario.demand import Population


class SatisfactionRules(NamedTuple):
    """Parameters of satisfaction."""

    adjustment_share: float
    """[g]"""

    @classmethod
    def from_scenario(cls, population: Population) -> "SatisfactionRules":
        """Read the parameters of a scenario's population."""
        return cls(population.satisfaction.adjustment_share)


@compiled
def adjusted_satisfaction(
    satisfaction: float, delivered: float, expected: float, rules: SatisfactionRules
) -> float:
    """Satisfaction after a review.

    Parameters
    ----------
    satisfaction : float
        Before the review [S].
    delivered, expected : float
        Share of tasks at which the present product succeeds; that the user expected of it.
    rules : SatisfactionRules
    """
    surprise = delivered - expected
    return satisfaction + rules.adjustment_share * (surprise - satisfaction)


@compiled
def raised_expectation(expectation: np.float32, success: np.float32) -> np.float32:
    """Return the expectation once a product that succeeds so often has been considered."""
    return max(expectation, success)

r"""Satisfaction: what a product delivers over what was expected, above and below zero.

What a product delivers to a type of users is the share of its tasks that succeed, are not turned
away and are not waited for too long, less what the price takes from their worth:

.. math:: x = \pi (1 - r) e^{-W / W_0} m^{\gamma_p}

with success pi, refused share r, queueing delay W, patience W_0, and m the share of its tasks'
worth that a user keeps after paying. At a review

.. math:: S \leftarrow S + g (\ell(x - E) - S), \qquad \ell(d) = d \text{ if } d \ge 0,
          \text{ else } l d,

so that a shortfall weighs l times as much as a gain. Expectations E rise by a share a+ of the gap
to the best that came to mind, the present product included, and fall by a share a- of the gap to
the best on offer where nothing on offer lives up to them. A new product begins at S = 0. Constant x
is got used to: after n reviews with nothing better in sight a gain D at E has left
``S = g D sum over m of (1 - g)^(n - m) (1 - a+)^(m - 1)``.

References
----------
Oliver (1980). A cognitive model of the antecedents and consequences of satisfaction decisions.
Journal of Marketing Research 17, 460-469: expectations and their disconfirmation.
Anderson, Sullivan (1993). The antecedents and consequences of customer satisfaction for firms.
Marketing Science 12, 125-143: shortfalls weigh more than gains.
Kalyanaram, Winer (1995). Empirical generalizations from reference price research. Marketing Science
14, G161-G169: prices are felt against those that one is used to.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.compiled import compiled
from sim.scenario.demand import Population


class SatisfactionRules(NamedTuple):
    """Parameters of satisfaction."""

    adjustment_share: float
    """[g]"""
    loss_weight: float
    """[l]"""
    price_weight: float
    """[gamma_p]"""
    expectation_rise_share: float
    """[a+]"""
    expectation_fall_share: float
    """[a-]"""

    @classmethod
    def from_scenario(cls, population: Population) -> "SatisfactionRules":
        """Read the parameters of a scenario's population."""
        satisfaction = population.satisfaction
        return cls(
            satisfaction.adjustment_share,
            satisfaction.loss_weight,
            satisfaction.price_weight,
            satisfaction.expectation_rise_share,
            satisfaction.expectation_fall_share,
        )


@compiled
def delivered_share(
    success: float,
    kept_share: float,
    delay_s: float,
    patience_s: float,
    refused_share: float,
    rules: SatisfactionRules,
) -> float:
    """Return what a product delivers [x], between 0 and 1.

    Parameters
    ----------
    success : float
        Share of tasks that succeed [pi].
    kept_share : float
        Surplus over the worth of the tasks run [m].
    delay_s, patience_s : float
        Queueing delay, and that at which an answer is worth 1/e of one at once [W, W_0].
    refused_share : float
        Share of requests that are turned away [r].
    rules : SatisfactionRules
    """
    delivered = success * (1.0 - refused_share)
    if delay_s > 0.0:
        delivered *= math.exp(-delay_s / patience_s)
    if rules.price_weight > 0.0:
        delivered *= kept_share**rules.price_weight
    return delivered


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
        By the present product; what the user expected of it [x, E].
    rules : SatisfactionRules
    """
    surprise = delivered - expected
    if surprise < 0.0:
        surprise *= rules.loss_weight
    return satisfaction + rules.adjustment_share * (surprise - satisfaction)


@compiled
def raised_expectation(best: np.float32, delivered: np.float32) -> np.float32:
    """Return the best that came to mind once a product that delivers so much has."""
    return max(best, delivered)


@compiled
def adjusted_expectation(
    expected: np.float32, best_in_mind: np.float32, best_on_offer: np.float32,
    rules: SatisfactionRules,
) -> np.float32:  # fmt: skip
    """Return the expectation after a review.

    Parameters
    ----------
    expected : float32
        Before the review [E].
    best_in_mind : float32
        The most that a product delivers which came to mind.
    best_on_offer : float32
        The most that any product delivers; infinite where the user did not look for it.
    rules : SatisfactionRules
    """
    before = np.float64(expected)
    if best_in_mind > expected:
        gap = np.float64(best_in_mind) - before
        return np.float32(before + rules.expectation_rise_share * gap)
    if best_on_offer < expected:
        gap = np.float64(best_on_offer) - before
        return np.float32(before + rules.expectation_fall_share * gap)
    return expected

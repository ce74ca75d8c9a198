r"""Awareness: who does not know the technology yet hears of it, from outside or from neighbours.

.. math:: h = (p_B + q_B\, g(x)) (1 + b \lambda \min\{1, n\})

with x the share of the neighbours who use any product. In simple contagion g(x) = x; in threshold
contagion g(x) = 1 if x is at least phi, else 0. News at level n, which decays at the rate lambda,
speeds hearing up. While one price falls in small steps at the rate r = -d ln p / dt, its news
settles at n = r / lambda, so that the factor is 1 + b r: the generalised Bass model with a
coefficient -b of the price's relative change.

References
----------
Bass (1969). A new product growth for model consumer durables. Management Science 15, 215-227.
Bass, Krishnan, Jain (1994). Why the Bass model fits without decision variables. Marketing Science
13, 203-223.
Watts (2002). A simple model of global cascades on random networks. PNAS 99, 5766-5771.
"""

import math
from typing import NamedTuple

from sim.compiled import compiled
from sim.scenario.demand import Population


class AwarenessRules(NamedTuple):
    """Parameters of awareness."""

    innovation_per_day: float
    """[p_B]"""
    imitation_per_day: float
    """[q_B]"""
    threshold: float
    """[phi] Share of the neighbours that convinces; 0: simple contagion."""
    news_response: float
    """[b lambda] How much more often users hear at a news level of one or more, as a share."""

    @classmethod
    def from_scenario(cls, population: Population) -> "AwarenessRules":
        """Read the parameters of a scenario's population."""
        awareness = population.awareness
        contagion = awareness.contagion
        half_life_days = population.consideration.news_half_life_days
        return cls(
            awareness.innovation_per_day,
            awareness.imitation_per_day,
            contagion.threshold if contagion.kind == "threshold" else 0.0,
            awareness.news_response_days * math.log(2.0) / half_life_days,
        )


@compiled
def hearing_per_day(adopting_share: float, rules: AwarenessRules) -> float:
    """Hazard of hearing of the technology while there is no news.

    Parameters
    ----------
    adopting_share : float
        Share of the neighbours who use any product [x].
    rules : AwarenessRules
    """
    influence = adopting_share
    if rules.threshold > 0.0:
        influence = 1.0 if adopting_share >= rules.threshold else 0.0
    return rules.innovation_per_day + rules.imitation_per_day * influence


@compiled
def hearing_factor(news_level: float, rules: AwarenessRules) -> float:
    """By how many times the hazard is higher for news.

    Parameters
    ----------
    news_level : float
        Sum over products, now.
    rules : AwarenessRules
    """
    return 1.0 + rules.news_response * min(news_level, 1.0)


@compiled
def most_hearing_per_day(rules: AwarenessRules) -> float:
    """Upper bound of the hazard: all neighbours use a product, and there is much news."""
    bound = rules.innovation_per_day + rules.imitation_per_day
    return bound * hearing_factor(1.0, rules)

"""Awareness: who does not know the technology yet hears of it, from outside or from neighbours.

``h = p_B + q_B x``, with x the share of the neighbours who use any product.

References
----------
Bass (1969). A new product growth for model consumer durables. Management Science 15, 215-227.
"""

from typing import NamedTuple

from sim.compiled import compiled
from sim.scenario.demand import Population


class AwarenessRules(NamedTuple):
    """Parameters of awareness."""

    innovation_per_day: float
    """[p_B]"""
    imitation_per_day: float
    """[q_B]"""

    @classmethod
    def from_scenario(cls, population: Population) -> "AwarenessRules":
        """Read the parameters of a scenario's population."""
        awareness = population.awareness
        return cls(awareness.innovation_per_day, awareness.imitation_per_day)


@compiled
def hearing_per_day(adopting_share: float, rules: AwarenessRules) -> float:
    """Hazard of hearing of the technology.

    Parameters
    ----------
    adopting_share : float
        Share of the neighbours who use any product [x].
    rules : AwarenessRules
    """
    return rules.innovation_per_day + rules.imitation_per_day * adopting_share


@compiled
def most_hearing_per_day(rules: AwarenessRules) -> float:
    """Upper bound of the hazard: all neighbours use a product."""
    return rules.innovation_per_day + rules.imitation_per_day

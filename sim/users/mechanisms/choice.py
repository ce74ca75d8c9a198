"""Choice: what no product, the present one and any other are worth at a review, in units of mu.

``V_j = CS_j / mu + b theta (q_j - q_ref) + xi_j + eta peers_j``, plus ``zeta S`` for the present
product, less what moving costs: sigma for another provider or for none, less for another model of
the same provider, nothing for another host of the same model.

References
----------
McFadden (1974). Conditional logit analysis of qualitative choice behavior. In: Frontiers in
Econometrics, 105-142.
Berry, Levinsohn, Pakes (1995). Automobile prices in market equilibrium. Econometrica 63, 841-890:
tastes for quality that differ between users, theta.
"""

from typing import NamedTuple

from sim.compiled import compiled
from sim.scenario.demand import Population


class ChoiceRules(NamedTuple):
    """Parameters of choice; utilities in units of mu."""

    review_per_day: float
    switching_cost_vendor: float
    """[sigma]"""
    switching_cost_model: float
    peer_bonus: float
    """[eta]"""
    satisfaction_weight: float
    """[zeta]"""

    @classmethod
    def from_scenario(cls, population: Population) -> "ChoiceRules":
        """Read the parameters of a scenario's population."""
        choice = population.choice
        return cls(
            population.clocks.review_per_day,
            choice.switching_cost_vendor,
            choice.switching_cost_model,
            choice.peer_bonus,
            choice.satisfaction_weight,
        )


@compiled
def quality_utility(capability: float, reference: float, taste: float) -> float:
    """Return what capability is worth beyond the surplus that it brings, in units of mu.

    Parameters
    ----------
    capability, reference : float
        Of the product, and of the domain's reference, in logits [q_j, q_ref].
    taste : float
        Utility of a logit to the user's type, at least zero [b theta].
    """
    return taste * (capability - reference)


@compiled
def leaving_cost(holds: bool, rules: ChoiceRules) -> float:
    """Cost of moving to another provider or to no product; none to who holds no product."""
    return rules.switching_cost_vendor if holds else 0.0


@compiled
def switching_cost(holds: bool, same_model: bool, same_provider: bool, rules: ChoiceRules) -> float:
    """Cost of moving to a product; none to who holds no product, and none between hosts of a model.

    Parameters
    ----------
    holds : bool
        Whether the user holds a product.
    same_model : bool
        Whether the product serves the present one's model.
    same_provider : bool
        Whether the product is of the present one's provider.
    rules : ChoiceRules
    """
    if same_model or not holds:
        return 0.0
    return rules.switching_cost_model if same_provider else rules.switching_cost_vendor


@compiled
def outside_utility(utility: float, leaving_cost: float) -> float:
    """Return the utility of no product, at the utility that it has in the user's domain [a0]."""
    return utility - leaving_cost


@compiled
def present_utility(
    offer_utility: float, peers_share: float, satisfaction: float, rules: ChoiceRules
) -> float:
    """Return the utility of staying with the present product.

    Parameters
    ----------
    offer_utility : float
        What the offer is worth to the user's type.
    peers_share : float
        Share of the neighbours who use the product.
    satisfaction : float
        With the present product [S].
    rules : ChoiceRules
    """
    utility = offer_utility + rules.peer_bonus * peers_share
    return utility + rules.satisfaction_weight * satisfaction


@compiled
def other_utility(
    offer_utility: float, peers_share: float, switching_cost: float, rules: ChoiceRules
) -> float:
    """Return the utility of moving to a product.

    Arguments as in ``present_utility`` and ``switching_cost``.
    """
    utility = offer_utility + rules.peer_bonus * peers_share
    return utility - switching_cost

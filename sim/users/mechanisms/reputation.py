r"""Reputation: what is generally known of how satisfied the users of a product, or provider, are.

Every week reputations follow the mean satisfaction of those who have the product, and of those who
have any product of its provider:

.. math:: R \leftarrow R + (1 - 2^{-\Delta / h}) (\bar S - R),

with the half-life h. A product that nobody ever had is known by its provider alone, and one that
nobody has any more keeps its reputation. What users hear is ``(1 - u) R_product + u R_provider``;
it scales what of a product comes to mind by itself, see `sim.users.mechanisms.consideration`. It
closes the loop of price, adoption, satisfaction and competitiveness.

References
----------
Anderson (1998). Customer satisfaction and word of mouth. Journal of Service Research 1, 5-17.
Chevalier, Mayzlin (2006). The effect of word of mouth on sales: online book reviews. Journal of
Marketing Research 43, 345-354.
Wernerfelt (1988). Umbrella branding as a signal of new product quality. RAND Journal of Economics
19, 458-466: what is known of a provider's other products.
"""

import math
from typing import NamedTuple

import numpy as np

from sim.quantities import FloatArray, IntegerArray
from sim.scenario.demand import Population


class ReputationRules(NamedTuple):
    """Parameters of reputation."""

    decay_per_day: float
    """[ln 2 / h]"""
    provider_share: float
    """[u]"""

    @classmethod
    def from_scenario(cls, population: Population) -> "ReputationRules":
        """Read the parameters of a scenario's population."""
        reputation = population.reputation
        return cls(math.log(2.0) / reputation.half_life_days, reputation.provider_share)


def followed(
    reputation: FloatArray, satisfaction: FloatArray, days: float, rules: ReputationRules
) -> FloatArray:
    """Return reputations after some days at a mean satisfaction.

    Parameters
    ----------
    reputation : ndarray
        Before; not a number where nothing is known yet, so that the first users make it.
    satisfaction : ndarray
        Mean over users; not a number where there are none.
    days : float
        Since then.
    rules : ReputationRules
    """
    share = -math.expm1(-rules.decay_per_day * days)
    moved = reputation + share * (satisfaction - reputation)
    known = np.where(np.isnan(reputation), satisfaction, moved)
    return np.where(np.isnan(satisfaction), reputation, known)


def heard(
    product: FloatArray, provider: FloatArray, provider_index: IntegerArray, rules: ReputationRules
) -> FloatArray:
    """Return the reputation of each product as users hear it, (P,); zero where nothing is known.

    Parameters
    ----------
    product, provider : ndarray, shape (P,), (F,)
        Reputations; not a number where nothing is known.
    provider_index : ndarray of int, shape (P,)
        Provider of each product.
    rules : ReputationRules
    """
    maker = np.nan_to_num(provider[provider_index])
    own = np.where(np.isnan(product), maker, product)
    return np.asarray((1.0 - rules.provider_share) * own + rules.provider_share * maker)


def mean_satisfactions(
    users: FloatArray, total: FloatArray, provider_index: IntegerArray
) -> tuple[FloatArray, FloatArray]:
    """Return mean satisfaction by product and by provider; not a number where there are no users.

    Parameters
    ----------
    users, total : ndarray, shape (P,)
        Users of each product, in any unit, and the sum of their satisfaction in the same.
    provider_index : ndarray of int, shape (P,)
    """
    providers = int(provider_index.max(initial=-1)) + 1
    by_provider = [np.bincount(provider_index, part, providers) for part in (users, total)]
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / users, by_provider[1] / by_provider[0]

"""Reputations of products and providers, as they follow their users' satisfaction week by week."""

from __future__ import annotations

import numpy as np

from sim.quantities import FloatArray, IntegerArray
from sim.scenario.demand import Population
from sim.users.mechanisms.reputation import ReputationRules, followed, heard, mean_satisfactions


class Reputations:
    """What is known of how satisfied users are.

    Parameters
    ----------
    population
        What the scenario says of users.
    provider_index
        (P,): provider of each product.

    Attributes
    ----------
    have_effect
        Whether users act on them; otherwise nobody needs to follow them.
    """

    def __init__(self, population: Population, provider_index: IntegerArray) -> None:
        self.have_effect = population.consideration.reputation_weight > 0.0
        self._rules = ReputationRules.from_scenario(population)
        self._provider_index = provider_index
        self._product = np.full(provider_index.size, np.nan)
        self._provider = np.full(int(provider_index.max(initial=-1)) + 1, np.nan)

    def follow(self, users: FloatArray, satisfaction: FloatArray, days: float) -> FloatArray:
        """Let reputations follow satisfaction for some days, and return what users hear, (P,).

        Parameters
        ----------
        users, satisfaction
            (P,): users of each product, and their mean satisfaction.
        days
            Since the last time; the first time there is nothing to follow from.
        """
        total = np.where(users > 0.0, users * satisfaction, 0.0)
        known = mean_satisfactions(users, total, self._provider_index)
        self._product, self._provider = (
            followed(before, now, days, self._rules)
            for before, now in zip((self._product, self._provider), known, strict=True)
        )
        return heard(self._product, self._provider, self._provider_index, self._rules)

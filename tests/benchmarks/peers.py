"""The same reviews in numpy, for peers written as a competent user of SimPy or Mesa would.

Both begin as a population of ours does (types, utilities, network, first products), so that only
the way of running reviews differs: one event per user and review, and a choice in numpy. Nothing
of ours is imported: what a start is stands in `Start`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rules(NamedTuple):
    """Parameters of consideration, choice and satisfaction, by their names in docs/model.md."""

    consideration_base: float
    market_share_weight: float
    peer_weight: float
    peer_bonus: float
    outside_utility: float
    switching_cost_vendor: float
    switching_cost_model: float
    satisfaction_weight: float
    satisfaction_adjustment: float


class Start(NamedTuple):
    """How N users of K types stand on the first day, under P products that never change.

    Attributes
    ----------
    rules
        Parameters that all share.
    utility, first_utility, success
        (K, P): of who has adopted before, of who has not; share of tasks solved.
    provider
        (P,): number of each product's provider.
    type_index, product, adopted, expectation
        (N,): row of the tables above; product in use, -1 for none; whether the user ever had one;
        highest success ever seen.
    neighbours
        One array of users for each user.
    """

    rules: Rules
    utility: NDArray[np.float64]
    first_utility: NDArray[np.float64]
    success: NDArray[np.float64]
    provider: NDArray[np.int16]
    type_index: NDArray[np.int64]
    product: NDArray[np.int64]
    adopted: NDArray[np.bool_]
    expectation: NDArray[np.float64]
    neighbours: list[NDArray[np.int32]]


class Choice:
    """All users' state in arrays, and one user's review in numpy: the rules of ``sim.users``."""

    def __init__(self, start: Start, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.rules = start.rules
        self.utility = start.utility
        self.first_utility = start.first_utility
        self.success = start.success
        self.provider = start.provider
        self.type_index = start.type_index
        self.product = start.product.copy()
        self.adopted = start.adopted.copy()
        self.satisfaction = np.zeros(self.product.size)
        self.expectation = start.expectation.copy()
        self.neighbours = start.neighbours
        self.products = self.provider.size
        self.users_of = np.bincount(self.product + 1, minlength=self.products + 1)
        self.reviews = 0

    def review(self, user: int) -> None:
        """Let one user consider, choose and learn."""
        rules, k, current = self.rules, self.type_index[user], self.product[user]
        peers = np.bincount(self.product[self.neighbours[user]] + 1, minlength=self.products + 1)[
            1:
        ] / max(len(self.neighbours[user]), 1)
        intensity = (
            rules.consideration_base
            + rules.market_share_weight * self.users_of[1:] / self.product.size
            + rules.peer_weight * peers
        )
        considered = self.rng.random(self.products) < -np.expm1(-intensity)
        table = self.utility if self.adopted[user] else self.first_utility
        utility = table[k] + rules.peer_bonus * peers
        outside = rules.outside_utility
        if current >= 0:
            surprise = self.success[k, current] - self.expectation[user]
            gap = surprise - self.satisfaction[user]
            self.satisfaction[user] += rules.satisfaction_adjustment * gap
            same = self.provider == self.provider[current]
            cost = np.where(same, rules.switching_cost_model, rules.switching_cost_vendor)
            cost[current] = -rules.satisfaction_weight * self.satisfaction[user]
            utility -= cost
            outside -= rules.switching_cost_vendor
            considered[current] = True
        seen = np.append(np.flatnonzero(considered), self.products)
        scores = np.append(utility, outside)[seen] + self.rng.gumbel(size=seen.size)
        chosen = seen[scores.argmax()]
        chosen = -1 if chosen == self.products else chosen
        if seen.size > 1:
            best = self.success[k, seen[:-1]].max()
            self.expectation[user] = max(self.expectation[user], best)
        if chosen != current:
            self.users_of[current + 1] -= 1
            self.users_of[chosen + 1] += 1
            self.product[user] = chosen
            self.satisfaction[user] = 0.0
            self.adopted[user] |= chosen >= 0
        self.reviews += 1

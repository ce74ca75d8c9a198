"""The same reviews in SimPy and in Mesa, as a competent user of either would write them.

Both take the start from our population (types, utilities, network, first products), so that only
the way of running reviews differs: one event per user and review, and a choice in numpy.
"""

import mesa
import numpy as np
import simpy
from mesa.experimental.devs import DEVSimulator

from sim.users.population import Population


class Choice:
    """All users' state in arrays, and one user's review in numpy: the rules of ``sim.users``."""

    def __init__(self, population: Population, seed: int) -> None:
        world = population._world()
        self.rng = np.random.default_rng(seed)
        self.rules = world.rules
        self.utility = world.book.offers["utility"].copy()
        self.first_utility = world.book.offers["first_utility"].copy()
        self.success = world.book.offers["success"].copy()
        self.provider = world.book.products["provider"].copy()
        self.type_index = population.users.rows["type_index"].astype(np.int64)
        self.product = population.users.product.astype(np.int64)
        self.adopted = population.users.rows["flags"] & 2 != 0
        self.satisfaction = np.zeros(self.product.size)
        self.expectation = population.users.rows["expectation"].astype(np.float64)
        offsets, neighbours = world.graph.offsets, world.graph.neighbours
        self.neighbours = np.split(neighbours, offsets[1:-1])
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


class SimpyMarket:
    """One SimPy process a user."""

    def __init__(self, population: Population, rate_per_day: float, seed: int = 1) -> None:
        self.choice = Choice(population, seed)
        self.rate_per_day = rate_per_day
        self.environment = simpy.Environment()
        for user in range(population.users.product.size):
            self.environment.process(self._live(user))
        self.environment.run(until=1e-9)

    def _live(self, user: int):  # type: ignore[no-untyped-def]
        while True:
            yield self.environment.timeout(self.choice.rng.exponential(1.0 / self.rate_per_day))
            self.choice.review(user)

    def run(self, until_days: float) -> None:
        """Run all reviews up to a time."""
        self.environment.run(until=until_days)


class User(mesa.Agent):
    """A Mesa agent that reviews at Poisson times."""

    def __init__(self, model: "MesaMarket", user: int) -> None:
        super().__init__(model)
        self.user = user
        self.wait()

    def wait(self) -> None:
        """Schedule the next review."""
        delay = self.model.choice.rng.exponential(1.0 / self.model.rate_per_day)
        self.model.simulator.schedule_event_relative(self.review, delay)

    def review(self) -> None:
        """Review, and wait for the next time."""
        self.model.choice.review(self.user)
        self.wait()


class MesaMarket(mesa.Model):
    """A Mesa model on Mesa's own discrete event simulator."""

    def __init__(self, population: Population, rate_per_day: float, seed: int = 1) -> None:
        super().__init__(seed=seed)
        self.choice = Choice(population, seed)
        self.rate_per_day = rate_per_day
        self.simulator = DEVSimulator()
        self.simulator.setup(self)
        for user in range(population.users.product.size):
            User(self, user)

    def run(self, until_days: float) -> None:
        """Run all reviews up to a time."""
        self.simulator.run_until(until_days)

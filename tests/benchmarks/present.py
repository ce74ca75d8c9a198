"""How the working tree is driven: the one place that follows when internals move."""

from pathlib import Path

import market
import numpy as np

import sim
from sim.simulation import Simulation
from sim.streams import Streams
from sim.users import kernel
from sim.users.population import Population


class Replication:
    """One replication of a scenario file."""

    def __init__(self, path: Path | str, overrides: dict[str, object]) -> None:
        self.scenario = sim.load(path, overrides=overrides)

    def run(self, replication: int) -> int:
        """Build the market, run it, and make its tables; returns the weekly rows."""
        simulation = Simulation(self.scenario, 1, replication)
        simulation.run()
        tables = simulation.recorder.tables()
        return sum(tables[name].num_rows for name in ("market", "products", "providers", "domains"))


class Reviews:
    """A population of which only the review clock runs, under offers that never change."""

    def __init__(self, users: int, seed: int = 1) -> None:
        self.offers = market.offers()
        self.population = Population.build(market.scenario_of(users), Streams(seed))
        self.population.start(self.offers)

    def advance(self, days: float) -> int:
        """Run all reviews of so many more days; returns how many."""
        until_days = self.population.now_days + days
        return self.population.advance(until_days, self.offers).reviews

    def users_of(self) -> list[int]:
        """Return how many users have no product, and each product."""
        products = self.offers.product_keys.size
        return np.bincount(self.population.users.product + 1, minlength=products + 1).tolist()

    def bytes_per_user(self) -> dict[str, float]:
        """Return what a user's state takes, and the network."""
        users = self.population.users.product.size
        state, network = self.population.nbytes_state, self.population.nbytes_network
        return {"state": state / users, "network": network / users}


def warm_up() -> None:
    """Compile."""
    kernel.warm_up()

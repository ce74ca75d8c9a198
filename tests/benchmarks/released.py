"""How the last release is driven: the calls of commit d620702, which never change.

Runs in a process whose ``sim`` is that commit's. The market of its reviews is described by its own
``tests/benchmarks/market.py``. Change this file together with the commit.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import peers

import sim
from sim.market.market import Market
from sim.streams import Streams
from sim.users import kernel
from sim.users.population import Population


class Replication:
    """One replication of a scenario file."""

    def __init__(self, path: Path, overrides: dict[str, object]) -> None:
        self.scenario = sim.load(path, overrides=overrides)

    def run(self, replication: int) -> int:
        """Build the market, run it, and make its tables; returns the weekly rows of both sides.

        Clouds and chips are left out: that release had rows of accelerators that nobody rented.
        """
        market = Market(self.scenario, 1, replication)
        market.run()
        tables = market.recorder.tables()
        return sum(tables[name].num_rows for name in ("market", "products", "providers", "domains"))


class Reviews:
    """A population of which only the review clock runs, under offers that never change."""

    def __init__(self, users: int, seed: int = 1) -> None:
        described = _market()
        self.offers = described.offers()
        self.population = Population.build(described.scenario_of(users), Streams(seed))
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

    def start_of_peers(self) -> peers.Start:
        """Hand a start to others that follow the same rules."""
        world, users = self.population._world(), self.population.users
        rules = {name: getattr(world.rules, name) for name in peers.Rules._fields}
        return peers.Start(
            rules=peers.Rules(**rules),
            utility=world.book.offers["utility"].copy(),
            first_utility=world.book.offers["first_utility"].copy(),
            success=world.book.offers["success"].copy(),
            provider=world.book.products["provider"].copy(),
            type_index=users.rows["type_index"].astype(np.int64),
            product=users.product.astype(np.int64),
            adopted=users.rows["flags"] & 2 != 0,
            expectation=users.rows["expectation"].astype(np.float64),
            neighbours=np.split(world.graph.neighbours, world.graph.offsets[1:-1]),
        )


def warm_up() -> None:
    """Compile."""
    kernel.warm_up()


def _market() -> ModuleType:
    path = Path(sim.__file__).parents[1] / "tests" / "benchmarks" / "market.py"
    specification = importlib.util.spec_from_file_location("released_market", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module

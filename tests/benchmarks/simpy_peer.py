"""One SimPy process a user."""

import simpy
from peers import Choice, Start


class SimpyMarket:
    """Users as processes of a SimPy environment."""

    def __init__(self, start: Start, rate_per_day: float, seed: int = 1) -> None:
        self.choice = Choice(start, seed)
        self.rate_per_day = rate_per_day
        self.environment = simpy.Environment()
        for user in range(start.product.size):
            self.environment.process(self._live(user))
        self.environment.run(until=1e-9)

    def _live(self, user: int):  # type: ignore[no-untyped-def]
        while True:
            yield self.environment.timeout(self.choice.rng.exponential(1.0 / self.rate_per_day))
            self.choice.review(user)

    def run(self, until_days: float) -> None:
        """Run all reviews up to a time."""
        self.environment.run(until=until_days)

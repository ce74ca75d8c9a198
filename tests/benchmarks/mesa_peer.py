"""The same rules on Mesa's own discrete event simulator."""

import mesa
from mesa.experimental.devs import DEVSimulator
from peers import Choice, Start


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
    """Users as agents of a Mesa model, woken by events."""

    def __init__(self, start: Start, rate_per_day: float, seed: int = 1) -> None:
        super().__init__(seed=seed)
        self.choice = Choice(start, seed)
        self.rate_per_day = rate_per_day
        self.simulator = DEVSimulator()
        self.simulator.setup(self)
        for user in range(start.product.size):
            User(self, user)

    def run(self, until_days: float) -> None:
        """Run all reviews up to a time."""
        self.simulator.run_until(until_days)

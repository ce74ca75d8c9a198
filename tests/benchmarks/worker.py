"""One side of a comparison, in a process of its own: does what it is told, and times it.

Commands come as lines of JSON on standard input and are answered on standard output. ``sim`` is
whatever stands first on ``PYTHONPATH``; the driver named on the command line knows its calls.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sim

RATE_PER_DAY = 1.0 / 30.0
"""Reviews of a user, by the default of both sides' scenarios."""


class Worker:
    """What this side has built so far."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.reviews: dict[int, Any] = {}
        self.replication: Any = None
        self.peers: dict[str, Any] = {}

    def warm_up(self) -> dict[str, object]:
        """Compile everything."""
        self.driver.warm_up()
        return {"sim": str(Path(sim.__file__).parents[1])}

    def load(self, path: str, overrides: dict[str, object]) -> dict[str, object]:
        """Read a scenario; says what is wrong with it if this side cannot."""
        from sim.errors import PricewarError

        try:
            self.replication = self.driver.Replication(Path(path), overrides)
        except PricewarError as error:
            return {"refused": str(error)}
        return {}

    def run(self, replication: int) -> dict[str, object]:
        """Run one replication of the scenario."""
        return timed(lambda: self.replication.run(replication))

    def build(self, users: int) -> dict[str, object]:
        """Build and start a population."""
        begin = time.process_time()
        self.reviews[users] = self.driver.Reviews(users)
        build_s = time.process_time() - begin
        return {"build_s": build_s, **self.reviews[users].bytes_per_user()}

    def review(self, users: int, reviews: int) -> dict[str, object]:
        """Run so many reviews of a population, or nearly."""
        days = reviews / (users * RATE_PER_DAY)
        return timed(lambda: self.reviews[users].advance(days))

    def spread(self, users: int, days: float) -> dict[str, object]:
        """Users by product after some time, from a start of another seed."""
        population = self.driver.Reviews(users, seed=3)
        population.advance(days)
        return {"users_of": population.users_of()}

    def build_peer(self, peer: str, users: int) -> dict[str, object]:
        """Build a peer's market from a start of this side's; says so where it is not installed."""
        try:
            kind = getattr(importlib.import_module(f"{peer}_peer"), f"{peer.title()}Market")
        except ModuleNotFoundError as error:
            return {"refused": f"{error.name} is not installed"}
        self.peers[peer] = kind(self.driver.Reviews(users).start_of_peers(), RATE_PER_DAY)
        return {}

    def review_peer(self, peer: str, until_days: float) -> dict[str, object]:
        """Run a peer's reviews up to a time."""
        market = self.peers[peer]
        before = market.choice.reviews

        def run() -> int:
            market.run(until_days)
            return int(market.choice.reviews - before)

        return timed(run)

    def spread_peer(self, users: int, days: float) -> dict[str, object]:
        """Users by product of the SimPy peer after some time, from a start of another seed."""
        from simpy_peer import SimpyMarket

        start = self.driver.Reviews(users, seed=3).start_of_peers()
        market = SimpyMarket(start, RATE_PER_DAY, seed=4)
        market.run(days)
        return {"users_of": market.choice.users_of.tolist()}


def timed(work: Callable[[], int]) -> dict[str, object]:
    """Do some work; returns its processor time and what it counted."""
    begin = time.process_time()
    count = work()
    return {"processor_s": time.process_time() - begin, "count": count}


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever is printed must not come between the answers
    worker = Worker(importlib.import_module(sys.argv[1]))
    for line in sys.stdin:
        command, arguments = json.loads(line)
        print(json.dumps(getattr(worker, command)(**arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()

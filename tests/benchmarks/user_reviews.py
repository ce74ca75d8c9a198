"""User reviews per second: ours, one SimPy process per user, and Mesa with the same rules.

Run it as ``python tests/benchmarks/user_reviews.py``; ``--markdown FILE`` keeps the table. All are
measured in one run, by turns, so that a busy machine disturbs all alike, and in processor time,
which other processes do not add to: all three use one core. Building and starting a population is
not part of the time of a review; it is printed beside it.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
from market import offers, scenario_of
from peers import MesaMarket, SimpyMarket

from sim.streams import Streams
from sim.users import kernel
from sim.users.population import Population

RATE_PER_DAY = 1.0 / 30.0
PEER_USERS = 100_000
PEER_REVIEWS = 20_000
OUR_REVIEWS = 2_000_000
SIZES = (10_000, 100_000, 1_000_000)


class Ours:
    """Our population, run on from where it stands."""

    def __init__(self, users: int) -> None:
        start = time.process_time()
        self.population = Population.build(scenario_of(users), Streams(1))
        self.offers = offers()
        self.population.start(self.offers)
        self.build_s = time.process_time() - start
        self.users = users
        self.run(0.0)

    def run(self, until_days: float) -> int:
        """Run all reviews up to a time; return how many."""
        return self.population.advance(until_days, self.offers).reviews

    def speed(self) -> float:
        """Reviews per second over the next stretch of time."""
        days = OUR_REVIEWS / (self.users * RATE_PER_DAY)
        start = time.process_time()
        reviews = self.run(self.population.now_days + days)
        return reviews / (time.process_time() - start)


class Peer:
    """A peer's market, run on from where it stands."""

    def __init__(self, make: Callable[..., SimpyMarket | MesaMarket]) -> None:
        population = Population.build(scenario_of(PEER_USERS), Streams(1))
        population.start(offers())
        self.market = make(population, RATE_PER_DAY)
        self.now_days = 0.0

    def speed(self) -> float:
        """Reviews per second over the next stretch of time."""
        self.now_days += PEER_REVIEWS / (PEER_USERS * RATE_PER_DAY)
        before, start = self.market.choice.reviews, time.process_time()
        self.market.run(self.now_days)
        return (self.market.choice.reviews - before) / (time.process_time() - start)


def same_rules(users: int = 4000, days: float = 90.0) -> float:
    """Largest difference of a product's users between us and a peer, in standard deviations."""
    population = Population.build(scenario_of(users), Streams(3))
    population.start(offers())
    peer = SimpyMarket(population, RATE_PER_DAY, seed=4)
    population.advance(days, offers())
    peer.run(days)
    mine = np.bincount(population.users.product + 1, minlength=peer.choice.products + 1)
    both = np.maximum(mine + peer.choice.users_of, 1)
    return float((np.abs(mine - peer.choice.users_of) / np.sqrt(both)).max())


def measure(repeats: int) -> tuple[dict[str, list[float]], dict[int, Ours]]:
    """Speeds of all, repeated by turns."""
    kernel.warm_up()
    ours = {users: Ours(users) for users in SIZES}
    runners: dict[str, Ours | Peer] = {f"pricewar, {users:,} users": ours[users] for users in SIZES}
    runners[f"SimPy, one process a user, {PEER_USERS:,} users"] = Peer(SimpyMarket)
    runners[f"Mesa 3, same rules, {PEER_USERS:,} users"] = Peer(MesaMarket)
    speeds: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(repeats):
        for name, runner in runners.items():
            speeds[name].append(runner.speed())
    return speeds, ours


def table(speeds: dict[str, list[float]], ours: dict[int, Ours]) -> str:
    """Write the speeds as a Markdown table, with what they were measured on."""
    base = statistics.median(speeds[f"pricewar, {PEER_USERS:,} users"])
    lines = [
        "| | reviews per second and core, median | lowest to highest | pricewar is faster by |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, values in speeds.items():
        median = statistics.median(values)
        factor = "" if name.startswith("pricewar") else f"{base / median:,.0f}"
        spread = f"{min(values):,.0f} to {max(values):,.0f}"
        lines.append(f"| {name} | {median:,.0f} | {spread} | {factor} |")
    lines += ["", "| users | build and start, s | state, bytes a user | network, bytes a user |"]
    lines += ["| ---: | ---: | ---: | ---: |"]
    for users, one in ours.items():
        state, network = one.population.nbytes_state, one.population.nbytes_network
        lines.append(
            f"| {users:,} | {one.build_s:.2f} | {state / users:.0f} | {network / users:.0f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--markdown", type=Path, help="also write the tables to this file")
    arguments = parser.parse_args()
    machine = f"Python {platform.python_version()}, numba {numba.__version__}, one core of "
    machine += f"{platform.processor() or platform.machine()}; {arguments.repeats} repeats by turns"
    text = "\n".join(
        [
            f"Measured with {machine}; 40 products, 8 neighbours. Factors compare 100,000 users.",
            "",
            table(*measure(arguments.repeats)),
            "",
            f"Users by product differ from SimPy's by at most {same_rules():.1f} standard "
            "deviations over 41 options: the rules are the same.",
        ]
    )
    print(text)  # noqa: T201 - this is what it is run for
    if arguments.markdown:
        arguments.markdown.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""How long a billion users take as cohorts, beside 200,000 one by one, by turns in one run.

    python tests/benchmarks/cohorts.py --turns 3

Both run ``country-scale`` for three years with 40 of its products, and 47 types in each of its
eleven domains; users one by one hear from everyone, as cohorts do. Compared is processor time, to
which other work on the machine adds little, after one short run of each that compiles. Printed are
medians, lowest and highest. Nothing is asserted.
"""

import argparse
import statistics
import sys
import time

from sim.reference import read
from sim.scenario.scenario import Scenario
from sim.simulation import Simulation

PRODUCTS = 40
SIDES = {
    "cohorts": {"population.mode": "cohorts", "population.users": 1_000_000_000},
    "individuals": {"population.mode": "individuals", "population.users": 200_000},
}


def scenario_of(side: str, end_date: str) -> Scenario:
    """Read the scenario of a side, with the first products alone."""
    overrides = {**SIDES[side], "population.represents_users": None, "end_date": end_date}
    scenario = read("country-scale", overrides)
    return scenario.model_copy(update={"products": scenario.products[:PRODUCTS]})


def run(scenario: Scenario, replication: int) -> float:
    """Run one replication; return its processor time in seconds."""
    begin = time.process_time()
    Simulation(scenario, scenario.seed, replication).run()
    return time.process_time() - begin


def main() -> None:
    """Measure both sides by turns, and print what they took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--end-date", default="2026-03-14", help="sooner, to see that it runs")
    arguments = parser.parse_args()
    sides = {side: scenario_of(side, arguments.end_date) for side in SIDES}
    took: dict[str, list[float]] = {side: [] for side in SIDES}
    for side in SIDES:
        run(scenario_of(side, "2023-03-28"), 0)
    for turn in range(arguments.turns):
        for side in list(SIDES)[:: -1 if turn % 2 else 1]:
            took[side].append(run(sides[side], turn))
    for side, seconds in took.items():
        low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
        sys.stdout.write(f"{side}: {middle:.1f} s ({low:.1f} to {high:.1f}) of processor time\n")


if __name__ == "__main__":
    main()

"""How far cohorts are from users one by one, at several sizes: the bias of the mean, in percent.

    python tests/benchmarks/cohort_bias.py --replications 8 --users 100000 1000000

Both modes run ``minimal`` with everyone hearing from everyone, replication by replication with the
same types and market, so that differences are paired. Printed is the mean difference over the mean,
with its standard error. Nothing is asserted.
"""

import argparse
import statistics
import sys

from sim.reference import read
from sim.simulation import Simulation

MEASURES = {
    "adopters on the first day": ("market", "adopters_share", 0),
    "adopters on the last day": ("market", "adopters_share", -1),
    "tokens in the last week": ("market", "tokens_mtok_per_day", -1),
    "spend in the last week": ("market", "spend_usd_per_day", -1),
    "consumer surplus in the last week": ("market", "consumer_surplus_usd_per_day", -1),
    "adoptions": ("products", "adoptions", None),
    "switches": ("products", "switches_in", None),
    "leaves": ("products", "leaves", None),
}


def measured(mode: str, users: int, replication: int) -> list[float]:
    """Run one replication, and return what is measured."""
    scenario = read(
        "minimal",
        {
            "population.mode": mode,
            "population.users": users,
            "population.network.kind": "complete",
        },
    )
    simulation = Simulation(scenario, scenario.seed, replication)
    simulation.run()
    tables = simulation.recorder.tables()
    values = []
    for table, column, week in MEASURES.values():
        numbers = [number or 0.0 for number in tables[table][column].to_pylist()]
        values.append(sum(numbers) if week is None else numbers[week])
    return values


def main() -> None:
    """Run both modes at each size, and print the differences."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--replications", type=int, default=8)
    arguments = parser.parse_args()
    for users in arguments.users:
        sys.stdout.write(f"{users:,} users, {arguments.replications} replications\n")
        pairs = [
            [measured(mode, users, number) for mode in ("individuals", "cohorts")]
            for number in range(arguments.replications)
        ]
        for n, name in enumerate(MEASURES):
            mean = statistics.fmean(one[n] for one, _ in pairs)
            gaps = [100.0 * (other[n] - one[n]) / mean for one, other in pairs]
            error = statistics.stdev(gaps) / len(gaps) ** 0.5
            sys.stdout.write(f"  {name}: {statistics.fmean(gaps):+.2f}% +- {error:.2f}\n")


if __name__ == "__main__":
    main()

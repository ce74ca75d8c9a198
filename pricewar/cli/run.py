"""``pricewar run``: run a scenario, or what is missing of it, and say what happened."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricewar.cli.arguments import (
    add_allow_code,
    add_limits,
    add_strict,
    natural_number,
    recall,
    seed_number,
)
from pricewar.cli.console import complain

if TYPE_CHECKING:
    from sim.batch.executor import Executor

EXAMPLES = """\
examples:
  pricewar run minimal                          a shipped scenario, by name
  pricewar run my-war.yaml --out results/mine   a file of yours
  pricewar run china-2024-price-war --report    and draw the figures and the page
  pricewar run china-2024-price-war --set factors.competition=false --out results/no-war
  pricewar run china-2024-price-war --set population.users=100000 --replications 4 --seed 7
  pricewar run china-2024-price-war --resume    continue: what is missing or failed, no more

Exit codes: 0 all replications done, 1 some failed, 2 the run could not continue, 130 stopped with
Ctrl-C, 143 by a signal to terminate; what finished is kept.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("scenario", help="a scenario file, or the name of a shipped one")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        dest="overrides",
        help="change a value of the file, such as population.users=5000; may be repeated",
    )
    parser.add_argument(
        "--replications", type=natural_number, help="how often to run it; default: as the file says"
    )
    parser.add_argument(
        "--seed", type=seed_number, help="seed of all draws; default: as the file says"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the result; default: results/NAME"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--workers", type=natural_number, help="processes; default: one a processor")
    where.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler, as tcp://host:8786")
    add_limits(parser, "replication")
    parser.add_argument("--report", action="store_true", help="draw the figures and the page too")
    there = parser.add_mutually_exclusive_group()
    there.add_argument(
        "--resume", action="store_true", help="continue a run: what is missing or failed"
    )
    there.add_argument(
        "--overwrite", action="store_true", help="replace a result that is already there"
    )
    add_strict(parser)
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run the scenario; returns the exit code."""
    from sim.scenario.reader import read

    scenario = read(arguments.scenario, arguments.overrides, allow_code=arguments.allow_code)
    out = arguments.out or Path("results") / scenario.name
    if arguments.resume and recall(arguments, _begun_with(out)):
        scenario = read(arguments.scenario, arguments.overrides, allow_code=arguments.allow_code)

    from pricewar.cli.failures import print_failures
    from pricewar.cli.implausible import findings
    from pricewar.cli.progress import StudyBar, announce_compilation
    from pricewar.cli.signals import Stoppable
    from pricewar.cli.summary import print_summary
    from sim.batch.orders import Orders
    from sim.batch.run import Interrupted, run_scenario
    from sim.batch.starting import starter_for_run
    from sim.batch.task import Limits

    found = findings(arguments.scenario, scenario)
    if found:
        complain(f"{found}\nRefused, as --strict asks." if arguments.strict else found)
        if arguments.strict:
            return 2
    limits = Limits(arguments.time_limit, arguments.memory_limit)
    begin = starter_for_run(
        scenario, arguments.replications, arguments.workers, arguments.cluster, limits
    )

    def start() -> Executor:
        if arguments.cluster is None:
            announce_compilation()
        return begin()

    with Stoppable() as stoppable:
        try:
            with StudyBar(scenario.name, scenario) as bar:
                report = run_scenario(
                    scenario,
                    out,
                    start,
                    Orders(
                        replications=arguments.replications,
                        seed=arguments.seed,
                        overrides=arguments.overrides,
                        resume=arguments.resume,
                        limits=limits,
                        command=["pricewar", *sys.argv[1:]],
                    ),
                    bar,
                    overwrite=arguments.overwrite,
                )
        except Interrupted as stop:
            finished, planned = len(stop.run.replications), stop.run.manifest["planned"]
            complain(
                f"Stopped. {finished} of {planned} replications had finished; they are in {out}.\n"
                "  Continue with --resume."
            )
            return stoppable.code
    run = report.run
    if run.replications:
        print_summary(run)
    if run.failures:
        print_failures("Failed replications", run.failures, out / "unfinished" / "failures")
        return 1
    if arguments.report:
        from pricewar.cli.report import report as write_report

        write_report(run)
    return 0


def _begun_with(out: Path) -> dict[str, Any]:
    """Return what changed the scenario when the run in a folder was begun."""
    from sim.record.run_folder import RunFolder

    return RunFolder(out).changes()

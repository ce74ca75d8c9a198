"""``pricewar run``: run a scenario, or what is missing of it, and say what happened."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricewar.cli.arguments import (
    INTERVENTIONS,
    add_allow_code,
    add_data,
    add_draws,
    add_executors,
    add_interventions,
    add_limits,
    add_overrides,
    add_strict,
    recall,
)
from pricewar.cli.console import complain
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from sim.batch.run import Interrupted, RunReport
    from sim.scenario.scenario import Scenario

EXAMPLES = f"""\
examples:
  pricewar run minimal                          a shipped scenario, by name
  pricewar run my-war.yaml --out results/mine   a file of yours
  pricewar run china-2024-price-war --report    and draw the figures and the page
  pricewar run china-2024-price-war --set factors.competition=false --out results/no-war
  pricewar run china-2024-price-war --set population.users=100000 --replications 4 --seed 7
  pricewar run china-2024-price-war --resume    continue: what is missing or failed, no more
  pricewar run china-2024-price-war --do 'rents x1.5 from 2024-09-01' --out results/dear-rents

{INTERVENTIONS}
Exit codes: 0 all replications done, 1 some failed, 2 the run could not continue, 130 stopped with
Ctrl-C, 143 by a signal to terminate; what finished is kept.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("scenario", help="a scenario file, or the name of a shipped one")
    add_overrides(parser, "the file")
    add_data(parser)
    add_interventions(parser, "those of the file")
    add_draws(parser, "the file")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the result; default: results/NAME"
    )
    add_executors(parser)
    add_limits(parser, "replication")
    parser.add_argument("--report", action="store_true", help="draw the figures and the page too")
    there = parser.add_mutually_exclusive_group()
    there.add_argument(
        "--resume", action="store_true", help="continue a run: what is missing or failed"
    )
    there.add_argument(
        "--overwrite", action="store_true", help="replace a result that is already there"
    )
    add_strict(parser, "scenario")
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run the scenario; returns the exit code."""
    with Waiting("loading"):
        scenario, out = _read(arguments)

        from pricewar.cli.implausible import below_cost_in_short, findings
        from pricewar.cli.signals import Stoppable
        from sim.batch.run import Interrupted
        from sim.sanity.implausible import implausible

        found = findings(arguments.scenario, implausible(scenario))
        below_cost = below_cost_in_short(arguments.scenario, scenario)
    if found:
        complain(f"{found}\nRefused, as --strict asks." if arguments.strict else found)
        if arguments.strict:
            return 2
    if below_cost:
        complain(below_cost)
    with Stoppable() as stoppable:
        try:
            report = _run(arguments, scenario, out)
        except Interrupted as stop:
            complain(_where_it_stopped(stop, out))
            return stoppable.code
    return _tell(report, out, draws=arguments.report)


def _read(arguments: argparse.Namespace) -> tuple[Scenario, Path]:
    """Return the scenario, changed as the run that is resumed was, and the folder of results."""
    from sim.reference import read

    def read_it() -> Scenario:
        return read(
            arguments.scenario,
            arguments.overrides,
            do=arguments.do,
            allow_code=arguments.allow_code,
        )

    scenario = read_it()
    out = arguments.out or Path("results") / scenario.name
    if arguments.resume and recall(arguments, _begun_with(out)):
        scenario = read_it()
    return scenario, out


def _run(arguments: argparse.Namespace, scenario: Scenario, out: Path) -> RunReport:
    from pricewar.cli.progress import StudyBar
    from sim.batch.orders import Orders
    from sim.batch.run import run_scenario
    from sim.batch.starting import starter_for_run
    from sim.batch.task import Limits

    limits = Limits(arguments.time_limit, arguments.memory_limit)
    begin = starter_for_run(
        scenario, arguments.replications, arguments.workers, arguments.cluster, limits
    )
    orders = Orders(
        replications=arguments.replications,
        seed=arguments.seed,
        overrides=arguments.overrides,
        do=arguments.do,
        resume=arguments.resume,
        limits=limits,
        command=["pricewar", *sys.argv[1:]],
    )
    with StudyBar(scenario.name, scenario) as bar:
        begin = begin if arguments.cluster else bar.before(begin)
        return run_scenario(scenario, out, begin, orders, bar, overwrite=arguments.overwrite)


def _where_it_stopped(stop: Interrupted, out: Path) -> str:
    if stop.is_old:
        return f"Stopped before a replication had finished; {out} is as it was."
    finished, planned = len(stop.run.replications), stop.run.manifest["planned"]
    return (
        f"Stopped. {finished} of {planned} replications had finished; they are in {out}.\n"
        "  Continue with --resume."
    )


def _tell(report: RunReport, out: Path, *, draws: bool) -> int:
    """Print what came of a run, and draw its page if that is asked for; returns the exit code."""
    from pricewar.cli.doubts import print_doubts
    from pricewar.cli.failures import print_failures
    from pricewar.cli.summary import print_summary

    run = report.run
    if run.replications:
        print_summary(run)
        print_doubts(run)
    if run.failures:
        print_failures("Failed replications", run.failures, out / "unfinished" / "failures")
        if report.replaced is not None:
            complain(f"The result that was there is kept in {report.replaced}.")
        return 1
    if draws:
        from pricewar.cli.report import report as write_report

        write_report(run)
    return 0


def _begun_with(out: Path) -> dict[str, Any]:
    """Return what changed the scenario when the run in a folder was begun."""
    from sim.record.run_folder import RunFolder

    return RunFolder(out).changes()

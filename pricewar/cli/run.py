"""``pricewar run``: run a scenario and say what happened."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pricewar.cli.arguments import add_allow_code, natural_number, seed_number

EXAMPLES = """\
examples:
  pricewar run minimal                          a shipped scenario, by name
  pricewar run my-war.yaml --out results/mine   a file of yours
  pricewar run china-2024-price-war --report    and draw the figures and the page
  pricewar run china-2024-price-war --set factors.competition=false --out results/no-war
  pricewar run china-2024-price-war --set population.users=100000 --replications 4 --seed 7
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
    parser.add_argument(
        "--workers", type=natural_number, help="processes; default: one a processor"
    )
    parser.add_argument("--report", action="store_true", help="draw the figures and the page too")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a result that is already there"
    )
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run the scenario; returns the exit code."""
    from sim.scenario.reader import read

    scenario = read(arguments.scenario, arguments.overrides, allow_code=arguments.allow_code)
    out = arguments.out or Path("results") / scenario.name

    from pricewar.cli.progress import ReplicationBar, announce_compilation
    from pricewar.cli.summary import print_summary
    from sim.batch.replicate import Interrupted, replicate
    from sim.feasibility import refuse_infeasible
    from sim.record.store import Store

    Store(out).refuse_taken(arguments.overwrite)
    refuse_infeasible(scenario)
    announce_compilation()
    replications = arguments.replications or scenario.replications
    try:
        with ReplicationBar(scenario, replications) as bar:
            run = replicate(
                scenario,
                out=out,
                replications=replications,
                seed=arguments.seed,
                workers=arguments.workers,
                overwrite=arguments.overwrite,
                progress=bar,
                command=["pricewar", *sys.argv[1:]],
            )
    except Interrupted as stop:
        finished = len(stop.run.replications)
        print(  # noqa: T201
            f"Stopped. {finished} of {replications} replications had finished; "
            f"they are in {stop.run.folder}.",
            file=sys.stderr,
        )
        return 130
    print_summary(run)
    if arguments.report:
        from pricewar.cli.report import report

        report(run)
    return 0

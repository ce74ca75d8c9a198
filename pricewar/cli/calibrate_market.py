"""``pricewar calibrate market``: parameters from what was published, by simulated moments."""

from __future__ import annotations

import argparse
import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricewar.cli.arguments import add_executors, add_limits, add_overrides, natural_number
from pricewar.cli.console import complain, say
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.estimation.estimate import Settings
    from analysis.estimation.market_calibration import Calibrated
    from analysis.estimation.reading import Task

EXAMPLES = """\
examples:
  pricewar calibrate market china-2024                   a shipped calibration, by name
  pricewar calibrate market mine.yaml --out results/mine a file of yours, with your own moments
  pricewar calibrate market mine.yaml --users 500        quicker, with more noise
  pricewar calibrate market mine.yaml --resume           continue what was stopped or killed
  pricewar calibrate market mine.yaml --weights optimal  the smallest standard errors
  pricewar query results/calibrations/mine/sweeps/bank "select * from plan limit 5"
  pricewar run my-scenario.yaml                          which says: extends: .../parameters.yaml

The file says which parameters are estimated from which moments; docs/evidence/calibrate.md
explains both. Runs are sweeps in the folder of the results: they resume, and nothing runs twice.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("calibration", help="a calibration file, or the name of a shipped one")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="folder of the results; default: results/calibrations/NAME",
    )
    parser.add_argument("--resume", action="store_true", help="continue a calibration")
    parser.add_argument(
        "--users", type=natural_number, help="users of each run but those confirming"
    )
    parser.add_argument("--points", type=natural_number, help="points of the first bank")
    parser.add_argument(
        "--replications", type=natural_number, help="replications of each point of the banks"
    )
    parser.add_argument(
        "--weights", choices=("diagonal", "optimal"), help="of moments; default: as the file says"
    )
    parser.add_argument("--json", action="store_true", help="print the main numbers as JSON")
    add_overrides(parser, "the scenario in all runs")
    add_executors(parser).add_argument(
        "--serial", action="store_true", help="run in this very process"
    )
    add_limits(parser, "run")


def execute(arguments: argparse.Namespace) -> int:
    """Calibrate, and print what came out; returns the exit code."""
    with Waiting("loading"):
        from analysis.estimation.market_calibration import calibrate_market
        from analysis.estimation.reading import read_task
        from pricewar.cli.progress import StudyBar
        from pricewar.cli.signals import Stoppable
        from sim.batch.starting import starter
        from sim.batch.task import Limits

        task = read_task(arguments.calibration, arguments.overrides, users=arguments.users)
        settings = _settings(task, arguments)
    out = arguments.out or Path("results") / "calibrations" / task.file.name
    start = starter(arguments.workers, arguments.cluster, serial=arguments.serial)
    with Stoppable() as stoppable:
        try:
            with StudyBar(task.file.name) as bar:
                done = calibrate_market(
                    task,
                    out,
                    start if arguments.cluster else bar.before(start),
                    settings=settings,
                    limits=Limits(arguments.time_limit, arguments.memory_limit),
                    resume=arguments.resume,
                    progress=bar,
                )
        except KeyboardInterrupt:
            complain(f"Stopped. What was simulated is in {out}; continue with --resume.")
            return stoppable.code
    with Waiting("drawing"):
        from analysis.estimation import tables
        from analysis.figures.calibration import write_figures

        write_figures(
            tables.estimates(task, done.found),
            tables.moments(task, done.found, done.confirmed),
            done.folder,
        )
    if arguments.json:
        say(json.dumps(done.summary(), indent=1))
    else:
        _print(done)
    return 0


def _settings(task: Task, arguments: argparse.Namespace) -> Settings:
    given: dict[str, Any] = {
        "points": arguments.points,
        "replications": arguments.replications,
        "weighting": arguments.weights,
    }
    settings = task.file.estimation.settings()
    return replace(settings, **{key: it for key, it in given.items() if it is not None})


def _print(done: Calibrated) -> None:
    from analysis.estimation import tables
    from analysis.printable import PrintableTable
    from analysis.statistics import short
    from pricewar.cli.terminal import Terminal

    terminal = Terminal()
    found, task = done.found, done.task
    shown = PrintableTable(title=f"{task.file.name}: parameters", title_justify="left")
    for name in ("parameter", "estimate", "90% interval", "by profile", "searched", "driven by"):
        shown.add_column(name)
    for row in tables.estimates(task, found).to_dict("records"):
        shown.add_row(
            row["parameter"],
            short(row["value"]),
            f"{short(row['low'])} to {short(row['high'])}",
            f"{short(row['profile_low'])} to {short(row['profile_high'])}"
            if row["identified"]
            else "any",
            f"{short(row['range_low'])} to {short(row['range_high'])}",
            row["driven_most_by"],
        )
    terminal.print(shown)
    shown = PrintableTable(title="Moments, all of them calibrated to", title_justify="left")
    for name in ("moment", "observed", "range", "simulated", "distance, sd", "confirmed"):
        shown.add_column(name)
    for row in tables.moments(task, found, done.confirmed).to_dict("records"):
        shown.add_row(
            row["moment"],
            short(row["observed"]),
            f"{short(row['range_low'])} to {short(row['range_high'])}",
            short(row["simulated"]),
            f"{row['distance_sd']:+.1f}",
            short(row["confirmed"]),
        )
    terminal.print(shown)
    for sentence in done.sentences():
        say(sentence)
    say(
        f"Results: {done.folder}\n"
        "Next:\n"
        f"  extends: {done.parameters}       at the top of a scenario, which takes the parameters\n"
        f"  joint: {done.joint}       in a design of kind monte_carlo, which draws them together\n"
        f"  pricewar run {shlex.quote(str(done.parameters))} --report"
    )

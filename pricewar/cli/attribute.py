"""``pricewar attribute``: what each cause is worth, and what the war proper does."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import (
    add_allow_code,
    add_data,
    add_draws,
    add_executors,
    add_interventions,
    add_limits,
    add_overrides,
    names,
    natural_number,
)
from pricewar.cli.console import complain, say
from pricewar.cli.designed import note_implausible, planned, refuse_to_run, swept
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from analysis.attribution.evidence import Evidence
    from sim.batch.design_file import Space
    from sim.batch.executor import Executor
    from sim.batch.orders import Orders, Report
    from sim.batch.task import Limits
    from sim.record.sweep import Sweep
    from sim.record.sweep_folder import SweepFolder
    from sim.scenario.scenario import Scenario

_OF_DESIGN = ("factors", "further", "orders")
"""Options that say which factors there are, by their attributes."""

EXAMPLES = """\
examples:
  pricewar attribute minimal --replications 20        what war, news and open weights are worth
  pricewar attribute china-2024-price-war --resume    continue, or show again what is finished
  pricewar attribute my-war.yaml --factors competition,open_weights
  pricewar attribute my-war.yaml --further 'tied users: population.choice.switching_cost_vendor=0'
                                                      a factor of your own: what switches it off
  pricewar attribute results/sweeps/war-factors       a sweep of factors that is there

All worlds with some of the factors off are run as a sweep, with the same draws; of more than eight
factors, those along sampled orders. Then come the worlds of the war proper: cost-plus at the same
pre-war margins, and the news of the war at the prices of peace. Tables are written to attribution/
and figures/ in the folder. Exit codes as of `pricewar sweep`.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument(
        "scenario",
        metavar="SCENARIO",
        help="a scenario file, the name of a shipped one, or the folder of a sweep of factors",
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder; default: results/attribute/NAME"
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue: what is missing or failed, and no more"
    )
    parser.add_argument(
        "--factors",
        type=names,
        default=(),
        metavar="A,B",
        help="switches to take; default: all that are in play",
    )
    parser.add_argument(
        "--further",
        action="append",
        default=[],
        metavar="NAME: PATH=VALUE",
        help="a further factor, by a value that switches it off; may be repeated",
    )
    parser.add_argument(
        "--orders",
        type=natural_number,
        metavar="N",
        help="sample so many orders of the factors; default: all worlds of up to eight factors",
    )
    add_executors(parser)
    add_overrides(parser, "the scenario in all worlds")
    add_data(parser)
    add_interventions(parser, "those of the scenario in all worlds")
    add_draws(parser, "the scenario", ", shared by all worlds")
    add_limits(parser, "run")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Run what is missing, and print the attribution; returns the exit code."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if Path(arguments.scenario, "plan.parquet").is_file():
        return _of_folder(arguments)

    with Waiting("loading"):
        from pricewar.cli.signals import Stoppable

        space, out, orders = planned(
            arguments, partial(_space, arguments), _usual, partial(_take_up, arguments)
        )
    note_implausible(space)
    with Stoppable() as stoppable:
        try:
            report = swept(arguments, space, out, orders)
            if report.failed:
                _print_report(report, orders)
            found = _evidence(arguments, report.sweep, orders.limits)
        except KeyboardInterrupt:
            complain(f"Stopped. Finished runs are in {out}; continue with --resume.")
            return stoppable.code
    _tell(found, report.sweep, as_json=arguments.json)
    return 1 if report.failed else 0


def _of_folder(arguments: argparse.Namespace) -> int:
    """Show a sweep that is there; nothing is run."""
    refuse_to_run(arguments, _OF_DESIGN, "sweep")
    with Waiting("comparing worlds"):
        from analysis.attribution.evidence import evidence
        from sim.record.sweep import Sweep

        sweep = Sweep(arguments.scenario)
        found = evidence(sweep, allow_code=arguments.allow_code)
    _tell(found, sweep, as_json=arguments.json)
    return 0


def _space(arguments: argparse.Namespace) -> Space:
    from analysis.attribution.planned import attribution_space

    return attribution_space(
        arguments.scenario,
        factors=arguments.factors,
        further=arguments.further,
        orders=arguments.orders,
        overrides=arguments.overrides,
        do=arguments.do,
        allow_code=arguments.allow_code,
    )


def _usual(space: Space) -> Path:
    return Path("results") / "attribute" / space.base.name


def _take_up(arguments: argparse.Namespace, folder: SweepFolder) -> bool:
    """Take up the factors that something was begun with, unless some are given anew."""
    if any(getattr(arguments, name) for name in _OF_DESIGN):
        return False
    design = folder.read_record("design.yaml")
    for name in _OF_DESIGN:
        setattr(arguments, name, design.get(name) or getattr(arguments, name))
    return any(getattr(arguments, name) for name in _OF_DESIGN)


def _evidence(arguments: argparse.Namespace, sweep: Sweep, limits: Limits) -> Evidence:
    from analysis.attribution.evidence import evidence
    from pricewar.cli.progress import StudyBar

    start = partial(_starter, arguments.workers, arguments.cluster, limits)
    with StudyBar("the war proper") as bar:
        return evidence(sweep, start=start, progress=bar, allow_code=arguments.allow_code)


def _starter(
    workers: int | None,
    cluster: str | None,
    limits: Limits,
    scenario: Scenario,
    replications: int,
) -> Callable[[], Executor]:
    from sim.batch.starting import starter_for_run

    return starter_for_run(scenario, replications, workers, cluster, limits)


def _print_report(report: Report, orders: Orders) -> None:
    from pricewar.cli.sweep_summary import print_report

    print_report(report, orders)


def _tell(found: Evidence, sweep: Sweep, *, as_json: bool) -> None:
    """Print what was found, and draw it."""
    with Waiting("drawing"):
        from analysis.figures.attribution import draw_attribution

        figures = draw_attribution(found.attribution, sweep.path / "figures")
    if as_json:
        from analysis.json_text import json_text

        say(json_text(found.to_json()))
        return
    from analysis.attribution.telling import (
        factor_tables,
        interaction_table,
        line_table,
        note,
        sentences,
        war_table,
    )
    from pricewar.cli.terminal import Terminal

    terminal = Terminal()
    for table in factor_tables(found.attribution):
        terminal.print(table)
    terminal.print(note(found.attribution))
    if found.attribution.quantities[0].pairs:
        terminal.print(interaction_table(found.attribution))
    if found.war is not None:
        terminal.print(war_table(found.war))
        terminal.print(line_table(found.war))
    for sentence in sentences(found.attribution, found.war, found.response):
        say(sentence)
    say(f"Results: {sweep.path}; figures: {', '.join(path.name for path in figures)}")

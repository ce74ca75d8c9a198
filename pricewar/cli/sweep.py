"""``pricewar sweep``: run a design, or what is missing of it."""

from __future__ import annotations

import argparse
import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

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
    natural_number,
)
from pricewar.cli.console import complain, say
from pricewar.cli.designed import orders_of, swept, taken_up, usual_folder
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from sim.batch.design_file import Space
    from sim.batch.orders import Orders
    from sim.record.sweep import Sweep

EXAMPLES = f"""\
examples:
  pricewar sweep minimal                              a shipped design, by name
  pricewar sweep my-design.yaml --out results/mine    a file of yours
  pricewar sweep my-design.yaml --resume              continue: what is missing or failed, no more
  pricewar sweep war-depth --until 'consumer_surplus half-width < 2%'
                                                      add replications until it is that precise
  pricewar sweep war-depth --cluster tcp://10.0.0.1:8786 --shards s3://bucket/war-depth
  pricewar status results/sweeps/minimal              how far is it? from another terminal

{INTERVENTIONS}
Runs that another sweep beside this one has finished are taken over. Exit codes: 0 all runs done,
1 some failed, 2 the sweep could not continue, 130 stopped with Ctrl-C, 143 by a signal to
terminate.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("design", help="a design file, or the name of a shipped one")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the sweep; default: results/sweeps/NAME"
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue a sweep: what is missing or failed"
    )
    add_executors(parser).add_argument(
        "--serial", action="store_true", help="run in this very process"
    )
    _add_changes(parser)
    add_limits(parser, "run")
    parser.add_argument("--stop-on-failure", action="store_true", help="end at the first failure")
    parser.add_argument(
        "--shards",
        metavar="ADDRESS",
        help="where workers put results, as s3://bucket/name; default: the sweep's folder",
    )
    reuse = parser.add_mutually_exclusive_group()
    reuse.add_argument(
        "--reuse",
        action="append",
        type=Path,
        metavar="SWEEP",
        help="take finished runs over from this sweep; default: from those beside this one",
    )
    reuse.add_argument("--no-reuse", action="store_true", help="take nothing over")
    add_strict(parser, "design")
    add_allow_code(parser)


def _add_changes(parser: argparse.ArgumentParser) -> None:
    add_overrides(parser, "the scenario at every point")
    add_data(parser)
    add_interventions(parser, "those of the scenario at every point")
    add_draws(parser, "the design", ", shared by all points")
    parser.add_argument(
        "--until", metavar="RULE", help="add replications until a rule holds at every point"
    )
    parser.add_argument(
        "--figure",
        action="store_true",
        help="draw outcomes of the last week over the first parameter, a line for each value of "
        "the second",
    )
    parser.add_argument(
        "--most-replications",
        type=natural_number,
        default=100,
        metavar="N",
        help="most that --until may ask for at a point; default: 100",
    )


def execute(arguments: argparse.Namespace) -> int:
    """Run the sweep; returns the exit code."""
    # Arrow's own pool keeps for good what merging shards took once
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

    with Waiting("loading"):
        from pricewar.cli.implausible import findings
        from pricewar.cli.signals import Stoppable
        from pricewar.cli.sweep_summary import print_report
        from sim.batch.design_file import read_design
        from sim.batch.implausible_points import implausible_points

        def read_it() -> Space:
            return read_design(
                arguments.design,
                arguments.overrides,
                do=arguments.do,
                allow_code=arguments.allow_code,
            )

        space, out = taken_up(arguments, read_it, usual_folder)
        orders = _orders(arguments)
        found = findings(arguments.design, implausible_points(space))
    if found:
        complain(f"{found}\nRefused, as --strict asks." if arguments.strict else found)
        if arguments.strict:
            return 2
    with Stoppable() as stoppable:
        try:
            report = swept(arguments, space, out, orders)
        except KeyboardInterrupt:
            complain(f"Stopped. Finished runs are in {out}; continue with --resume.")
            return stoppable.code
    print_report(report, orders)
    if report.done:
        if arguments.figure:
            _draw(report.sweep)
        _print_next(report.sweep)
    return 1 if report.failed or report.stopped else 0


def _draw(sweep: Sweep) -> None:
    """Draw what the points come to, and say where it is."""
    with Waiting("loading what draws"):
        from analysis.figures.sweep_outcomes import draw_outcomes

    say(f"Figure: {draw_outcomes(sweep)}")


def _print_next(sweep: Sweep) -> None:
    """Say what may be typed next: the analysis, the page, and a query about the first parameter."""
    by = sweep.parameters[0] if sweep.parameters else "replication"
    column = by.replace('"', '""')
    sql = f'select "{column}", avg(adopters_share) from market group by 1 order by 1'  # noqa: S608
    folder = shlex.quote(str(sweep.path))
    analysed = (
        f"  pricewar sensitivity {folder}\n  pricewar report {folder}\n"
        if sweep.plan["point"].nunique() > 1
        else ""
    )
    say(
        f"\nNext:\n{analysed}"
        f"  pricewar query {folder} {shlex.quote(sql)}\n"
        f"  pricewar export {folder} --csv       or --xlsx, --dta"
    )


def _orders(arguments: argparse.Namespace) -> Orders:
    from sim.batch.stopping import StoppingRule
    from sim.batch.task import Limits
    from sim.errors import UsageError

    limits = Limits(arguments.time_limit, arguments.memory_limit)
    if arguments.serial and limits != Limits():
        raise UsageError(
            "--serial: a run cannot be stopped from within its own process.\n"
            "  Use --workers 1 with --time-limit and --memory-limit."
        )
    return replace(
        orders_of(arguments),
        stop_on_failure=arguments.stop_on_failure,
        until=None if arguments.until is None else StoppingRule.parse(arguments.until),
        most_replications=arguments.most_replications,
        shards=_absolute(arguments.shards),
        reuse=() if arguments.no_reuse else arguments.reuse,
    )


def _absolute(address: str | None) -> str | None:
    """Return an address that means the same from any folder."""
    return address if address is None or "://" in address else str(Path(address).absolute())

"""``pricewar profile``: where the time of a replication goes, mechanism by mechanism."""

from __future__ import annotations

import argparse
import json
import time
from statistics import median
from typing import TYPE_CHECKING

from analysis.words import counted
from pricewar.cli.arguments import (
    add_allow_code,
    add_data,
    add_interventions,
    add_overrides,
    natural_number,
)
from pricewar.cli.console import complain, say
from pricewar.cli.waiting import Waiting

if TYPE_CHECKING:
    from sim.profile.profile import MechanismTime, Profile

EXAMPLES = """\
examples:
  pricewar profile minimal                                what takes how many milliseconds
  pricewar profile china-2024-price-war --repeats 9       a steadier median
  pricewar profile my-war.yaml --set population.users=100000
  pricewar profile minimal --json > before.json           for a program, or to compare releases

A replication is built, run and written to a temporary folder. Times are processor time of the
mechanism alone: what it calls of other mechanisms counts there, so the parts add up to the whole.
The kernel's time is divided by cause of event: counts are exact, the cost of an event is measured
on copies of the users in a replication that runs first.
"""


_HEADINGS = ("ms", "lowest to\nhighest", "share", "calls", "µs a call")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("scenario", help="a scenario file, or the name of a shipped one")
    add_overrides(parser, "the file")
    add_data(parser)
    add_interventions(parser, "those of the file")
    parser.add_argument(
        "--repeats",
        type=natural_number,
        default=3,
        metavar="N",
        help="replications to time, after one that is not; default: 3",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    add_allow_code(parser)


def execute(arguments: argparse.Namespace) -> int:
    """Profile the scenario; returns the exit code."""
    with Waiting("loading"):
        from sim.reference import read

        scenario = read(
            arguments.scenario,
            arguments.overrides,
            do=arguments.do,
            allow_code=arguments.allow_code,
        )

        from pricewar.cli.progress import StudyBar
        from sim.batch.environment import versions
        from sim.batch.progress import Pace, State
        from sim.feasibility import refuse_infeasible
        from sim.profile.measurement import measure

    refuse_infeasible(scenario)
    repeats = arguments.repeats
    complain(f"{scenario.name}: one replication to warm up, then {repeats} timed ...")
    pace, planned = Pace(), repeats + 1
    with StudyBar(scenario.name, scenario) as bar:
        bar.compile_kernel()

        def show(done: int, time_days: float) -> None:
            share = time_days / scenario.duration_days
            seconds_left = pace.seconds_left(planned - done - share, done + share)
            bar.update(
                State(planned, done, 0, 1, share, share, 1, seconds_left, "running", time.time())
            )

        profile = measure(scenario, repeats, show)
    if arguments.json:
        say(json.dumps({**profile.record(), "versions": versions()}, indent=1))
    else:
        _print(profile)
    return 0


def _print(profile: Profile) -> None:
    from rich.table import Table

    from pricewar.cli.terminal import Terminal

    table = Table(
        title=f"{profile.scenario}: {profile.users:,} users, seed {profile.seed}, "
        f"{counted(profile.replications, 'replication')}, processor time",
        show_footer=True,
    )
    whole = profile.whole
    table.add_column("mechanism", whole.name, no_wrap=True)
    footers = (*_cells(whole, whole.name, whole)[1:4], "", "")
    for heading, footer in zip(_HEADINGS, footers, strict=True):
        table.add_column(heading, footer, justify="right", no_wrap=True)
    for part in profile.parts:
        table.add_row(*_cells(part, part.name, whole))
        for cause in part.parts:
            table.add_row(*_cells(cause, f"  {cause.name}", whole), style="dim")
    console = Terminal(highlight=False)
    console.print(table)
    console.print(
        "ms: median of the replications. Of the kernel's causes, calls are candidate events, and\n"
        "times are estimates scaled to the kernel's: before, they came to "
        f"{median(profile.kernel_estimated_share):.0%} of it.",
        soft_wrap=True,
    )


def _cells(part: MechanismTime, name: str, whole: MechanismTime) -> tuple[str, ...]:
    calls = median(part.calls)
    return (
        name,
        _number(part.median_ms),
        f"{_number(min(part.milliseconds))} to {_number(max(part.milliseconds))}",
        f"{part.share(whole):.1%}",
        f"{calls:,.0f}",
        _number(1e3 * part.median_ms / calls) if calls else "-",
    )


def _number(value: float) -> str:
    """Three digits, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"

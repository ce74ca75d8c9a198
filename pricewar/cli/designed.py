"""What commands share that make a sweep of a scenario, or look at the folder of a finished one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pricewar.cli.arguments import recall, refuse_given
from pricewar.cli.console import complain

if TYPE_CHECKING:
    from sim.batch.design_file import Space
    from sim.batch.orders import Orders, Report
    from sim.record.sweep_folder import SweepFolder

CHANGES = ("overrides", "do", "replications", "seed")
"""Options that change what is run, by their attributes."""


def refuse_to_run(arguments: argparse.Namespace, more: Sequence[str], noun: str) -> None:
    """Refuse options that would run a finished result anew: its folder is only looked at.

    Parameters
    ----------
    arguments
        Of the command, with the folder as ``scenario``.
    more
        Attributes of the command's own options that change what is run.
    noun
        What the folder holds: ``game``.

    Raises
    ------
    UsageError
        If one was given, with what to type instead.
    """
    from analysis.another_study import how_to_continue
    from sim.record.sweep_folder import SweepFolder

    again = how_to_continue(SweepFolder(Path(arguments.scenario)))
    refuse_given(
        arguments,
        (*more, *CHANGES, "resume", "out"),
        f"{arguments.scenario} is a {noun} that was run, and is only looked at.\n"
        f"{again}  Name its scenario, and another folder with --out, to run it otherwise.",
    )


def taken_up(
    arguments: argparse.Namespace,
    plan: Callable[[], Space],
    usual: Callable[[Space], Path],
    take_up: Callable[[SweepFolder], bool] = lambda _: False,
) -> tuple[Space, Path]:
    """Return a design, changed as the one that is resumed was, and its folder.

    Parameters
    ----------
    arguments
        Of the command, with those of draws and changes, ``out`` and ``resume``.
    plan
        Makes the design of the arguments as they are.
    usual
        From the design to the folder, where none is given.
    take_up
        Takes up into the arguments what else the design in a folder was begun with; returns whether
        there was anything.
    """
    from sim.record.sweep_folder import SweepFolder

    space = plan()
    folder = SweepFolder(arguments.out or usual(space))
    if arguments.resume:
        changes = folder.read_record("sweep.json").get("changes")
        again = recall(arguments, changes if isinstance(changes, dict) else {})
        if take_up(folder) or again:
            space = plan()
    return space, folder.path


def planned(
    arguments: argparse.Namespace,
    plan: Callable[[], Space],
    usual: Callable[[Space], Path],
    take_up: Callable[[SweepFolder], bool] = lambda _: False,
) -> tuple[Space, Path, Orders]:
    """Return what `taken_up` does, and how to run it, unless the folder holds another study.

    Raises
    ------
    ResultError
        If the folder that is to be continued was begun with another scenario or seed.
    """
    from analysis.another_study import refuse_another_study
    from sim.record.sweep_folder import SweepFolder

    space, out = taken_up(arguments, plan, usual, take_up)
    orders = orders_of(arguments)
    refuse_another_study(SweepFolder(out), space, orders)
    return space, out, orders


def note_implausible(space: Space) -> None:
    """Say what is valid at the points of a design, but hardly meant."""
    from pricewar.cli.implausible import findings
    from sim.batch.implausible_points import implausible_points

    found = findings(space.base.name, implausible_points(space))
    if found:
        complain(found)


def usual_folder(space: Space) -> Path:
    """Return where a sweep goes if nobody says where."""
    return Path("results") / "sweeps" / space.design.name


def orders_of(arguments: argparse.Namespace) -> Orders:
    """Return how the arguments want a sweep to be run."""
    from sim.batch.orders import Orders
    from sim.batch.task import Limits

    return Orders(
        replications=arguments.replications,
        seed=arguments.seed,
        overrides=arguments.overrides,
        do=arguments.do,
        resume=arguments.resume,
        limits=Limits(arguments.time_limit, arguments.memory_limit),
        command=["pricewar", *sys.argv[1:]],
    )


def swept(
    arguments: argparse.Namespace, space: Space, out: Path, orders: Orders, label: str = ""
) -> Report:
    """Run a sweep, or what is missing of it, under a bar; say what of the folder it leaves unused.

    Parameters
    ----------
    arguments
        Of the command, with those of executors, and ``serial`` if it has it.
    space, out, orders
        As of `sim.batch.sweep.run_sweep`.
    label
        Beside the bar; empty: the design's name.
    """
    from analysis.words import counted
    from pricewar.cli.progress import StudyBar
    from sim.batch.starting import starter
    from sim.batch.sweep import run_sweep

    is_serial = getattr(arguments, "serial", False)
    begin = starter(arguments.workers, arguments.cluster, serial=is_serial)
    with StudyBar(label or space.design.name) as bar:
        start = begin if arguments.cluster else bar.before(begin)
        report = run_sweep(space, out, start, orders, bar)
    if report.unused:
        complain(
            f"Note: {out} also holds {counted(report.unused, 'finished run')} that this does not "
            "ask for: kept, but in no table."
        )
    return report

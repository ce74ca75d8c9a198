"""Executing a sweep: its folder is checked and locked, then the engine executes it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.batch.design_file import Space
from sim.batch.engine import Engine
from sim.batch.executor import Executor
from sim.batch.orders import Orders, Report
from sim.batch.planning import DesignStudy
from sim.batch.progress import Progress
from sim.batch.refusal import cannot_be_written
from sim.errors import ResultError
from sim.files.lock import locked
from sim.record.sweep_folder import SweepFolder


def run_sweep(
    space: Space,
    out: Path,
    start: Callable[[], Executor],
    orders: Orders,
    progress: Progress | None = None,
) -> Report:
    """Execute a sweep, or what is missing of it.

    Parameters
    ----------
    space
        The design.
    out
        Folder of the sweep.
    start
        Starts the executor; called only if there is something to execute.
    orders
        How.
    progress
        Shows how far it is.

    Raises
    ------
    ResultError
        If the folder cannot be used, somebody else writes it, or results cannot be stored.
    ScenarioError
        If the scenario does not accept a point.
    """
    folder = SweepFolder(out)
    try:
        _refuse_taken(folder, resume=orders.resume)
        out.mkdir(parents=True, exist_ok=True)
        with locked(folder.lock) as lock:
            _refuse_taken(folder, resume=orders.resume)
            study = DesignStudy(space)
            return Engine(study, folder, start, orders, progress, lock).execute()
    except OSError as error:
        raise cannot_be_written(error, out, "sweep") from error


def _refuse_taken(folder: SweepFolder, *, resume: bool) -> None:
    """Refuse a folder that holds a sweep, unless it is to be continued, or anything else."""
    if folder.is_sweep() and not resume:
        raise ResultError(
            f"{folder.path}: already holds a sweep; nothing was touched.\n"
            "  Continue it with --resume, or choose another folder with --out."
        )
    if not folder.is_sweep() and not folder.is_free():
        raise ResultError(
            f"{folder.path}: exists and is not a sweep; nothing was touched.\n"
            "  Choose another folder with --out."
        )

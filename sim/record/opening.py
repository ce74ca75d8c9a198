"""Opening a folder of results, whether it is a run or a sweep."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ResultError
from sim.files.folder_kinds import belongs_to
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.record.sweep import Sweep
from sim.record.sweep_folder import SweepFolder


def open_result(folder: Path) -> Run | Sweep:
    """Open the folder of a run or of a sweep.

    Raises
    ------
    ResultError
        If it is neither, or cannot be read.
    """
    if SweepFolder(folder).is_sweep():
        return Sweep(folder)
    refuse_other(folder)
    return Run(folder)


def refuse_other(folder: Path) -> None:
    """Refuse a folder that is neither a run nor a sweep.

    Raises
    ------
    ResultError
        If it is neither.
    """
    if SweepFolder(folder).is_sweep() or RunFolder(folder).is_run():
        return
    fault = "is neither a run nor a sweep" if folder.exists() else "there is no such folder"
    usual = (
        "Name the folder that `pricewar run` or `pricewar sweep` wrote, such as results/minimal or "
        "results/sweeps/minimal."
    )
    raise ResultError(f"{folder}: {fault}.\n  {belongs_to(folder) or usual}")

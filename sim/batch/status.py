"""How far a sweep or a run is, from its folder alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.files.lock import holder_of
from sim.record.catalogue import Catalogue
from sim.record.opening import refuse_other
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.record.sweep_folder import SweepFolder


@dataclass(frozen=True, slots=True)
class Status:
    """How far a sweep or a run is.

    Attributes
    ----------
    name
        Name of the design, or of the scenario.
    planned, done, failed, missing
        Numbers of runs; missing ones have not finished, whether or not they run now.
    running
        Runs under way now.
    seconds_left
        Estimate of the process that works on it; None if there is none, or it does not know yet.
    phase
        What that process is doing.
    holder
        That process, in words; empty if there is none.
    """

    name: str
    planned: int
    done: int
    failed: int
    missing: int
    running: int
    seconds_left: float | None
    phase: str
    holder: str

    @property
    def share(self) -> float:
        """Share of the runs that are done."""
        return self.done / self.planned

    def record(self) -> dict[str, Any]:
        """Return it as a dictionary."""
        return asdict(self)


def status_of(path: Path) -> Status:
    """Return how far a sweep or a run is.

    Finished runs are counted from their completion records, so the numbers are right at any moment,
    also after the process that worked on the sweep was killed.

    Raises
    ------
    ResultError
        If the folder is neither.
    """
    refuse_other(path)
    run = RunFolder(path)
    folder = SweepFolder(path)
    if run.is_run() and not folder.is_sweep():
        if not run.unfinished.is_sweep():
            return _of_finished(Run(path))
        folder = run.unfinished
    planned = folder.read_plan().column("run_id").to_pylist()
    finished = Catalogue.of(folder.shelf())
    failures = folder.failures.ids()
    done = sum(run_id in finished for run_id in planned)
    failed = sum(run_id in failures and run_id not in finished for run_id in planned)
    holder = holder_of(path / "lock")
    news = folder.read_record("progress.json") if holder else {}
    return Status(
        name=str(folder.read_record("sweep.json").get("name", path.name)),
        planned=len(planned),
        done=done,
        failed=failed,
        missing=len(planned) - done - failed,
        running=int(news.get("running", 0)),
        seconds_left=news.get("seconds_left"),
        phase=str(news.get("phase", "")),
        holder=f"process {holder['pid']} on {holder['host']}" if holder else "",
    )


def _of_finished(run: Run) -> Status:
    planned, done = int(run.manifest["planned"]), len(run.replications)
    return Status(
        name=str(run.manifest["scenario"]),
        planned=planned,
        done=done,
        failed=len(run.failures),
        missing=planned - done - len(run.failures),
        running=0,
        seconds_left=None,
        phase="finished",
        holder="",
    )

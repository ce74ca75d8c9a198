"""Calibrating a market: a folder is locked, what is missing is run, the results are written."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from analysis.estimation.confirmation import Confirmed
from analysis.estimation.estimate import Estimate, Settings, estimate
from analysis.estimation.journal import Journal
from analysis.estimation.journalled import Journalled
from analysis.estimation.parameter_file import write_joint, write_parameters
from analysis.estimation.reading import Task
from analysis.estimation.sweep_runner import SweepRunner
from analysis.estimation.tables import sentences, write_all
from sim.batch.executor import Executor
from sim.batch.progress import Progress
from sim.batch.refusal import cannot_be_written
from sim.batch.run_key import code_version
from sim.batch.task import Limits
from sim.errors import ResultError
from sim.files.lock import locked
from sim.quantities import FloatArray


@dataclass(frozen=True)
class Calibrated:
    """What a calibration came to.

    Attributes
    ----------
    task, found, confirmed
        What was calibrated, the estimate, and the runs that confirm it, if any were asked for.
    folder
        Where everything is.
    """

    task: Task
    found: Estimate
    confirmed: Confirmed | None
    folder: Path

    @property
    def parameters(self) -> Path:
        """The scenario file that sets the parameters."""
        return self.folder / "parameters.yaml"

    @property
    def joint(self) -> Path:
        """The file of their joint uncertainty."""
        return self.folder / "joint.yaml"

    def sentences(self) -> list[str]:
        """Return what the estimate is worth, in words."""
        return sentences(self.task, self.found, self.confirmed)

    def summary(self) -> Mapping[str, Any]:
        """Return the main numbers, fit for JSON."""
        test, file = self.found.inference.test, self.task.file
        return {
            "calibration": file.name,
            "scenario": file.scenario,
            "cut": file.cut.isoformat(),
            "view": file.view,
            "parameters": {
                name: {"value": float(value), "low": float(low), "high": float(high)}
                for name, value, (low, high) in zip(
                    self.found.space.names, self.found.values, self.found.intervals, strict=True
                )
            },
            "j": test.statistic,
            "p_value": test.p_value,
            "law": test.law,
            "runs": self.found.runs,
            "failed_share": self.found.failed_share,
            "converged": self.found.converged,
            "left_out": list(self.task.late),
            "sentences": self.sentences(),
            "code": code_version(),
        }


def calibrate_market(
    task: Task,
    folder: Path,
    start: Callable[[], Executor],
    *,
    settings: Settings | None = None,
    limits: Limits | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> Calibrated:
    """Calibrate a market, or what is missing of its calibration.

    Parameters
    ----------
    task
        From `analysis.estimation.reading.read_task`.
    folder
        Of the results: sweeps, journal, tables, parameter file.
    start
        Starts the executor of the sweeps.
    settings
        How to estimate; None: as the file says.
    limits
        Of each run; None: none.
    resume
        Continue a calibration that is there.
    progress
        Shows how far a sweep is.

    Raises
    ------
    ResultError
        If the folder cannot be used, or somebody else writes it.
    UsageError
        If there are too few moments, or too many runs fail.
    """
    limits = limits or Limits()
    try:
        _refuse_taken(folder, resume=resume)
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / "lock"):
            _refuse_taken(folder, resume=resume)
            journal = Journal(folder / "journal.jsonl", task.subject)
            runner = SweepRunner(task, folder / "sweeps", start, limits, progress)
            steps = Journal(folder / "steps.jsonl", f"{task.subject} steps")
            # of another calibration both are refused, and nothing has been written
            (folder / "calibration.yaml").write_text(task.text, encoding="utf-8")
            stepper = SweepRunner(
                task, folder / "sweeps", start, limits, progress, seed=task.file.seed + 1
            )
            found = estimate(
                Journalled(runner, journal), task.targets, task.space,
                settings or task.file.estimation.settings(), Journalled(stepper, steps),
            )  # fmt: skip
            confirmed = _confirm(task, found, folder, start, limits, progress)
            done = Calibrated(task, found, confirmed, folder)
            write_parameters(task, found, done.parameters)
            write_joint(task, found, done.joint)
            write_all(task, found, confirmed, (*journal.evaluations, *steps.evaluations), folder)
            text = json.dumps(done.summary(), indent=1)
            (folder / "summary.json").write_text(text, encoding="utf-8")
            return done
    except OSError as error:
        raise cannot_be_written(error, folder, "calibration") from error


def _confirm(
    task: Task,
    found: Estimate,
    folder: Path,
    start: Callable[[], Executor],
    limits: Limits,
    progress: Progress | None,
) -> Confirmed | None:
    asked = task.file.confirm
    if asked is None:
        return None
    larger = replace(task, common={**task.common, "population.users": asked.users})
    runner = SweepRunner(
        larger, folder / "sweeps", start, limits, progress, seed=task.file.seed + 2
    )
    journal = Journal(folder / "confirmation.jsonl", f"{task.subject} {asked.users}")
    bank = Journalled(runner, journal)(found.unit[None], "confirm", asked.replications)
    moments: FloatArray = bank.moments[0]
    return Confirmed(asked.users, moments)


def _refuse_taken(folder: Path, *, resume: bool) -> None:
    """Refuse a folder that holds a calibration, unless it is to be continued, or anything else."""
    is_ours = (folder / "calibration.yaml").is_file()
    if is_ours and not resume:
        raise ResultError(
            f"{folder}: already holds a calibration; nothing was touched.\n"
            "  Continue it with --resume, or choose another folder with --out."
        )
    others = [it for it in folder.iterdir() if it.name != "lock"] if folder.is_dir() else []
    if (others and not is_ours) or (folder.exists() and not folder.is_dir()):
        raise ResultError(
            f"{folder}: exists and is not a calibration; nothing was touched.\n"
            "  Choose another folder with --out."
        )

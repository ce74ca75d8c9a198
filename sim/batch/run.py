"""Executing a run: the replications of one scenario are a sweep of one point."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sim.batch.engine import Engine
from sim.batch.environment import peak_memory_bytes, versions
from sim.batch.executor import Executor
from sim.batch.one_scenario import OneScenario
from sim.batch.orders import Orders
from sim.batch.plan import Plan
from sim.batch.progress import Progress
from sim.batch.refusal import cannot_be_written
from sim.batch.signals import uninterrupted
from sim.batch.taking_up import take_up
from sim.errors import ResultError, UsageError
from sim.files.durable import write_whole
from sim.files.lock import locked
from sim.record.catalogue import Catalogue
from sim.record.run import Run
from sim.record.run_folder import RunFolder
from sim.scenario.outside import code_files, outside_code
from sim.scenario.scenario import Scenario
from sim.scenario.tie_files import tie_file
from sim.scenario.writer import scenario_hash, to_yaml

_FAILURES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RunReport:
    """What came of a run.

    Attributes
    ----------
    run
        The result, of the replications that finished.
    executed
        How many replications were executed now.
    replaced
        Where the result is kept that was to be replaced, as long as no replication has finished.
    """

    run: Run
    executed: int
    replaced: Path | None = None

    def complete_run(self) -> Run:
        """Return the run if nothing of it is missing.

        Raises
        ------
        ResultError
            If replications failed; it says which and why.
        """
        if not self.run.failures:
            return self.run
        lines = [
            f"  replication {row['replication']}, {row['stage']}: {row['message']}"
            for row in self.run.failures[:_FAILURES_SHOWN]
        ]
        raise ResultError(
            f"{self.run.folder}: {len(self.run.failures)} of {self.run.manifest['planned']} "
            "replications failed; the others are kept.\n"
            + "\n".join(lines)
            + "\n  Run the failed ones again with --resume."
        )


class Interrupted(KeyboardInterrupt):
    """Somebody stopped the run.

    Attributes
    ----------
    run
        What had finished; or, if nothing had, the result that was to be replaced, still there.
    is_old
        Whether it is that result.
    """

    def __init__(self, run: Run, *, is_old: bool = False) -> None:
        super().__init__(str(run.folder))
        self.run, self.is_old = run, is_old


def run_scenario(
    scenario: Scenario,
    out: Path,
    start: Callable[[], Executor],
    orders: Orders,
    progress: Progress | None = None,
    *,
    overwrite: bool = False,
) -> RunReport:
    """Execute a run, or what is missing of it.

    The tables depend on the scenario, the seed and the numbers of the replications alone, not on
    who executes them.

    Parameters
    ----------
    scenario
        What to run.
    out
        Folder of the result.
    start
        Starts the executor; called only if there is something to execute.
    orders
        How; seed and replications override the scenario's.
    progress
        Shows how far it is.
    overwrite
        Replace a run that is already there; it is lost once a replication of this one has finished.

    Raises
    ------
    UsageError
        If both resume and overwrite are asked for.
    ServingError, CompressionError
        If an accelerator cannot serve a model, or no recipe makes one smaller; nothing is written.
    ResultError
        If the folder cannot be used, somebody else writes it, or results cannot be stored.
    Interrupted
        On Ctrl-C, after what had finished was saved.
    """
    from sim.feasibility import refuse_infeasible

    if orders.resume and overwrite:
        raise UsageError("resume and overwrite: choose one of them.")
    changed = {"seed": orders.seed, "replications": orders.replications}
    given = {name: value for name, value in changed.items() if value is not None}
    scenario = scenario.model_copy(update=given)
    has_code = bool(outside_code(scenario))
    folder = RunFolder(out)
    try:
        folder.refuse_taken(resume=orders.resume, overwrite=overwrite)
        refuse_infeasible(scenario)
        out.mkdir(parents=True, exist_ok=True)
        with locked(folder.lock) as lock:
            folder.refuse_taken(resume=orders.resume, overwrite=overwrite)
            folder.take_up_aside()
            if folder.is_run() and not overwrite and take_up(folder, scenario):
                return RunReport(Run(out, allow_code=has_code), 0)
            here = replace(orders, shards=f"../{folder.replications.name}", reuse=())
            engine = Engine(OneScenario(scenario), folder.unfinished, start, here, progress, lock)
            writer = _Writer(folder, scenario, orders, engine)
            with _replacing(folder, allow_code=has_code):
                if folder.is_run() and overwrite:
                    folder.set_aside()
                folder.unfinished.path.mkdir(exist_ok=True)
                return writer.execute()
    except OSError as error:
        raise cannot_be_written(error, out, "run") from error


@contextmanager
def _replacing(folder: RunFolder, *, allow_code: bool) -> Iterator[None]:
    """Put the run that lies aside back if the new one ends before a replication has finished."""
    try:
        yield
    except BaseException as error:
        with uninterrupted():
            if folder.has_finished_runs() or not folder.replaced.is_dir():
                folder.forget_replaced()
                raise
            folder.put_back()
            if isinstance(error, KeyboardInterrupt) and folder.manifest.exists():
                raise Interrupted(Run(folder.path, allow_code=allow_code), is_old=True) from error
            raise
    if folder.has_finished_runs():
        folder.forget_replaced()


class _Writer:
    """Executes the replications and writes the result, whatever comes between."""

    def __init__(
        self,
        folder: RunFolder,
        scenario: Scenario,
        orders: Orders,
        engine: Engine,
    ) -> None:
        self._folder, self._scenario, self._orders = folder, scenario, orders
        self._engine = engine
        self._resolved_yaml = to_yaml(scenario)
        self._outside = outside_code(scenario)
        self._begin = time.perf_counter()

    def execute(self) -> RunReport:
        """Execute what is missing, then save."""
        if not self._folder.resolved.exists():
            self._folder.write_beside(code_files(self._scenario) | tie_file(self._scenario))
            write_whole(self._folder.resolved, self._resolved_yaml.encode())
        try:
            report = self._engine.execute()
        except BaseException as error:
            if self._folder.unfinished.is_sweep():
                with uninterrupted(), suppress(OSError):
                    run = self._save()
                    if isinstance(error, KeyboardInterrupt):
                        raise Interrupted(run) from error
            raise
        with uninterrupted():
            run, aside = self._save(), self._folder.replaced
            kept = aside if aside.is_dir() and not run.replications else None
            return RunReport(run, report.executed, kept)

    def _save(self) -> Run:
        """Write tables and manifest from what is finished."""
        folder = self._folder
        plan = Plan.of_table(folder.unfinished.read_plan())
        seconds = Catalogue.of(folder.shelf).seconds
        finished = [run for run in plan.runs() if run.run_id in seconds]
        manifest = {
            "scenario": self._scenario.name,
            "scenario_sha256": scenario_hash(self._scenario),
            "scenario_key": plan.points[0].key,
            "outside_code": {
                path: {"policy": code.policy, "from": code.label, "sha256": code.sha256}
                for path, code in self._outside.items()
            },
            "code": plan.code,
            "seed": plan.seed,
            "planned": len(plan),
            "finished": [run.replication for run in finished],
            "complete": len(finished) == len(plan),
            "failures": [
                {key: row[key] for key in ("replication", "stage", "message")}
                for row in folder.unfinished.failures.rows()
                if row["run_id"] not in seconds
            ],
            "command": list(self._orders.command),
            "changes": self._orders.changes(),
            "workers": self._engine.workers,
            "wall_time_s": time.perf_counter() - self._begin,
            "replication_wall_time_s": [seconds[run.run_id] for run in finished],
            "peak_memory_bytes": peak_memory_bytes(),
            "versions": versions(),
        }
        tables = folder.join([run.run_id for run in finished])
        folder.write(self._resolved_yaml, tables, manifest)
        if manifest["complete"]:
            folder.tidy()
        return Run(folder.path, allow_code=bool(self._outside))

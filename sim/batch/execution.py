"""Executing a task: each run on its own, failures as data, the shard at the end."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

from sim.batch.executor import Report
from sim.batch.run_key import code_version
from sim.batch.task import OUT_OF_MEMORY, Delivery, Job, Reached, Task, TaskResult
from sim.record.failures import Failure
from sim.record.shard import Files, RunTables, shard_files
from sim.record.shelf import open_shelf


def execute(task: Task, report: Report) -> TaskResult:
    """Run a task's runs and store their shard.

    A run that raises is a failure among the others. After one that ran out of memory the rest is
    left to a fresh process.

    Parameters
    ----------
    task
        What to run.
    report
        Called when each run begins, and at every settlement of its market.
    """
    if task.code != code_version():
        return TaskResult(task.name, {}, fault=version_fault(task.code, code_version()))
    finished: list[RunTables] = []
    failures: list[Failure] = []
    for job in task.jobs:
        result = _run(job, report)
        if isinstance(result, RunTables):
            finished.append(result)
            continue
        failures.append(result)
        if result.stage == OUT_OF_MEMORY:
            break
    seconds = {run.run_id: run.seconds for run in finished}
    if not finished:
        return TaskResult(task.name, {}, tuple(failures))
    files = shard_files(finished)
    if task.delivery.address is None:
        return TaskResult(task.name, seconds, tuple(failures), files)
    fault = _store(task.name, files, task.delivery, task.delivery.address)
    return TaskResult(task.name, {} if fault else seconds, tuple(failures), fault=fault)


def version_fault(client: str, worker: str) -> str:
    """Say that client and worker are not the same program."""
    return (
        f"a worker has pricewar {worker}, this process has {client}; runs of different versions "
        "are never mixed.\n  Install the same pricewar on every worker and on the client."
    )


def _run(job: Job, report: Report) -> RunTables | Failure:
    """Build and run one replication: the only place that does."""
    report(Reached(job.run_id, 0.0))
    days = job.scenario.duration_days
    stage = "build"
    try:
        begin = time.perf_counter()
        from sim.simulation import Simulation

        market = Simulation(job.scenario, job.seed, job.replication)
        stage = "run"
        market.run(lambda time_days: report(Reached(job.run_id, time_days / days)))
        tables = market.recorder.tables()
        return RunTables(job.run_id, time.perf_counter() - begin, tables)
    except MemoryError as error:
        message = f"the run needs more memory than the limit allows ({error or 'no memory left'})"
        return Failure(job.run_id, OUT_OF_MEMORY, message, traceback.format_exc())
    except Exception as error:  # noqa: BLE001 - a run's fault is a row, the others continue
        message = f"{type(error).__name__}: {error}"
        return Failure(job.run_id, stage, message, traceback.format_exc())


def _store(name: str, files: Files, delivery: Delivery, address: str) -> str:
    """Store a shard; returns why it could not be."""

    def is_wanted() -> bool:
        if delivery.guard is None:
            return True
        try:
            return Path(delivery.guard).read_text(encoding="utf-8") == delivery.token
        except OSError:
            return False

    try:
        open_shelf(address).put(name, files, is_wanted)
    except OSError as error:
        return f"{address}: cannot be written ({error.strerror or error})."
    return ""

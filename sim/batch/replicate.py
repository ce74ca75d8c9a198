"""Run the replications of a scenario, in parallel processes, into a folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from typing import Any, Protocol

from sim.batch.environment import peak_memory_bytes, versions
from sim.errors import ResultError
from sim.record.run import Run
from sim.record.store import Store
from sim.scenario.scenario import Scenario

SECONDS_TO_START = 4.0
"""What a worker process takes to start, with room; measured at 2 to 3."""
SECONDS_PER_PRODUCT_WEEK = 5e-4
SECONDS_PER_USER_DAY = 1e-7
"""Rough cost of a replication, only to decide how many processes to start."""


class Progress(Protocol):
    """Told how far the replications are."""

    def update(self, replication: int, time_days: float) -> None:
        """Hear that a replication has reached a simulated time."""


class NoProgress:
    """Tells nobody."""

    def update(self, replication: int, time_days: float) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Job:
    """One replication of one scenario, and where its tables go."""

    scenario: Scenario
    seed: int
    replication: int
    folder: Path

    def execute(self, report: Callable[[int, float], None]) -> float:
        """Run the replication and write its tables; returns its wall time in seconds."""
        from sim.market.market import Market

        begin = time.perf_counter()
        market = Market(self.scenario, self.seed, self.replication)
        market.run(lambda time_days: report(self.replication, time_days))
        Store(self.folder).write_replication(self.replication, market.recorder.tables())
        return time.perf_counter() - begin


class Interrupted(KeyboardInterrupt):
    """The user stopped the run; what had finished is in ``run``."""

    def __init__(self, run: Run) -> None:
        super().__init__(str(run.folder))
        self.run = run


def replicate(
    scenario: Scenario,
    *,
    out: Path,
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    resolved_yaml: str | None = None,
    command: Sequence[str] = (),
) -> Run:
    """Run replications 0 to R-1 and return the finished run.

    The tables depend on the scenario, the seed and the numbers of the replications alone, not on
    the number of workers.

    Parameters
    ----------
    scenario
        What to run.
    out
        Folder of the result.
    replications, seed
        In place of the scenario's own.
    workers
        Processes; None: one a processor, at most one a replication, or this process alone where
        starting others would take longer than the work; 1: this process.
    overwrite
        Replace a run that is already there.
    progress
        Told how far it is.
    resolved_yaml
        Text of ``resolved.yaml``, with the provenance of its numbers; None: without provenance.
    command
        The command line, for the manifest.

    Raises
    ------
    ServingError, CompressionError
        If an accelerator cannot serve a model, or no recipe makes one smaller; nothing is written.
    ResultError
        If the folder cannot be used, or if a worker process died.
    Interrupted
        On Ctrl-C, after what had finished was saved.
    """
    from sim.market.feasibility import refuse_infeasible
    from sim.scenario.writer import scenario_hash, to_yaml

    refuse_infeasible(scenario)
    count = scenario.replications if replications is None else replications
    seed = scenario.seed if seed is None else seed
    workers = min(count, workers or _worthwhile_workers(scenario, count))
    store = Store(out)
    store.create(to_yaml(scenario) if resolved_yaml is None else resolved_yaml, overwrite)
    jobs = [Job(scenario, seed, replication, out) for replication in range(count)]
    begin = time.perf_counter()
    seconds: list[float] = []

    def close() -> None:
        store.close(
            {
                "scenario": scenario.name,
                "scenario_sha256": scenario_hash(scenario),
                "seed": seed,
                "planned": count,
                "complete": len(seconds) == count,
                "command": list(command),
                "workers": workers,
                "wall_time_s": time.perf_counter() - begin,
                "replication_wall_time_s": seconds,
                "peak_memory_bytes": peak_memory_bytes(),
                "versions": versions(),
            }
        )

    try:
        for taken in _execute(jobs, workers, progress or NoProgress()):
            seconds.append(taken)  # noqa: PERF402 - what came before an interruption counts
    except KeyboardInterrupt as stop:
        close()
        raise Interrupted(Run(out)) from stop
    except BaseException:
        close()
        raise
    close()
    return Run(out)


def _worthwhile_workers(scenario: Scenario, count: int) -> int:
    """Processors, or one if all replications take less time than it takes to start a process."""
    weeks = scenario.duration_days / scenario.snapshot_every_days
    seconds = count * (
        weeks * len(scenario.products) * SECONDS_PER_PRODUCT_WEEK
        + scenario.population.users * scenario.duration_days * SECONDS_PER_USER_DAY
    )
    return 1 if seconds < SECONDS_TO_START else os.cpu_count() or 1


def _execute(jobs: Sequence[Job], workers: int, progress: Progress) -> Iterator[float]:
    if workers == 1:
        for job in jobs:
            yield job.execute(progress.update)
        return
    context = get_context("spawn")
    queue: SimpleQueue[tuple[int, float]] = context.SimpleQueue()
    with _pool(workers, context, queue) as pool:
        pending: set[Future[float]] = {pool.submit(_work, job) for job in jobs}
        try:
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_COMPLETED)
                while not queue.empty():
                    progress.update(*queue.get())
                for future in done:
                    yield future.result()
        except BrokenProcessPool as error:
            raise ResultError(
                "a worker process died; finished replications are kept.\n"
                "  If memory ran out, use fewer workers or fewer users. In a script, call this\n"
                '  under `if __name__ == "__main__":`, since workers import the script.'
            ) from error


@contextmanager
def _pool(workers: int, context: Any, queue: Any) -> Iterator[ProcessPoolExecutor]:
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_attach, initargs=(queue,))
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_queue: SimpleQueue[tuple[int, float]] | None = None


def _attach(queue: SimpleQueue[tuple[int, float]]) -> None:
    """Give a worker its way back; Ctrl-C is the parent's business."""
    import signal

    global _queue  # noqa: PLW0603 - the only way into a pool's worker
    _queue = queue
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(job: Job) -> float:
    def report(replication: int, time_days: float) -> None:
        if _queue is not None:
            _queue.put((replication, time_days))

    return job.execute(report)

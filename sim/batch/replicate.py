"""Run the replications of a scenario, in parallel processes, into a folder."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Protocol

from sim.batch.environment import peak_memory_bytes, versions
from sim.errors import ResultError, UsageError
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
        from sim.simulation import Simulation

        begin = time.perf_counter()
        market = Simulation(self.scenario, self.seed, self.replication)
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
    command
        The command line, for the manifest.

    Raises
    ------
    UsageError
        If replications, seed or workers is not a whole number in its range; nothing is written.
    ServingError, CompressionError
        If an accelerator cannot serve a model, or no recipe makes one smaller; nothing is written.
    ResultError
        If the folder cannot be used, or if a worker process died.
    Interrupted
        On Ctrl-C, after what had finished was saved.
    """
    from sim.feasibility import refuse_infeasible
    from sim.scenario.outside import code_files, outside_code
    from sim.scenario.writer import scenario_hash, to_yaml

    count = scenario.replications if replications is None else replications
    seed = scenario.seed if seed is None else seed
    _refuse_numbers(count, seed, workers)
    refuse_infeasible(scenario)
    workers = min(count, workers or _worthwhile_workers(scenario, count))
    store = Store(out)
    outside = outside_code(scenario)
    store.create(to_yaml(scenario), overwrite, code_files(scenario))
    bare = scenario.untraced()
    jobs = [Job(bare, seed, replication, out) for replication in range(count)]
    begin = time.perf_counter()
    seconds: list[float] = []

    def close() -> None:
        store.close(
            {
                "scenario": scenario.name,
                "scenario_sha256": scenario_hash(scenario),
                "outside_code": {
                    path: {"policy": code.policy, "from": code.label, "sha256": code.sha256}
                    for path, code in outside.items()
                },
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

    execution = _execute(jobs, workers, progress or NoProgress())
    try:
        for taken in execution:
            seconds.append(taken)  # noqa: PERF402 - what came before an interruption counts
    except BaseException as error:
        with _deaf_to_interrupts():
            execution.close()
            close()
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(Run(out, allow_code=bool(outside))) from error
        raise
    close()
    return Run(out, allow_code=bool(outside))


def _refuse_numbers(replications: int, seed: int, workers: int | None) -> None:
    """Refuse what cannot be run before anything is written."""
    for name, value, low, high in (
        ("replications", replications, 1, 100_000),
        ("seed", seed, 0, 2**32 - 1),
        ("workers", 1 if workers is None else workers, 1, 4096),
    ):
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise UsageError(f"{name} = {value!r}: must be a whole number from {low} to {high}.")


def _worthwhile_workers(scenario: Scenario, count: int) -> int:
    """Processors, or one if all replications take less time than it takes to start a process."""
    weeks = scenario.duration_days / scenario.snapshot_every_days
    seconds = count * (
        weeks * len(scenario.products) * SECONDS_PER_PRODUCT_WEEK
        + scenario.population.users * scenario.duration_days * SECONDS_PER_USER_DAY
    )
    return 1 if seconds < SECONDS_TO_START else os.cpu_count() or 1


def _execute(jobs: Sequence[Job], workers: int, progress: Progress) -> Generator[float, None, None]:
    if workers == 1:
        for job in jobs:
            yield job.execute(progress.update)
        return
    context = get_context("spawn")
    queue: SimpleQueue[tuple[int, float]] = context.SimpleQueue()
    stop = context.Event()
    waiting = iter(jobs)
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_attach, initargs=(queue, stop)
    ) as pool:
        running = {pool.submit(_work, job) for job in islice(waiting, workers)}
        try:
            while running:
                done, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                while not queue.empty():
                    progress.update(*queue.get())
                for future in done:
                    running |= {pool.submit(_work, job) for job in islice(waiting, 1)}
                    yield future.result()
        except BrokenProcessPool as error:
            raise ResultError(
                "a worker process died; finished replications are kept.\n"
                "  If memory ran out, use fewer workers or fewer users. In a script, call this\n"
                '  under `if __name__ == "__main__":`, since workers import the script.'
            ) from error
        finally:
            with _deaf_to_interrupts():
                stop.set()
                _drain(running, queue)


def _drain(running: set[Future[float]], queue: SimpleQueue[tuple[int, float]]) -> None:
    """Read what workers still say until they have stopped: a full pipe would hold them for ever."""
    while any(not future.done() for future in running):
        wait(running, timeout=0.05)
        while not queue.empty():
            queue.get()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ignore Ctrl-C while results are being saved; only the main thread may ask for that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Abandoned(Exception):  # noqa: N818 - no error: the run is over
    """The parent wants no more of this replication."""


_queue: SimpleQueue[tuple[int, float]] | None = None
_stop: Event | None = None


def _attach(queue: SimpleQueue[tuple[int, float]], stop: Event) -> None:
    """Give a worker its way back; Ctrl-C is the parent's business."""
    global _queue, _stop
    _queue, _stop = queue, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(job: Job) -> float:
    def report(replication: int, time_days: float) -> None:
        if _stop is not None and _stop.is_set():
            raise _Abandoned
        if _queue is not None:
            _queue.put((replication, time_days))

    return job.execute(report)

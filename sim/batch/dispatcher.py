"""The dispatcher: hands runs out to an executor and puts away what comes back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from sim.batch.executor import Executor
from sim.batch.grouping import Grouping
from sim.batch.plan import PlannedRun
from sim.batch.study import Study
from sim.batch.task import Delivery, Job, Limits, Lost, Reached, Task, TaskResult
from sim.errors import ResultError
from sim.record.failures import Failure, Failures
from sim.record.shelf import Shelf

_DEATHS = 2
"""Workers that may die during a run before it counts as failed."""
_LOSSES = 3
"""Times that a run alone in its task may be lost without a sign before it counts as failed."""
_WAIT_S = 0.25


@dataclass(slots=True)
class Tally:
    """What came of the runs so far.

    Attributes
    ----------
    done
        Identities of finished runs, also of those that were finished before.
    failed
        Identities of runs that failed now.
    reached
        Share of the simulated time that each run under way has reached, as far as is known.
    latest
        The share that the last run which reported has reached; None before any did.
    """

    done: set[str]
    failed: set[str] = field(default_factory=set)
    reached: dict[str, float] = field(default_factory=dict)
    latest: float | None = None

    def note(self, reached: Reached) -> None:
        """Note how far a run is."""
        self.reached[reached.run_id] = self.latest = reached.share

    def forget(self, run_ids: Iterable[str]) -> None:
        """Forget how far runs were that are under way no more."""
        for run_id in run_ids:
            self.reached.pop(run_id, None)


@dataclass(slots=True)
class _UnderWay:
    """A submitted task's runs by identity."""

    runs: dict[str, PlannedRun]


class StoppedOnFailure(Exception):  # noqa: N818 - a way to stop, not a fault of ours
    """A run failed, and it was asked to stop at the first."""


class Dispatcher:
    """Executes runs through an executor until each is done or has failed.

    Parameters
    ----------
    executor
        Where they are executed.
    study
        Builds the scenario of a point and names shards.
    seed, code
        Of the plan.
    shelf, failures
        Where shards and failures go.
    delivery, limits
        Part of every task.
    prefix
        What the names of new shards may begin with.
    tally
        Kept up to date.
    heartbeat
        Called often, with the number of runs under way.
    """

    def __init__(
        self,
        executor: Executor,
        study: Study,
        *,
        seed: int,
        code: str,
        shelf: Shelf,
        failures: Failures,
        delivery: Delivery,
        limits: Limits,
        prefix: str,
        tally: Tally,
        heartbeat: Callable[[int], None],
        stop_on_failure: bool = False,
    ) -> None:
        self._executor = executor
        self._study = study
        self._seed, self._code = seed, code
        self._shelf, self._failures = shelf, failures
        self._delivery, self._limits = delivery, limits
        self._prefix = prefix
        self._tally = tally
        self._heartbeat = heartbeat
        self._stop_on_failure = stop_on_failure
        self._grouping = Grouping()
        self._under_way: dict[str, _UnderWay] = {}
        self._alone: deque[PlannedRun] = deque()
        self._deaths: dict[str, int] = {}
        self._count = 0
        self.stored: list[str] = []

    def execute(self, runs: Iterable[PlannedRun], count: int) -> None:
        """Execute runs; returns when each is done or has failed.

        Parameters
        ----------
        runs
            What to execute, in order.
        count
            How many there are.

        Raises
        ------
        ResultError
            If results cannot be stored, or the executor is gone.
        StoppedOnFailure
            At the first failure, if that was asked for.
        """
        waiting = iter(runs)
        exhausted = False
        left = count
        while True:
            while len(self._under_way) < self._executor.capacity:
                group = self._next_group(waiting, left)
                if not group:
                    exhausted = True
                    break
                left -= len(group)
                self._submit(group)
            if exhausted and not self._under_way and not self._alone:
                return
            self._beat()
            answer = self._executor.wait(_WAIT_S, self._hear)
            if answer is not None:
                self._take(answer)

    def _hear(self, reached: Reached) -> None:
        self._tally.note(reached)
        self._beat()

    def _beat(self) -> None:
        self._heartbeat(sum(len(task.runs) for task in self._under_way.values()))

    def _next_group(self, waiting: Iterator[PlannedRun], left: int) -> dict[str, PlannedRun]:
        if self._alone:
            run = self._alone.popleft()
            return {run.run_id: run}
        group: dict[str, PlannedRun] = {}
        shares = self._study.shares_shards
        size = self._grouping.size(left, self._executor.workers) if shares else 1
        for run in waiting:
            group[run.run_id] = run
            if len(group) >= size:
                break
        return group

    def _submit(self, group: dict[str, PlannedRun]) -> None:
        self._count += 1
        first = next(iter(group.values()))
        name = self._study.shard_name(self._prefix, self._count, first)
        jobs = tuple(
            Job(run.run_id, self._study.scenario(run.point), self._seed, run.replication)
            for run in group.values()
        )
        self._under_way[name] = _UnderWay(group)
        self._executor.submit(Task(name, jobs, self._limits, self._delivery, self._code))

    def _take(self, answer: TaskResult | Lost) -> None:
        runs = self._under_way.pop(answer.name).runs
        self._tally.forget(runs)
        if isinstance(answer, Lost):
            self._take_loss(answer, runs)
            return
        if answer.fault:
            raise ResultError(_with_hint(answer.fault))
        try:
            if answer.files is not None:
                self._shelf.put(answer.name, answer.files, _always)
            if answer.seconds:
                self.stored.append(answer.name)
            for run_id in answer.seconds:
                self._tally.done.add(run_id)
                self._tally.failed.discard(run_id)
                self._failures.forget(run_id)
        except OSError as error:
            raise ResultError(_with_hint(f"{self._shelf.address}: {error.strerror}.")) from error
        self._grouping.learn(answer.seconds.values())
        failed = {failure.run_id for failure in answer.failures}
        self._alone.extend(
            run for run_id, run in runs.items() if run_id not in answer.seconds.keys() | failed
        )
        for failure in answer.failures:
            self._fail(failure, runs[failure.run_id])

    def _take_loss(self, lost: Lost, runs: dict[str, PlannedRun]) -> None:
        if lost.failure is not None and lost.is_final:
            self._alone.extend(run for run_id, run in runs.items() if run_id != lost.begun)
            self._fail(lost.failure, runs[lost.begun])
            return
        for run_id, run in runs.items():
            is_suspect = run_id == lost.begun or not lost.begun
            self._deaths[run_id] = self._deaths.get(run_id, 0) + is_suspect
            if lost.begun == run_id and lost.failure and self._deaths[run_id] >= _DEATHS:
                self._fail(lost.failure, run)
            elif len(runs) == 1 and self._deaths[run_id] >= _LOSSES:
                message = f"{self._deaths[run_id]} workers died while they had this run"
                self._fail(Failure(run_id, "worker", message), run)
            else:
                self._alone.append(run)

    def _fail(self, failure: Failure, run: PlannedRun) -> None:
        self._tally.failed.add(failure.run_id)
        try:
            self._failures.add(failure, run.point.index, run.replication, run.point.values)
        except OSError as error:
            raise ResultError(
                _with_hint(f"a failure cannot be noted: {error.strerror}.")
            ) from error
        if self._stop_on_failure:
            raise StoppedOnFailure(failure.message)


def _always() -> bool:
    """Commit: the client is the only writer."""
    return True


def _with_hint(fault: str) -> str:
    return (
        f"{fault}\n  Finished runs are stored; free disk space or fix the error above, "
        "then continue with --resume."
    )

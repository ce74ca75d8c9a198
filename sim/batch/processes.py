"""Runs in processes of this machine."""

from __future__ import annotations

import queue
from collections import deque

from sim.batch.executor import Report
from sim.batch.task import Lost, Reached, Task, TaskResult
from sim.batch.worker_process import WorkerMessage, WorkerProcess
from sim.errors import ResultError

_DEATHS_BEFORE_READY = 3


class Processes:
    """A fixed number of worker processes; one that dies is replaced.

    Parameters
    ----------
    workers
        How many.
    """

    stores = True

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.capacity = 2 * workers
        self._backlog: deque[Task] = deque()
        self._answers: queue.SimpleQueue[tuple[WorkerProcess, WorkerMessage]] = queue.SimpleQueue()
        self._deaths = 0
        self._processes = [self._start() for _ in range(workers)]

    def submit(self, task: Task) -> None:
        """Take a task; it begins when a process is free."""
        self._backlog.append(task)
        self._assign()

    def wait(self, seconds: float, report: Report) -> TaskResult | Lost | None:
        """Return what became of some task."""
        try:
            worker, answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        if isinstance(answer, Reached):
            report(answer)
            return None
        if answer is None and worker.task is not None:  # given while it was dying
            self._backlog.appendleft(worker.task)
        if answer is None or isinstance(answer, Lost):
            self._replace(worker)
        self._assign()
        return answer

    def close(self) -> None:
        """Kill all processes."""
        self._backlog.clear()
        for process in self._processes:
            process.kill()

    def _start(self) -> WorkerProcess:
        return WorkerProcess(lambda worker, answer: self._answers.put((worker, answer)))

    def _replace(self, worker: WorkerProcess) -> None:
        words = worker.last_words()
        self._deaths = 0 if worker.is_ready else self._deaths + 1
        worker.kill()
        self._processes.remove(worker)
        if self._deaths >= _DEATHS_BEFORE_READY:
            raise ResultError(f"worker processes cannot start.\n{words}")
        self._processes.append(self._start())

    def _assign(self) -> None:
        for process in self._processes:
            if not self._backlog:
                return
            if process.task is None:
                process.give(self._backlog.popleft())

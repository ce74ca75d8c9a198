"""Runs in this very process, one after another: for debuggers, and where work is short."""

from __future__ import annotations

from collections import deque

from sim.batch.execution import execute
from sim.batch.executor import Report
from sim.batch.task import Lost, Task, TaskResult


class Serial:
    """Executes a task when its result is waited for."""

    workers = 1
    capacity = 1
    stores = True

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._tasks.append(task)

    def wait(self, seconds: float, report: Report) -> TaskResult | Lost | None:  # noqa: ARG002
        """Execute the next task, however long it takes."""
        return execute(self._tasks.popleft(), report) if self._tasks else None

    def close(self) -> None:
        """Forget what was not begun."""
        self._tasks.clear()

"""Runs in this very process, one after another: for debuggers, and for the smallest sweeps."""

from __future__ import annotations

from collections import deque

from sim.batch.execution import execute
from sim.batch.task import Lost, Outcome, Task


class Serial:
    """Executes a task when its outcome is waited for."""

    workers = 1
    capacity = 1
    stores = True

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()

    def submit(self, task: Task) -> None:
        """Take a task."""
        self._tasks.append(task)

    def wait(self, seconds: float) -> Outcome | Lost | None:  # noqa: ARG002
        """Execute the next task, however long it takes."""
        return execute(self._tasks.popleft(), _nobody) if self._tasks else None

    def close(self) -> None:
        """Forget what was not begun."""
        self._tasks.clear()


def _nobody(_run_id: str) -> None:
    """Hear of no beginnings: the outcome comes before anybody could ask."""

"""What executes tasks: the interface that this process, processes and a cluster share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from sim.batch.task import Lost, Reached, Task, TaskResult

Report: TypeAlias = Callable[[Reached], None]
"""Called when a run begins, and while it advances."""


class Executor(Protocol):
    """Executes tasks somewhere.

    Tasks are submitted while fewer than `capacity` are under way; `wait` returns what became of
    them, in any order. Every submitted task is answered exactly once, unless `close` comes first.
    """

    @property
    def workers(self) -> int:
        """How many runs are executed at once."""

    @property
    def capacity(self) -> int:
        """How many tasks it wants under way, so that no worker waits for the next."""

    @property
    def stores(self) -> bool:
        """Whether its workers see the folder of the results and store shards there themselves."""

    def submit(self, task: Task) -> None:
        """Take a task."""

    def wait(self, seconds: float, report: Report) -> TaskResult | Lost | None:
        """Return what became of some task; None if nothing did in time.

        Parameters
        ----------
        seconds
            How long to wait.
        report
            Called meanwhile, in this thread, with how far runs are, if that is known.

        Raises
        ------
        ResultError
            If nothing will be executed any more, as when the cluster is gone.
        """

    def close(self) -> None:
        """Stop what is under way and release everything."""

"""A task: runs that one worker executes one after another, into one shard."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sim.errors import UsageError
from sim.record.failures import Failure
from sim.record.shard import Files
from sim.scenario.scenario import Scenario

OUT_OF_MEMORY = "memory limit"
"""Stage of the failure of a run that ran out of memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use.

    Attributes
    ----------
    seconds
        Wall time; None: any.
    memory_bytes
        Data memory of the worker process while it runs; None: any.

    Raises
    ------
    UsageError
        If a limit is not above 0, or this system cannot limit memory.
    """

    seconds: float | None = None
    memory_bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse limits that nothing can keep."""
        for name, value in (("time limit", self.seconds), ("memory limit", self.memory_bytes)):
            if value is not None and not 0 < value < math.inf:
                raise UsageError(f"{name} = {value!r}: must be a number above 0.")
        if self.memory_bytes is not None and sys.platform == "win32":
            raise UsageError("memory limit: Windows has none that a process can set.")


@dataclass(frozen=True, slots=True)
class Job:
    """One run: a replication of a scenario."""

    run_id: str
    scenario: Scenario
    seed: int
    replication: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a worker puts a shard.

    Attributes
    ----------
    address
        Folder or fsspec address of the shelf; None: the shard travels back with the result.
    guard
        A file whose content must be `token` for the shard to be stored, so that workers of an
        engine that has ended store nothing; None: no such check.
    """

    address: str | None
    guard: str | None = None
    token: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Runs for one worker."""

    name: str
    jobs: tuple[Job, ...]
    limits: Limits
    delivery: Delivery
    code: str


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a run is.

    Attributes
    ----------
    run_id
        Identity of the run.
    share
        Share of its simulated time that has passed; 0 when it begins.
    """

    run_id: str
    share: float


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a worker made of a task.

    Attributes
    ----------
    name
        The task's.
    seconds
        Wall time of each run that is now in the shard, by its identity.
    failures
        The runs that failed.
    files
        The shard, if it was not stored by the worker.
    fault
        Why nothing can be stored, such as a full disk; empty if all is well.
    """

    name: str
    seconds: Mapping[str, float]
    failures: tuple[Failure, ...] = ()
    files: Files | None = None
    fault: str = ""

    @property
    def is_last(self) -> bool:
        """Whether the worker ends after it: a heap that was full is no place for further runs."""
        return any(failure.stage == OUT_OF_MEMORY for failure in self.failures)


@dataclass(frozen=True, slots=True)
class Lost:
    """A task whose worker died; nothing of it was stored.

    Attributes
    ----------
    name
        The task's.
    begun
        Identity of the run during which it died; empty if that is not known.
    failure
        What is known, as if the run had failed; None if the run is not to blame.
    is_final
        Whether to run it again is pointless.
    """

    name: str
    begun: str = ""
    failure: Failure | None = None
    is_final: bool = False

"""How far a sweep is: for the bar, for the log, and for ``pricewar status`` elsewhere."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class State:
    """How far a sweep is.

    Attributes
    ----------
    planned, done, failed, running
        Numbers of runs.
    workers
        How many runs can go on at once.
    seconds_left
        Estimate; None until something has finished.
    phase
        What is going on: ``planning``, ``starting workers``, ``running``, ``merging``,
        ``finished`` or ``stopped``.
    at
        When this was true, seconds since 1970.
    """

    planned: int
    done: int
    failed: int
    running: int
    workers: int
    seconds_left: float | None
    phase: str
    at: float

    def to_json(self) -> str:
        """Write it as it stands in a sweep's folder."""
        return json.dumps(asdict(self)) + "\n"


class SweepProgress(Protocol):
    """Told how far a sweep is."""

    def update(self, state: State) -> None:
        """Hear how far it is."""


class Pace:
    """Estimates the time left from what has finished since the first runs began."""

    def __init__(self) -> None:
        self._begin: float | None = None

    def seconds_left(self, left: int, finished: int) -> float | None:
        """Estimate how long further runs take; None before the first has finished.

        Parameters
        ----------
        left
            Runs that have not finished.
        finished
            Runs that have, in this session.
        """
        now = time.monotonic()
        if self._begin is None or not finished:
            self._begin = self._begin or now
            return None
        return left * (now - self._begin) / finished

"""How far a study is: for the bar, for the log, and for ``pricewar status`` elsewhere."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from typing import Protocol

_SMALLEST_SHARE = 0.01
"""Less of the work than this gives no pace."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a study is.

    Attributes
    ----------
    planned, done, failed, running
        Numbers of runs.
    partial
        How much of the runs under way has been executed, in runs, as far as is known.
    latest
        Share of its simulated time that the last run which reported has reached; None before any.
    workers
        How many runs can be executed at once.
    seconds_left
        Estimate; None until there is a pace.
    phase
        What is being done: ``planning``, ``starting workers``, ``running``, ``merging``,
        ``finished`` or ``stopped``.
    at
        When this was true, seconds since 1970.
    """

    planned: int
    done: int
    failed: int
    running: int
    partial: float
    latest: float | None
    workers: int
    seconds_left: float | None
    phase: str
    at: float

    def to_json(self) -> str:
        """Write it as it stands in the folder."""
        return json.dumps(asdict(self)) + "\n"


class Progress(Protocol):
    """Shows how far a study is."""

    def update(self, state: State) -> None:
        """Show a new state."""


class Pace:
    """Estimates the time left from what has been executed since the first run was under way."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def seconds_left(self, left: float, executed: float) -> float | None:
        """Estimate how long the rest takes; None while there is no pace.

        The clock starts with the first report of a run under way, so that starting workers is no
        part of the pace; where runs do not report, it starts with the first call.

        Parameters
        ----------
        left
            Runs that have not been executed; fractions count.
        executed
            Runs that have been; fractions count.
        """
        now = time.monotonic()
        if self._first is None or self._first[1] == 0.0 < executed < 1.0:
            self._first = now, executed
            return None
        begin, before = self._first
        if executed - before < _SMALLEST_SHARE * (left + executed):
            return None
        return left * (now - begin) / (executed - before)

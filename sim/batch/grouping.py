"""How many runs make a task: enough that what a task costs beside them is small."""

from __future__ import annotations

import math
from collections.abc import Iterable

TARGET_S = 2.0
"""Wanted time of a task; what it costs beside its runs, some 10 ms, is then below 1%."""
_MOST = 256
_MEMORY = 0.9


class Grouping:
    """Chooses the number of runs of the next task, from how long runs took so far."""

    def __init__(self) -> None:
        self.mean_s: float | None = None

    def learn(self, seconds: Iterable[float]) -> None:
        """Take note of the time of finished runs; recent ones count more."""
        for took in seconds:
            self.mean_s = (
                took if self.mean_s is None else _MEMORY * self.mean_s + (1.0 - _MEMORY) * took
            )

    def size(self, left: int, workers: int) -> int:
        """Return how many runs the next task has.

        One until the first runs have finished; later as many as fill the wanted time, but towards
        the end no more than leaves every worker its part.

        Parameters
        ----------
        left
            Runs that are not under way yet.
        workers
            How many share them.
        """
        if self.mean_s is None:
            return 1
        filling = int(TARGET_S / max(self.mean_s, 1e-3))
        share = math.ceil(left / (2 * workers))
        return max(1, min(filling, share, _MOST))

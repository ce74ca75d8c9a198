"""Progress on the terminal: a bar with simulated date and time left, plain lines in a log file."""

from __future__ import annotations

import datetime as dt
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from sim.scenario.scenario import Scenario

_LOG_EVERY_S = 5.0


def announce_compilation() -> None:
    """Compile the user kernel if this machine has not yet, and say so, once."""
    from sim.users import kernel

    if kernel.is_compiled():
        return
    console = Console(stderr=True)
    console.print("Compiling the user kernel for this machine (once; some 10 to 20 seconds) ...")
    begin = time.perf_counter()
    kernel.warm_up()
    console.print(f"Compiled in {time.perf_counter() - begin:.0f} s.")


class ReplicationBar:
    """Shows how far all replications are; a context manager.

    On a terminal a bar with the simulated date of the replication that reported last and the time
    left; elsewhere a line every five seconds.
    """

    def __init__(self, scenario: Scenario, replications: int) -> None:
        self._start_date = scenario.start_date
        self._duration_days = scenario.duration_days
        self._count = replications
        self._reached: dict[int, float] = {}
        self._console = Console(stderr=True)
        self._begin = self._logged = time.perf_counter()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[date]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task(
            scenario.name, total=self._duration_days * replications, date=str(self._start_date)
        )

    def __enter__(self) -> ReplicationBar:
        """Show the bar."""
        if self._console.is_terminal:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        self._bar.stop()

    def update(self, replication: int, time_days: float) -> None:
        """Note that a replication has reached a simulated time."""
        self._reached[replication] = time_days
        done = sum(self._reached.values())
        date = self._start_date + dt.timedelta(days=int(time_days))
        if self._console.is_terminal:
            self._bar.update(self._task, completed=done, date=str(date))
            return
        now = time.perf_counter()
        if now - self._logged >= _LOG_EVERY_S:
            self._logged = now
            share = done / (self._duration_days * self._count)
            left = (now - self._begin) * (1.0 - share) / share
            finished = sum(days >= self._duration_days for days in self._reached.values())
            self._console.print(
                f"{finished} of {self._count} replications done, {share:.0%}, "
                f"simulated date {date}, {left:.0f} s left"
            )

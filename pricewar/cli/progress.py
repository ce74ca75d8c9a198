"""Progress of replications: a bar with simulated date and time left, plain lines in a log file."""

from __future__ import annotations

import datetime as dt
import time

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

from pricewar.cli.bar import Bar, TimeLeft
from sim.scenario.scenario import Scenario


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


class ReplicationBar(Bar):
    """Shows how far all replications are, with the simulated date of the last that reported."""

    def __init__(self, scenario: Scenario, replications: int) -> None:
        self._start_date = scenario.start_date
        self._duration_days = scenario.duration_days
        self._count = replications
        self._reached: dict[int, float] = {}
        self._left = TimeLeft()
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[date]}"),
            TimeRemainingColumn(),
            description=scenario.name,
            total=self._duration_days * replications,
            date=str(self._start_date),
        )

    def update(self, replication: int, time_days: float) -> None:
        """Note that a replication has reached a simulated time."""
        self._reached[replication] = time_days
        done = sum(self._reached.values())
        share = done / (self._duration_days * self._count)
        finished = sum(days >= self._duration_days for days in self._reached.values())
        date = self._start_date + dt.timedelta(days=int(time_days))
        self.show(
            f"{finished} of {self._count} replications done, {share:.0%}, "
            f"simulated date {date}{self._left.after(share)}",
            completed=done,
            date=str(date),
        )

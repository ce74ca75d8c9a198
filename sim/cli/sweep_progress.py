"""Progress of a sweep: a bar with done, failed and time left; plain lines in a log file."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from sim.batch.progress import State

_LOG_EVERY_S = 10.0


class SweepBar:
    """Shows how far a sweep is; a context manager.

    On a terminal a bar; elsewhere a line when the phase changes, then one every ten seconds.

    Parameters
    ----------
    name
        Name of the sweep.
    """

    def __init__(self, name: str) -> None:
        self._console = Console(stderr=True)
        self._logged = 0.0
        self._phase = ""
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[said]}"),
            console=self._console,
            transient=True,
        )
        self._name = name
        self._task = self._bar.add_task(name, total=None, said="")

    def __enter__(self) -> SweepBar:
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

    def update(self, state: State) -> None:
        """Show how far it is."""
        if self._console.is_terminal:
            total = None if state.phase == "planning" else state.planned
            finished = state.done + state.failed
            self._bar.update(self._task, total=total, completed=finished, said=said(state))
            return
        now = time.monotonic()
        if state.phase != self._phase or now - self._logged >= _LOG_EVERY_S:
            self._phase, self._logged = state.phase, now
            self._console.print(f"{self._name}: {said(state)}", soft_wrap=True, highlight=False)


def said(state: State) -> str:
    """Say in a line how far a sweep is."""
    if state.phase == "planning":
        return f"planning, {state.planned} points"
    parts = [f"{state.done} of {state.planned} done"]
    if state.running:
        parts.append(f"{state.running} running")
    if state.failed:
        parts.append(f"{state.failed} failed")
    if state.phase != "running":
        parts.append(state.phase)
    elif state.seconds_left is not None:
        parts.append(f"{duration(state.seconds_left)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Write a duration in the unit that fits.

    Examples
    --------
    >>> duration(42.0), duration(500.0), duration(20000.0)
    ('42 s', '8 min 20 s', '5 h 33 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"

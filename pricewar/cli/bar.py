"""A bar on a terminal, a line now and then elsewhere: what all long commands show of themselves."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from rich.progress import Progress, ProgressColumn, TaskID

from pricewar.cli.terminal import Terminal

_LOG_EVERY_S = 10.0


class Bar:
    """Shows how far something is; a context manager.

    Parameters
    ----------
    columns
        What the bar consists of on a terminal.
    fields
        Name, total and further fields of its task.
    """

    def __init__(self, *columns: ProgressColumn, **fields: Any) -> None:
        self._console = Terminal(stderr=True)
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task: TaskID = self._progress.add_task(**fields)
        self._logged = time.monotonic()

    def __enter__(self) -> Self:
        """Show the bar."""
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        if self._console.is_terminal:
            self._progress.stop()

    def show(self, line: str, *, at_once: bool = False, **fields: Any) -> None:
        """Move the bar; elsewhere than on a terminal, print the line if ten seconds have passed.

        Parameters
        ----------
        line
            What a log says.
        at_once
            Print it whenever the last one was.
        fields
            What the bar shows.
        """
        if self._console.is_terminal:
            self._progress.update(self._task, **fields)
            return
        now = time.monotonic()
        if at_once or now - self._logged >= _LOG_EVERY_S:
            self._logged = now
            self._console.print(line, soft_wrap=True, highlight=False)


class TimeLeft:
    """Estimates the time left from the pace since the first report."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None

    def after(self, share: float) -> str:
        """Say how long the rest takes, as ``, 8 min 20 s left``; nothing before a pace is known.

        Parameters
        ----------
        share
            Part of the whole that is done, 0 to 1.
        """
        now = time.monotonic()
        if self._first is None:
            self._first = now, share
        begin, first = self._first
        if share - first < _FEWEST_SHARE:
            return ""
        return f", {duration((now - begin) * (1.0 - share) / (share - first))} left"


_FEWEST_SHARE = 0.01
"""Less than this tells no pace."""


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

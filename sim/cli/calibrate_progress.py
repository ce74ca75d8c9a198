"""Progress of a grid: a bar with what is measured and the time left; plain lines in a log file."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from analysis.compression.session import Step

_LOG_EVERY_S = 10.0


class GridBar:
    """Shows how far a grid is; a context manager.

    On a terminal a bar; elsewhere a line every ten seconds.
    """

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._logged = 0.0
        self._bar = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.description}"),
            console=self._console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=None)

    def __enter__(self) -> GridBar:
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

    def update(self, step: Step) -> None:
        """Show how far it is."""
        if self._console.is_terminal:
            self._bar.update(
                self._task, total=step.planned, completed=step.done, description=step.doing
            )
            return
        now = time.monotonic()
        if now - self._logged >= _LOG_EVERY_S:
            self._logged = now
            self._console.print(
                f"{step.done} of {step.planned} rows, {step.doing}", soft_wrap=True, highlight=False
            )

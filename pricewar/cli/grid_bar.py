"""Progress of a grid: a bar with what is measured and the time left; plain lines in a log file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn

from pricewar.cli.bar import Bar, TimeLeft

if TYPE_CHECKING:
    from analysis.compression.session import SessionProgress


class GridBar(Bar):
    """Shows how far a grid is."""

    def __init__(self) -> None:
        self._counted = ""
        self._left = TimeLeft()
        super().__init__(
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.description}", markup=False),
            description="",
            total=None,
        )

    def update(self, step: SessionProgress) -> None:
        """Show how far it is."""
        begins = step.counted != self._counted
        if begins:  # rows, their speeds and steps of training each have a pace
            self._counted, self._left = step.counted, TimeLeft()
        left = self._left.after(step.done / step.planned) if step.planned else ""
        self.show(
            f"{step.done} of {step.planned} {step.counted}, {step.doing or 'measuring'}{left}",
            at_once=begins,
            total=step.planned,
            completed=step.done,
            description=f"{step.counted} {step.doing}",
        )

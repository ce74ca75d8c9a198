"""Progress of a sweep: a bar with done, failed and time left; plain lines in a log file."""

from __future__ import annotations

from rich.progress import BarColumn, TextColumn

from pricewar.cli.bar import Bar, duration
from sim.batch.progress import State


class SweepBar(Bar):
    """Shows how far a sweep is; in a log file also whenever its phase changes.

    Parameters
    ----------
    name
        Name of the sweep.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._phase = ""
        super().__init__(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[said]}"),
            description=name,
            total=None,
            said="",
        )

    def update(self, state: State) -> None:
        """Show how far it is."""
        changed, self._phase = state.phase != self._phase, state.phase
        self.show(
            f"{self._name}: {said(state)}",
            at_once=changed,
            total=None if state.phase == "planning" else state.planned,
            completed=state.done + state.failed,
            said=said(state),
        )


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

"""Progress of runs and sweeps: a bar with done, failed and time left; plain lines in a log file."""

from __future__ import annotations

import datetime as dt
import time

from rich.progress import BarColumn, TextColumn

from pricewar.cli.bar import Bar, duration
from pricewar.cli.terminal import Terminal
from sim.batch.progress import State
from sim.scenario.scenario import Scenario


def announce_compilation() -> None:
    """Compile the user kernel if this machine has not yet, and say so, once."""
    from sim.users import kernel

    if kernel.is_compiled():
        return
    console = Terminal(stderr=True)
    console.print("Compiling the user kernel for this machine (once; some 10 to 20 seconds) ...")
    begin = time.perf_counter()
    kernel.warm_up()
    console.print(f"Compiled in {time.perf_counter() - begin:.0f} s.")


class StudyBar(Bar):
    """Shows how far a run or a sweep is, also in parts of runs.

    Parameters
    ----------
    name
        Name of the scenario or the design.
    scenario
        Given for a run: the date that a replication has reached is shown. A log file then gets no
        line when the phase changes, so that a run of seconds is silent.
    """

    def __init__(self, name: str, scenario: Scenario | None = None) -> None:
        self._name, self._scenario = name, scenario
        self._phase = ""
        super().__init__(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            description=name,
            total=None,
            state="",
        )

    def update(self, state: State) -> None:
        """Show how far it is."""
        changed, self._phase = state.phase != self._phase, state.phase
        line = line_of(state)
        if self._scenario is not None and state.phase == "running" and state.latest is not None:
            days = int(state.latest * self._scenario.duration_days)
            line += f", simulated date {self._scenario.start_date + dt.timedelta(days=days)}"
        self.show(
            f"{self._name}: {line}",
            at_once=changed and self._scenario is None,
            total=None if state.phase == "planning" else state.planned,
            completed=state.done + state.failed + state.partial,
            state=line,
        )


def line_of(state: State) -> str:
    """Say in a line how far a run or a sweep is."""
    if state.phase == "planning":
        return f"planning, {state.planned} points"
    parts = [f"{state.done} of {state.planned} done"]
    if state.running:
        parts.append(f"{state.running} running")
    if state.failed:
        parts.append(f"{state.failed} failed")
    if state.phase != "running":
        parts.append(state.phase)
        return ", ".join(parts)
    parts.append(f"{(state.done + state.failed + state.partial) / state.planned:.0%}")
    if state.seconds_left is not None:
        parts.append(f"{duration(state.seconds_left)} left")
    return ", ".join(parts)

"""Progress of runs and sweeps: a bar with done, failed and time left; plain lines in a log file."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from rich.progress import BarColumn, TextColumn

from analysis.words import counted
from pricewar.cli.bar import Bar, duration
from sim.batch.executor import Executor
from sim.batch.progress import State
from sim.scenario.scenario import Scenario


class DoingBar(Bar):
    """Shows what is being done, and how much of the whole is."""

    def __init__(self) -> None:
        super().__init__(
            BarColumn(),
            TextColumn("{task.description}", markup=False),
            description="loading",
            total=None,
        )

    def show_step(self, doing: str, share: float) -> None:
        """Show what is done next.

        Parameters
        ----------
        doing
            What it is: ``drawing figure 3 of 9: Prices``.
        share
            Part of the whole that is done, 0 to 1.
        """
        self.show(f"{doing} ...", description=doing, total=1.0, completed=share)


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
            state="loading",
        )

    def before(self, start: Callable[[], Executor]) -> Callable[[], Executor]:
        """Return what compiles the user kernel where that is needed, and then starts workers."""

        def compiled() -> Executor:
            self.compile_kernel()
            return start()

        return compiled

    def compile_kernel(self) -> None:
        """Compile the user kernel if this machine has not yet, and say so, once."""
        self._show_phase("loading the user kernel")
        from sim.users import kernel

        if kernel.is_compiled():
            return
        self._show_phase("compiling the user kernel (once a machine, about a minute)", at_once=True)
        begin = time.perf_counter()
        kernel.warm_up()
        self._show_phase(f"compiled in {time.perf_counter() - begin:.0f} s", at_once=True)

    def _show_phase(self, doing: str, *, at_once: bool = False) -> None:
        self.show(f"{self._name}: {doing}", at_once=at_once, total=None, state=doing)

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
        return f"planning, {counted(state.planned, 'point')}"
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

"""Measuring a scenario: a replication to warm up and to sample the kernel, then the timed ones."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.profile.kernel_events import CLOCKS, EventCosts, EventCounter, EventSampler
from sim.profile.mechanisms import KERNEL, MECHANISMS, REST, Function, replaced
from sim.profile.profile import MechanismTime, Profile
from sim.profile.stopwatch import Stopwatch
from sim.record import shard
from sim.record.shelf import LocalShelf
from sim.scenario.scenario import Scenario
from sim.simulation import Simulation
from sim.users import kernel
from sim.users.records import MIGRATION

Report = Callable[[int, float], None]
"""Called with the number of the replication, the first one included, and its simulated time."""

_MIGRATION = "migration"
_CALLS = "each call"
_REPORTING = "reporting"
"""Telling the caller how far it is: no part of a replication."""

_CAUSES = {
    "awareness": "users hear of the market from others or by themselves",
    "review": "users compare what is on offer",
    "review on news": "users compare because of a launch or a price cut",
    "usage": "users adjust how much they use",
    "churn": "users give up, or do not",
    _CALLS: "handing over to compiled code, integrating totals over time",
    _MIGRATION: "users of withdrawn products choose anew",
}


class TimedReplication(NamedTuple):
    """One timed replication.

    Attributes
    ----------
    stopwatch
        What mechanisms took.
    kernel_events
        (6,) Candidate events of users by cause.
    tables
        Its results, which are those of a replication without timers.
    """

    stopwatch: Stopwatch
    kernel_events: NDArray[np.int64]
    tables: dict[str, pa.Table]

    @property
    def whole_ns(self) -> int:
        """All of its time, without that of reporting."""
        return self.stopwatch.whole_ns - self.stopwatch.spent_ns[_REPORTING]


def measure(scenario: Scenario, repeats: int, report: Report) -> Profile:
    """Measure where the processor time of a scenario's replications goes.

    Replication 0 is run once without timers: it warms the processor's and the libraries' caches
    and samples what the kernel's events take. Then replications 0 to ``repeats`` - 1 are timed,
    with the scenario's seed.

    Parameters
    ----------
    scenario
        What to run.
    repeats
        How many replications are timed, at least 1.
    report
        Called with how far it is; its own time is left out.
    """
    kernel.warm_up()
    with TemporaryDirectory() as folder:
        costs = _sample(scenario, Path(folder), partial(report, 0))
        measured = [
            timed_replication(scenario, number, Path(folder), partial(report, number + 1))
            for number in range(repeats)
        ]
    return _profile(scenario, measured, costs)


def timed_replication(
    scenario: Scenario,
    number: int,
    folder: Path,
    report: Callable[[float], None],
    clock: Callable[[], int] = time.thread_time_ns,
) -> TimedReplication:
    """Run one replication under the stopwatch, and write its tables.

    Parameters
    ----------
    scenario, number
        Which replication.
    folder
        Where its files go.
    report
        Called with the simulated time; its own time is left out.
    clock
        Returns nanoseconds.
    """
    stopwatch = Stopwatch(clock)
    counter = EventCounter(kernel.execute, stopwatch, KERNEL, _MIGRATION)

    def wrap(name: str, function: Function) -> Function:
        return counter.execute if name == KERNEL else stopwatch.timed(name, function)

    gc.collect()  # what earlier replications left behind is none of this one's work
    with replaced(wrap):
        stopwatch.begin(REST)
        try:
            tables = _run(scenario, number, folder, stopwatch.timed(_REPORTING, report))
        finally:
            stopwatch.end()
    return TimedReplication(stopwatch, counter.events, tables)


def _sample(scenario: Scenario, folder: Path, report: Callable[[float], None]) -> EventCosts:
    sampler = EventSampler(kernel.execute)
    with replaced(lambda name, function: sampler.execute if name == KERNEL else function):
        _run(scenario, 0, folder, report)
    return sampler.costs


def _run(
    scenario: Scenario, number: int, folder: Path, report: Callable[[float], None]
) -> dict[str, pa.Table]:
    simulation = Simulation(scenario, scenario.seed, number)
    simulation.run(report)
    tables = simulation.recorder.tables()
    name = f"{number:05d}"
    files = shard.shard_files([shard.RunTables(name, 0.0, tables)])
    LocalShelf(folder).put(name, files, lambda: True)
    return tables


def _profile(
    scenario: Scenario, measured: Sequence[TimedReplication], costs: EventCosts
) -> Profile:
    causes, estimated_share = _kernel(measured, costs)
    parts = [
        _part(name, mechanism.meaning, measured)
        for name, mechanism in MECHANISMS.items()
        if name != KERNEL
    ]
    kernel_calls = _part(KERNEL, "", measured).calls
    parts.append(
        MechanismTime(
            KERNEL,
            MECHANISMS[KERNEL].meaning,
            _added([part.milliseconds for part in causes]),
            tuple(map(sum, zip(kernel_calls, _part(_MIGRATION, "", measured).calls, strict=True))),
            _largest_first(causes),
        )
    )
    whole = MechanismTime(
        "whole replication",
        "build, run, make the tables, write them",
        tuple(one.whole_ns / 1e6 for one in measured),
        (1,) * len(measured),
    )
    return Profile(
        scenario=scenario.name,
        users=scenario.population.users,
        seed=scenario.seed,
        whole=whole,
        parts=_largest_first(parts),
        kernel_estimated_share=estimated_share,
    )


def _kernel(
    measured: Sequence[TimedReplication], costs: EventCosts
) -> tuple[list[MechanismTime], tuple[float, ...]]:
    """Divide the kernel's time by cause; returns the parts, and how near the estimates came."""
    names = (*CLOCKS, _CALLS)
    divided, counted, estimated_share = [], [], []
    for one in measured:
        spent_ns, calls = one.stopwatch.spent_ns[KERNEL], one.stopwatch.calls[KERNEL]
        events = one.kernel_events[: len(CLOCKS)]
        divided.append(costs.shares(events, calls) * spent_ns / 1e6)
        counted.append([*events.tolist(), calls])
        estimated_share.append(float(costs.estimated_ns(events, calls).sum()) / max(spent_ns, 1))
    parts = [
        MechanismTime(name, _CAUSES[name], tuple(map(float, spent_ms)), tuple(calls))
        for name, spent_ms, calls in zip(
            names, zip(*divided, strict=True), zip(*counted, strict=True), strict=True
        )
    ]
    migration = _part(_MIGRATION, _CAUSES[_MIGRATION], measured)
    migrants = tuple(int(one.kernel_events[MIGRATION]) for one in measured)
    return [*parts, replace(migration, calls=migrants)], tuple(estimated_share)


def _part(name: str, meaning: str, measured: Sequence[TimedReplication]) -> MechanismTime:
    return MechanismTime(
        name,
        meaning,
        tuple(one.stopwatch.spent_ns[name] / 1e6 for one in measured),
        tuple(one.stopwatch.calls[name] for one in measured),
    )


def _added(columns: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(map(sum, zip(*columns, strict=True)))


def _largest_first(parts: Sequence[MechanismTime]) -> tuple[MechanismTime, ...]:
    return tuple(sorted(parts, key=lambda part: part.median_ms, reverse=True))

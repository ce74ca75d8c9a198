"""The kernel's time by cause of event: what is counted, and what has to be estimated.

The kernel is compiled as a whole and cannot be timed from within. The number of events of each
cause is known exactly. What one takes is measured apart, on copies: before every third call of one
replication the users are copied as they stand, and each clock ticks alone through the interval
that comes, under the offers of that moment; the same call without any clock is taken off. The time
of the kernel in a timed replication is then divided by count times cost. Migration has calls of its
own and is measured directly.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.profile.stopwatch import Stopwatch
from sim.users.records import MIGRATION, World

CLOCKS = ("awareness", "review", "review on news", "usage", "churn")
"""Causes of events that have a clock, in the order of ``World.clocks``."""

SAMPLED_EVERY = 3
"""Calls of the kernel of which one is sampled."""

Execute = Callable[[float, float, bool, World], None]


class EventCosts(NamedTuple):
    """What the kernel's work takes.

    Attributes
    ----------
    event_ns
        (5,) Nanoseconds of an event of each clock; 0 where none was seen.
    call_ns
        Nanoseconds of a call in which nothing happens.
    """

    event_ns: NDArray[np.float64]
    call_ns: float

    def shares(self, events: NDArray[np.int64], calls: int) -> NDArray[np.float64]:
        """Divide the kernel's time among events of the five clocks and the calls themselves.

        Parameters
        ----------
        events
            (5,) Events of each clock.
        calls
            Calls of the kernel.

        Returns
        -------
        NDArray
            (6,) Shares in proportion to count times cost, the last that of the calls.
        """
        estimated_ns = self.estimated_ns(events, calls)
        total_ns = estimated_ns.sum()
        if total_ns > 0.0:
            return np.asarray(estimated_ns / total_ns)
        return np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])

    def estimated_ns(self, events: NDArray[np.int64], calls: int) -> NDArray[np.float64]:
        """Return count times cost of the five clocks and of the calls, (6,)."""
        return np.append(events * self.event_ns, calls * self.call_ns)


class EventSampler:
    """Takes the kernel's place in one replication, and measures what its events take.

    Parameters
    ----------
    execute
        The kernel.
    clock
        Returns nanoseconds.
    """

    def __init__(self, execute: Execute, clock: Callable[[], int] = time.thread_time_ns) -> None:
        self._execute = execute
        self._clock = clock
        self._calls = self._samples = 0
        self._alone_ns = np.zeros(len(CLOCKS) + 1, np.int64)  # the last without any clock
        self._events = np.zeros(len(CLOCKS), np.int64)

    def execute(self, now_days: float, until_days: float, migrate: bool, world: World) -> None:
        """Execute all events; of some calls, first measure each clock alone on a copy."""
        if not migrate:
            if self._calls % SAMPLED_EVERY == 0:
                self._sample(now_days, until_days, world)
            self._calls += 1
        self._execute(now_days, until_days, migrate, world)

    @property
    def costs(self) -> EventCosts:
        """What has been measured so far."""
        idle_ns = int(self._alone_ns[-1])
        busy_ns = np.maximum(self._alone_ns[:-1] - idle_ns, 0)
        return EventCosts(busy_ns / np.maximum(self._events, 1), idle_ns / max(self._samples, 1))

    def _sample(self, now_days: float, until_days: float, world: World) -> None:
        """Measure each clock and none, by turns in another order: the first finds caches cold."""
        turns = len(CLOCKS) + 1
        for turn in range(turns):
            cause = (turn + self._samples) % turns
            self._alone_ns[cause] += self._let_tick(cause, now_days, until_days, world)
        self._samples += 1

    def _let_tick(self, cause: int, now_days: float, until_days: float, world: World) -> int:
        """Let one clock alone tick on a copy of all that changes; returns nanoseconds."""
        alone = copied(world)
        others = np.arange(len(CLOCKS)) != cause
        alone.clocks["next_days"][others] = np.inf
        before = alone.clocks["ordinal"].astype(np.int64)
        begin_ns = self._clock()
        self._execute(now_days, until_days, False, alone)
        taken_ns = self._clock() - begin_ns
        self._events += alone.clocks["ordinal"].astype(np.int64) - before
        return taken_ns


class EventCounter:
    """Takes the kernel's place in a timed replication, and counts its events by cause.

    Parameters
    ----------
    execute
        The kernel.
    stopwatch
        What times it.
    name, migration
        Who the time belongs to: of ordinary calls, and of those that let users migrate.

    Attributes
    ----------
    events
        (6,) Candidate events by cause.
    """

    def __init__(self, execute: Execute, stopwatch: Stopwatch, name: str, migration: str) -> None:
        self.events = np.zeros(MIGRATION + 1, np.int64)
        self._execute = execute
        self._stopwatch = stopwatch
        self._name = name
        self._migration = migration

    def execute(self, now_days: float, until_days: float, migrate: bool, world: World) -> None:
        """Execute all events, and count them."""
        before = int(world.totals.counts[1])
        self._stopwatch.begin(self._migration if migrate else self._name)
        try:
            self._execute(now_days, until_days, migrate, world)
        finally:
            self._stopwatch.end()
        if migrate:
            self.events[MIGRATION] += int(world.totals.counts[1]) - before
        self.events[: len(CLOCKS)] = world.clocks["ordinal"]


def copied(world: World) -> World:
    """Return a world of its own users, totals and clocks; what the kernel only reads is shared."""
    return world._replace(
        users=deepcopy(world.users),
        totals=deepcopy(world.totals),
        clocks=world.clocks.copy(),
        scratch=deepcopy(world.scratch),
    )

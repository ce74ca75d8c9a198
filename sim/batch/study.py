"""What is to be run: the interface that a single scenario and a design of many points share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from sim.batch.orders import Orders
from sim.batch.plan import Plan, PlannedPoint, PlannedRun
from sim.scenario.scenario import Scenario


class Study(Protocol):
    """Plans runs, and builds the scenario of each."""

    @property
    def shares_shards(self) -> bool:
        """Whether many runs stand in a shard: where shards are the result itself, it pays."""

    def fingerprint(self, orders: Orders) -> str:
        """Return a digest of all that decides the plan."""

    def plan(self, orders: Orders, fingerprint: str, progress: Callable[[int], None]) -> Plan:
        """Make the plan.

        Parameters
        ----------
        orders
            What was asked for.
        fingerprint
            From `fingerprint`.
        progress
            Called with the number of points planned so far.
        """

    def record(self) -> Mapping[str, Any]:
        """Return what the record in the folder states about it, by key."""

    def shard_name(self, prefix: str, number: int, first: PlannedRun) -> str:
        """Return the name of a new shard.

        Parameters
        ----------
        prefix
            What the names of an engine's shards may begin with; no two engines have the same.
        number
            Counts the shards of the engine.
        first
            The first run in it.
        """

    def texts(self) -> Mapping[str, str]:
        """Return the texts that are kept beside the plan, by name of the file."""

    def files_beside(self) -> Mapping[str, bytes]:
        """Return the files that ``resolved.yaml`` names, by their path in the folder."""

    def scenario(self, point: PlannedPoint) -> Scenario:
        """Build the scenario of a point of the plan; points are asked for in order."""

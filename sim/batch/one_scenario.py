"""A run as a study: one point, the scenario as it stands."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.batch.orders import Orders
from sim.batch.plan import Plan, PlannedPoint, PlannedRun
from sim.batch.run_key import code_version, scenario_key
from sim.scenario.scenario import Scenario


@dataclass(frozen=True)
class OneScenario:
    """All replications of one scenario, with the seed that it states."""

    of: Scenario
    shares_shards = False

    def fingerprint(self, orders: Orders) -> str:  # noqa: ARG002
        """Return a digest of the scenario, with seed and replications, and of the program."""
        parts = (scenario_key(self.of), self.of.seed, self.of.replications, code_version())
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def plan(
        self,
        orders: Orders,  # noqa: ARG002
        fingerprint: str,
        progress: Callable[[int], None],
    ) -> Plan:
        """Plan the scenario's replications as those of a single point."""
        point = PlannedPoint(0, 0, 0, scenario_key(self.of), {}, self.of.replications)
        progress(1)
        return Plan((point,), (), self.of.seed, code_version(), fingerprint, 0)

    def record(self) -> Mapping[str, Any]:
        """Return the scenario's name."""
        return {"name": self.of.name, "scenario": self.of.name}

    def shard_name(self, prefix: str, number: int, first: PlannedRun) -> str:  # noqa: ARG002
        """Return the number of the replication, which stands in its shard alone.

        Whoever stores a replication stores the same rows, so the names of two engines may agree.
        """
        return f"{first.replication:05d}"

    def texts(self) -> Mapping[str, str]:
        """Return nothing: ``resolved.yaml`` is part of the run's folder."""
        return {}

    def files_beside(self) -> Mapping[str, bytes]:
        """Return nothing: they stand in the run's folder, beside ``resolved.yaml``."""
        return {}

    def scenario(self, point: PlannedPoint) -> Scenario:  # noqa: ARG002
        """Return the scenario, without its origin: workers do not need it."""
        return self.of.untraced()

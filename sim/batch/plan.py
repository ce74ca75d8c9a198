"""The plan: every run of a sweep, registered before the first one begins."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from sim.batch.designs.axis import Value
from sim.batch.run_key import run_key
from sim.record.arrow import to_column

_TYPES = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.string(),
    dt.date: pa.date32(),
}
"""Type of a parameter's column, by that of its values."""


@dataclass(frozen=True, slots=True)
class PlannedPoint:
    """A point of the design.

    Attributes
    ----------
    index
        Number of the point, from zero.
    block, step
        Which block of the design's sequence it belongs to, and its place there: a trajectory of
        Morris, a block of Saltelli.
    key
        Hash of the resolved scenario.
    values
        Value of each parameter.
    replications
        How often it is run.
    """

    index: int
    block: int
    step: int
    key: str
    values: Mapping[str, Value]
    replications: int


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A run of a point."""

    run_id: str
    point: PlannedPoint
    replication: int


@dataclass(frozen=True, slots=True)
class Plan:
    """All points of a sweep, and what else decides the identity of its runs.

    Attributes
    ----------
    points
        In order.
    parameters
        Names of the parameters, in order.
    seed
        Seed of all runs.
    code
        Version of the program.
    fingerprint
        Digest of what the points were made from.
    refused
        How many points constraints, or the scenario itself, refused.
    """

    points: tuple[PlannedPoint, ...]
    parameters: tuple[str, ...]
    seed: int
    code: str
    fingerprint: str
    refused: int

    def __len__(self) -> int:
        """How many runs there are."""
        return sum(point.replications for point in self.points)

    def runs(self) -> Iterator[PlannedRun]:
        """Iterate over all runs, points in order, replications in order."""
        for point in self.points:
            yield from self.runs_of(point)

    def runs_of(self, point: PlannedPoint) -> Iterator[PlannedRun]:
        """Iterate over the runs of a point."""
        for replication in range(point.replications):
            run_id = run_key(point.key, self.seed, replication, self.code)
            yield PlannedRun(run_id, point, replication)

    def with_replications(self, replications: Mapping[int, int]) -> Plan:
        """Return a plan in which points, by number, are run as often as is given."""
        points = tuple(
            replace(point, replications=replications.get(point.index, point.replications))
            for point in self.points
        )
        return replace(self, points=points)

    def table(self) -> pa.Table:
        """Return the plan with a row a run."""
        runs = list(self.runs())
        columns: dict[str, pa.Array] = {
            "run_id": to_column([run.run_id for run in runs], pa.string()),
            "point": to_column([run.point.index for run in runs], pa.int32()),
            "replication": to_column([run.replication for run in runs], pa.int32()),
            "block": to_column([run.point.block for run in runs], pa.int32()),
            "step": to_column([run.point.step for run in runs], pa.int32()),
            "scenario_sha256": to_column([run.point.key for run in runs], pa.string()),
        }
        for name in self.parameters:
            columns[name] = _column([run.point.values[name] for run in runs])
        metadata = {
            "seed": self.seed,
            "code": self.code,
            "fingerprint": self.fingerprint,
            "refused": self.refused,
            "parameters": self.parameters,
        }
        return pa.table(columns).replace_schema_metadata({"pricewar": json.dumps(metadata)})

    @classmethod
    def of_table(cls, table: pa.Table) -> Plan:
        """Read a plan back from its table.

        Raises
        ------
        KeyError, ValueError
            If the table is no plan.
        """
        metadata = json.loads((table.schema.metadata or {})[b"pricewar"])
        points: dict[int, PlannedPoint] = {}
        columns = [table.column(name).to_pylist() for name in metadata["parameters"]]
        fixed = [
            table.column(name).to_pylist() for name in ("point", "block", "step", "scenario_sha256")
        ]
        for row, (point, block, step, key) in enumerate(zip(*fixed, strict=True)):
            known = points.get(point)
            if known is not None:
                points[point] = replace(known, replications=known.replications + 1)
                continue
            values = dict(
                zip(metadata["parameters"], (column[row] for column in columns), strict=True)
            )
            points[point] = PlannedPoint(point, block, step, key, values, 1)
        return cls(
            tuple(points.values()),
            tuple(metadata["parameters"]),
            metadata["seed"],
            metadata["code"],
            metadata["fingerprint"],
            metadata["refused"],
        )


def _column(values: Sequence[Any]) -> pa.Array:
    """Return a parameter's values in the narrowest type that holds them all; text if none does."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        kinds = {float}
    if not kinds:
        return to_column(values, pa.string())
    if len(kinds) == 1 and (kind := _TYPES.get(*kinds)) is not None:
        return to_column(values, kind)
    return to_column(
        [value if isinstance(value, str) else json.dumps(value, default=str) for value in values],
        pa.string(),
    )

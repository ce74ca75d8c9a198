"""A design as a study: points whose scenarios are accepted and hashed, then built again to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from sim.batch.constraint import BadConstraintError
from sim.batch.design_file import Space, fingerprint
from sim.batch.designs.axis import Block, Point
from sim.batch.orders import Orders
from sim.batch.plan import Plan, PlannedPoint, PlannedRun
from sim.batch.run_key import code_version, scenario_key
from sim.errors import ResultError, ScenarioError, UsageError
from sim.scenario.outside import code_files
from sim.scenario.scenario import Scenario
from sim.scenario.tie_files import tie_file
from sim.scenario.writer import to_yaml

MOST_RUNS = 5_000_000
"""Most runs of one sweep."""
_DRAWS_PER_POINT = 200


def make_plan(
    space: Space,
    mark: str,
    *,
    replications: int | None = None,
    seed: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Plan:
    """Visit every point of a design and hash its scenario.

    Parameters
    ----------
    space
        The design.
    mark
        Digest of what it was made from.
    replications, seed
        Override the design's, which override the scenario's.
    progress
        Called with the number of points so far.

    Raises
    ------
    ScenarioError
        If the scenario does not accept a point of a design that names its points.
    UsageError
        If no point keeps the constraints, or there are too many.
    """
    design, scenario = space.design, space.base
    count = replications or design.replications or scenario.replications
    if seed is None:
        seed = scenario.seed if design.seed is None else design.seed
    points: list[PlannedPoint] = []
    kept = refused = 0
    wanted = design.wanted()
    last: Exception | None = None
    for number, block in enumerate(space.blocks()):
        if wanted is not None and kept == wanted:
            break
        if wanted is not None and number > _DRAWS_PER_POINT * wanted + 1000:
            raise UsageError(
                f"{design.name}: of {number} draws only {kept} are accepted, "
                f"{wanted} are wanted.\n  {last or 'Constraints refuse the rest.'}"
            ) from last
        try:
            keys = _keys(space, block)
        except ScenarioError as error:
            if not design.redraws:
                raise
            keys, last = None, error
        if keys is None:
            refused += 1 if wanted is not None else len(block)
            continue
        kept += 1
        for step, (point, key) in enumerate(zip(block, keys, strict=True)):
            values = {name: level.value for name, level in point.items()}
            points.append(PlannedPoint(len(points), number, step, key, values, count))
        if len(points) * count > MOST_RUNS:
            raise UsageError(f"{design.name}: a sweep has at most {MOST_RUNS:,} runs.")
        if progress is not None:
            progress(len(points))
    if not points:
        raise UsageError(f"{design.name}: no point keeps the constraints.")
    names = tuple(axis.name for axis in space.axes)
    return Plan(tuple(points), names, seed, code_version(), mark, refused)


def _keys(space: Space, block: Block) -> list[str] | None:
    """Hash the scenarios of a block; None if a constraint refuses one of its points."""
    try:
        if not all(space.accepts(point) for point in block):
            return None
    except BadConstraintError as error:
        raise UsageError(f"{space.design.name}: a constraint {error}.") from error
    return [scenario_key(space.load(point)) for point in block]


class DesignStudy:
    """All points of a design; their scenarios are built when they are asked for, in order.

    Parameters
    ----------
    space
        The design.
    """

    shares_shards = True

    def __init__(self, space: Space) -> None:
        self._space = space
        self._blocks: Iterator[tuple[int, Block]] = iter(())
        self._at: tuple[int, Block] = (-1, ())
        self._last: tuple[str, Scenario] | None = None

    def fingerprint(self, orders: Orders) -> str:
        """Return a digest of the design's files, of what was asked for, and of the program."""
        asked = (tuple(orders.overrides), tuple(orders.do))
        return fingerprint(self._space, *asked, orders.replications, orders.seed, code_version())

    def plan(self, orders: Orders, fingerprint: str, progress: Callable[[int], None]) -> Plan:
        """Visit every point and hash its scenario."""
        return make_plan(
            self._space,
            fingerprint,
            replications=orders.replications,
            seed=orders.seed,
            progress=progress,
        )

    def record(self) -> Mapping[str, Any]:
        """Return what the design is, how its points lie, and the scenario's name."""
        design, contrast = self._space.design, self._space.contrast
        return {
            "name": design.name,
            "title": design.title,
            "question": design.question,
            "kind": design.kind,
            "scenario": self._space.base.name,
            "axes": {axis.name: axis.record() for axis in self._space.axes},
            "contrast": None if contrast is None else contrast.name,
            "layout": dict(design.layout()),
        }

    def shard_name(self, prefix: str, number: int, first: PlannedRun) -> str:  # noqa: ARG002
        """Return a name that no other engine gives."""
        return f"{prefix}-{number:06d}"

    def texts(self) -> Mapping[str, str]:
        """Return the design as it was read, and the scenario without its parameters."""
        return {"design.yaml": self._space.text, "resolved.yaml": to_yaml(self._space.base)}

    def files_beside(self) -> Mapping[str, bytes]:
        """Return the files that ``resolved.yaml`` names."""
        return code_files(self._space.base) | tie_file(self._space.base)

    def scenario(self, point: PlannedPoint) -> Scenario:
        """Build the scenario of a point.

        Raises
        ------
        ResultError
            If the design's files changed since the plan was made.
        """
        if self._last is not None and self._last[0] == point.key:
            return self._last[1]
        scenario = self._space.load(self._point(point)).untraced()
        if scenario_key(scenario) != point.key:
            raise ResultError(
                f"{self._space.design.name}: the design or its scenario changed while the sweep "
                "was running.\n  Continue with --resume."
            )
        self._last = point.key, scenario
        return scenario

    def _point(self, point: PlannedPoint) -> Point:
        if point.block < self._at[0] or self._at[0] < 0:
            self._blocks = enumerate(self._space.blocks())
            self._at = next(self._blocks)
        if point.block > self._at[0]:
            self._at = next(islice(self._blocks, point.block - self._at[0] - 1, None))
        return self._at[1][point.step]

"""Making a plan: from a design to points whose scenarios are accepted and hashed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from sim.batch.constraint import BadConstraintError
from sim.batch.design_file import Space
from sim.batch.designs.axis import Block, Point
from sim.batch.plan import Plan, PlannedPoint
from sim.batch.run_key import code_version, scenario_key
from sim.errors import ResultError, ScenarioError, UsageError
from sim.scenario.scenario import Scenario

MOST_RUNS = 5_000_000
"""Most runs of one sweep."""
_DRAWS_PER_POINT = 200


def make_plan(
    space: Space,
    fingerprint: str,
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
    fingerprint
        Digest of what it was made from.
    replications, seed
        In place of the design's, and the scenario's, own.
    progress
        Told how many points there are so far.

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
    for number, block in enumerate(design.blocks(space.axes)):
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
    return Plan(tuple(points), names, seed, code_version(), fingerprint, refused)


def _keys(space: Space, block: Block) -> list[str] | None:
    """Hash the scenarios of a block; None if a constraint refuses one of its points."""
    try:
        if not all(space.accepts(point) for point in block):
            return None
    except BadConstraintError as error:
        raise UsageError(f"{space.design.name}: a constraint {error}.") from error
    return [scenario_key(space.load(point)) for point in block]


class Scenarios:
    """The scenarios of a plan's points, built again when they are asked for, in order.

    Parameters
    ----------
    space
        The design from which the plan was made.
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        self._blocks: Iterator[tuple[int, Block]] = iter(())
        self._at: tuple[int, Block] = (-1, ())
        self._last: tuple[str, Scenario] | None = None

    def at(self, point: PlannedPoint) -> Scenario:
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
                "was running.\n  Go on with --resume."
            )
        self._last = point.key, scenario
        return scenario

    def _point(self, point: PlannedPoint) -> Point:
        if point.block < self._at[0] or self._at[0] < 0:
            self._blocks = enumerate(self._space.design.blocks(self._space.axes))
            self._at = next(self._blocks)
        if point.block > self._at[0]:
            self._at = next(islice(self._blocks, point.block - self._at[0] - 1, None))
        return self._at[1][point.step]

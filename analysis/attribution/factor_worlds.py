"""Outcomes of the worlds of a sweep of factors, by world and replication."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.quantities import QUANTITIES, Quantity
from sim.errors import ResultError
from sim.files.folder_kinds import belongs_to
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.sweep import Sweep


@dataclass(frozen=True)
class FactorOutcomes:
    """Outcomes of worlds in which factors are on or off. R replications, K quantities.

    Attributes
    ----------
    factors
        Names; the first is bit 0 of a world's number.
    quantities
        What was measured.
    by_world
        (R, K) by number of the world; NaN where a replication has not the quantity.
    replications
        Numbers of the replications that all worlds have.
    orders
        Worlds along each sampled order, from none to all; empty: all worlds are there.
    """

    factors: tuple[str, ...]
    quantities: tuple[Quantity, ...]
    by_world: dict[int, FloatArray]
    replications: tuple[int, ...]
    orders: tuple[tuple[int, ...], ...]

    @property
    def all_on(self) -> int:
        """Number of the world with all factors."""
        return (1 << len(self.factors)) - 1


def factor_outcomes(sweep: Sweep, quantities: tuple[Quantity, ...] = QUANTITIES) -> FactorOutcomes:
    """Measure the worlds of a sweep whose parameters are factors.

    Parameters
    ----------
    sweep
        Of a design of kind ``factors``.
    quantities
        What to measure.

    Raises
    ------
    ResultError
        If the parameters are not factors, that are on or off; or a world has no finished run.
    """
    plan = sweep.plan
    names = tuple(sweep.parameters)
    if not names or any(plan[name].dtype != bool for name in names):
        raise ResultError(
            f"{sweep.path}: is not a sweep of factors, which are on or off.\n"
            f"  {belongs_to(Path(sweep.path))}"
        )
    points = plan.drop_duplicates("point").set_index("point").sort_index()
    bits = 1 << np.arange(len(names))
    worlds = {
        int(point): int(number)
        for point, number in zip(points.index, points[list(names)].to_numpy() @ bits, strict=True)
    }
    common = _common_replications(sweep, plan, worlds)
    measured = _measured(sweep.market, quantities, common)
    by_world = {world: measured[point] for point, world in worlds.items()}
    return FactorOutcomes(names, quantities, by_world, common, _orders(points, worlds, len(names)))


def _common_replications(
    sweep: Sweep, plan: pd.DataFrame, worlds: dict[int, int]
) -> tuple[int, ...]:
    done = plan[plan["state"] == "done"]
    counts = done.groupby("replication")["point"].nunique()
    common = tuple(int(number) for number in counts.index[counts == len(worlds)])
    if not common:
        missing = len(plan) - len(done)
        raise ResultError(
            f"{sweep.path}: no replication has finished in all {len(worlds)} worlds; {missing} of "
            f"{len(plan)} runs are missing.\n  Continue the sweep with --resume."
        )
    return common


def _measured(
    market: pd.DataFrame, quantities: tuple[Quantity, ...], replications: tuple[int, ...]
) -> dict[int, FloatArray]:
    """Measure each point: (R, K) by number of the point."""
    kept = market[market["replication"].isin(replications)]
    step = max(replications) + 1
    rows = kept.assign(replication=kept["point"] * step + kept["replication"])
    runs = np.sort(rows["replication"].unique())
    table = np.column_stack([one.measure(rows).reindex(runs).to_numpy(float) for one in quantities])
    point_of: NDArray[np.int64] = runs // step
    return {int(point): table[point_of == point] for point in np.unique(point_of)}


def _orders(
    points: pd.DataFrame, worlds: dict[int, int], count: int
) -> tuple[tuple[int, ...], ...]:
    """Return the worlds along each block that goes from none to all; none where all are there."""
    if len(set(worlds.values())) == 2**count:
        return ()
    found = []
    for _, block in points.groupby("block"):
        walk = tuple(worlds[int(point)] for point in block.sort_values("step").index)
        if [world.bit_count() for world in walk] == list(range(count + 1)):
            found.append(walk)
    if not found:
        raise ResultError(
            "the sweep has neither all worlds of its factors nor an order of them, none to all."
        )
    return tuple(found)

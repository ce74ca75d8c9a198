"""What a sweep's points come to: outcomes by point and replication, joined by the plan's keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.outcomes import Outcome
from analysis.sensitivity.design_axis import DesignAxis
from analysis.sensitivity.pool import Pool
from analysis.sensitivity.sweep_outcomes import added, hosts_among, outcomes_of_points
from sim.errors import ResultError
from sim.nearest import offer
from sim.quantities import FloatArray
from sim.record.sweep_folder import SweepFolder

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.sweep import Sweep


@dataclass(frozen=True, slots=True)
class MissingPoint:
    """A point of which not all runs have finished, and why."""

    point: int
    values: Mapping[str, object]
    why: str

    def __str__(self) -> str:
        """Write its number, parameters and the reason in one line."""
        at = ", ".join(
            f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
            for name, value in self.values.items()
        )
        return f"point {self.point} ({at}): {self.why}"


@dataclass(frozen=True)
class Responses:
    """Outcomes of the points of a sweep.

    Attributes
    ----------
    name
        Of the sweep's design.
    kind
        Of the design.
    layout
        What the design states of how its points lie.
    axes
        Its parameters, k of them; that of a contrast is none of them.
    contrast
        Name of the contrast; empty if there is none.
    points
        A row a point: ``point``, ``block``, ``step``, and a column a parameter.
    outcomes
        What was measured.
    values
        By the name of the outcome, shape [P, R]; NaN where a run is missing.
    missing
        Points that are left out, with the reasons.
    """

    name: str
    kind: str
    layout: Mapping[str, Any]
    axes: tuple[DesignAxis, ...]
    contrast: str
    points: pd.DataFrame
    outcomes: tuple[Outcome, ...]
    values: Mapping[str, FloatArray]
    missing: tuple[MissingPoint, ...]

    @cached_property
    def shares(self) -> FloatArray:
        """Where each point lies along each parameter, shape [P, k]."""
        columns = [axis.shares(self.points[axis.name].tolist()) for axis in self.axes]
        return np.stack(columns, axis=1)

    @property
    def replications(self) -> int:
        """Replications of each point."""
        return int(next(iter(self.values.values())).shape[1])

    def outcome(self, name: str) -> Outcome:
        """Return an outcome by its name.

        Raises
        ------
        ResultError
            If there is none of that name.
        """
        names = [outcome.name for outcome in self.outcomes]
        if name not in names:
            hint = offer(name, names, f"There are {', '.join(names)}.")
            raise ResultError(f"{self.name}: has no outcome {name!r}.\n  {hint}")
        return self.outcomes[names.index(name)]


def responses_of(sweep: Sweep) -> Responses:
    """Measure all outcomes at all points of a sweep.

    Points are known by the plan's ``block`` and ``step`` and their runs by point and replication;
    nothing depends on the order of rows. A point counts where all its runs have finished, up to the
    fewest replications that a point was planned with.

    Raises
    ------
    ResultError
        If the sweep does not say how its points lie, or no point is complete.
    """
    record = SweepFolder(sweep.path).read_record("sweep.json")
    if "axes" not in record:
        raise ResultError(
            f"{sweep.path}: an earlier version of the program made it, and it does not say how its "
            "points lie.\n  Run its design.yaml again in another folder."
        )
    contrast = str(record["contrast"] or "")
    axes = [DesignAxis.of_record(name, one) for name, one in record["axes"].items()]
    plan = sweep.plan
    replications = int(plan.groupby("point")["replication"].count().min())
    plan = plan[plan["replication"] < replications]
    outcomes = outcomes_of_points(hosts_among(_products(sweep)))
    measured = _measured(sweep, plan, outcomes)
    points = _points(plan, contrast, axes)
    values = {
        outcome.name: measured[outcome.name][points["point"].to_numpy()] for outcome in outcomes
    }
    missing = _missing(sweep, plan)
    if contrast:
        for outcome in outcomes:
            other = measured[outcome.name][points["beside"].to_numpy()]
            values[f"{outcome.name}_added"] = values[outcome.name] - other
        outcomes = (*outcomes, *map(added, outcomes))
    if len({one.point for one in missing}) == plan["point"].nunique():
        raise ResultError(
            f"{sweep.path}: no point has finished all its runs, so there is nothing to analyse.\n"
            "  Continue it with `pricewar sweep` and --resume."
        )
    return Responses(
        name=sweep.name,
        kind=str(record["kind"]),
        layout=record["layout"],
        axes=tuple(axis for axis in axes if axis.name != contrast),
        contrast=contrast,
        points=points,
        outcomes=outcomes,
        values=values,
        missing=missing,
    )


def _measured(
    sweep: Sweep, plan: pd.DataFrame, outcomes: tuple[Outcome, ...]
) -> dict[str, FloatArray]:
    """Return outcomes of every point of the plan, by its number, shape [points, R]."""
    pool = Pool(sweep)
    numbers = pool.number(plan["point"], plan["replication"])
    shape = (int(plan["point"].max()) + 1, int(plan["replication"].max()) + 1)
    found = {}
    for outcome in outcomes:
        table = np.full(shape, np.nan)
        series = outcome.measure(pool.as_run)
        table[plan["point"], plan["replication"]] = series.reindex(numbers).to_numpy(np.float64)
        found[outcome.name] = table
    return found


def _points(plan: pd.DataFrame, contrast: str, axes: list[DesignAxis]) -> pd.DataFrame:
    """Return a row a point; with a contrast those of its first value, and ``beside`` the other."""
    import pandas as pd

    names = [axis.name for axis in axes if axis.name != contrast]
    points = plan.drop_duplicates("point")[
        ["point", "block", "step", *names, *filter(None, [contrast])]
    ]
    if contrast:
        [axis] = [axis for axis in axes if axis.name == contrast]
        world = axis.shares(points[contrast].tolist())
        points = points.assign(step=points.groupby(["block", world])["step"].rank().sub(1))
        keys = ["block", "step"]
        first, second = points[world == 0.0], points[world == 1.0]
        beside = second[[*keys, "point"]].rename(columns={"point": "beside"})
        points = pd.merge(first, beside, on=keys, validate="one_to_one")
        points = points.astype({"step": np.int64})
    return points.sort_values("point", ignore_index=True)


def _missing(sweep: Sweep, plan: pd.DataFrame) -> tuple[MissingPoint, ...]:
    undone = plan[plan["state"] != "done"]
    messages = {
        row["run_id"]: f"{row['stage']}: {row['message'].partition(chr(10))[0]}"
        for row in sweep.failure_rows
    }
    found = []
    for point, runs in undone.groupby("point"):
        first = runs.iloc[0]
        why = messages.get(first["run_id"], "has not been run")
        whole = int((plan["point"] == point).sum())
        some = "" if len(runs) == whole else f"{len(runs)} of {whole} replications: "
        values = {name: first[name] for name in sweep.parameters}
        found.append(MissingPoint(int(str(point)), values, f"{some}{why}"))
    return tuple(found)


def _products(sweep: Sweep) -> list[dict[str, Any]]:
    """Return the products of the scenario without the parameters, as its file states them."""
    from sim.reading.nodes import plain
    from sim.reading.parsed import parse_text

    path = sweep.path / "resolved.yaml"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultError(f"{path}: cannot be read ({error.strerror}).") from error
    scenario: Any = plain(parse_text(text, str(path)).root)
    products: list[dict[str, Any]] = json.loads(json.dumps(scenario["products"], default=str))
    return products

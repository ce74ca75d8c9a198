"""Runs of the market as sweeps, one a stage and world, which resume, reuse and run anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ruamel.yaml import YAML

from analysis.estimation.calibration_file import OtherWorld
from analysis.estimation.journal import Evaluation
from analysis.estimation.measures import OWN, values_of
from analysis.estimation.point_runs import PointRuns
from analysis.estimation.reading import Task
from sim.batch.design_file import Space, read_design
from sim.batch.executor import Executor
from sim.batch.orders import Orders
from sim.batch.progress import Progress
from sim.batch.sweep import run_sweep
from sim.batch.task import Limits
from sim.errors import ScenarioError
from sim.quantities import FloatArray
from sim.record.sweep import Sweep


class SweepRunner:
    """Runs points of a calibration by sweeps of listed points.

    Parameters
    ----------
    task
        What is calibrated.
    folder
        Where the sweeps are kept, a folder each.
    start
        Starts the executor.
    limits
        Of each run.
    progress
        Shows how far a sweep is.
    seed
        Of its runs; None: as the file says.
    """

    def __init__(
        self,
        task: Task,
        folder: Path,
        start: Callable[[], Executor],
        limits: Limits,
        progress: Progress | None = None,
        seed: int | None = None,
    ) -> None:
        self._task, self._folder = task, folder
        self._start, self._limits, self._progress = start, limits, progress
        self._seed = task.file.seed if seed is None else seed
        self._space = task.space

    def __call__(
        self, points: FloatArray, stage: str, replications: int
    ) -> Iterator[Sequence[Evaluation]]:
        """Run a stage in all worlds, and yield what came of it."""
        values = self._space.from_unit(points)
        refused = self._refused(values, stage, replications)
        kept = [number for number in range(len(points)) if number not in refused]
        numbers = {
            (place, replication): place * replications + replication
            for place in range(len(kept))
            for replication in range(replications)
        }
        runs = {}
        failures: dict[tuple[int, int], str] = {}
        for name, world in self._worlds().items():
            if kept:
                sweep = self._sweep(name, world, values[kept], stage, replications)
                runs[name] = PointRuns(sweep, self._task.scenario, numbers)
                for row in sweep.failure_rows:
                    failures[row["point"], row["replication"]] = str(row["message"])
        count = len(self._task.moments)
        moments = np.full((len(kept) * replications, count), np.nan)
        if kept:
            moments = np.stack([values_of(it, runs) for it in self._task.moments.values()], axis=-1)
        batch = []
        for number, point in enumerate(points):
            for replication in range(replications):
                found, why = np.full(count, np.nan), refused.get(number, "")
                if number not in refused:
                    place = kept.index(number)
                    why = failures.get((place, replication), "")
                    if not why:
                        found = moments[numbers[place, replication]]
                batch.append(Evaluation(tuple(point.tolist()), replication, found, stage, why))
        yield batch

    def _worlds(self) -> Mapping[str, OtherWorld | None]:
        """Return the scenario's own world, and the others that moments need."""
        needed = {it.world for it in self._task.moments.values()}
        others = {name: it for name, it in self._task.file.worlds.items() if name in needed}
        return {OWN: None, **others}

    def _refused(self, values: FloatArray, stage: str, replications: int) -> dict[int, str]:
        """Return the points that the scenario itself refuses, with what it says."""
        space = self._design(OWN, None, values, stage, replications)
        refused = {}
        for number, block in enumerate(space.design.blocks(space.axes)):
            try:
                space.load(block[0])
            except ScenarioError as error:
                refused[number] = str(error).partition("\n")[0]
        return refused

    def _sweep(
        self,
        name: str,
        world: OtherWorld | None,
        values: FloatArray,
        stage: str,
        replications: int,
    ) -> Sweep:
        space = self._design(name, world, values, stage, replications)
        orders = Orders(resume=True, limits=self._limits, do=() if world is None else world.do)
        return run_sweep(
            space, self._folder / space.design.name, self._start, orders, self._progress
        ).sweep

    def _design(
        self,
        name: str,
        world: OtherWorld | None,
        values: FloatArray,
        stage: str,
        replications: int,
    ) -> Space:
        label = f"{stage}-{name}" if name else stage
        parameters = self._task.file.parameters
        common: dict[str, Any] = {**self._task.common, **({} if world is None else world.set)}
        content = {
            "name": label,
            "scenario": self._task.scenario_name,
            "kind": "list",
            "set": common,
            "seed": self._seed,
            "replications": replications,
            "parameters": {key: {"paths": [*it.all_paths]} for key, it in parameters.items()},
            "points": [dict(zip(parameters, row, strict=True)) for row in values.tolist()],
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{label}.yaml"
        with path.open("w", encoding="utf-8") as file:
            YAML(typ="safe", pure=True).dump(content, file)
        return read_design(path, do=() if world is None else world.do)

"""Sweeps without a simulator: designs of known functions, and their outcomes by point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.outcomes import Outcome
from analysis.sensitivity.design_axis import DesignAxis
from analysis.sensitivity.responses import MissingPoint, Responses
from sim.quantities import FloatArray
from sim.record.unit import NUMBER

Function = Callable[[FloatArray], FloatArray]
"""From shares along the parameters, shape [P, k], to an outcome, shape [P]."""


def ishigami(shares: FloatArray) -> FloatArray:
    """Ishigami and Homma (1990): sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on [-pi, pi]."""
    x = np.pi * (2.0 * shares - 1.0)
    return np.sin(x[:, 0]) + 7.0 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


_V1, _V2 = 0.5 * (1.0 + 0.1 * np.pi**4 / 5.0) ** 2, 49.0 / 8.0
_V13 = 0.01 * np.pi**8 * (1.0 / 18.0 - 1.0 / 50.0)
ISHIGAMI_VARIANCE = _V1 + _V2 + _V13
ISHIGAMI_FIRST = np.array([_V1, _V2, 0.0]) / ISHIGAMI_VARIANCE
ISHIGAMI_TOTAL = np.array([_V1 + _V13, _V2, _V13]) / ISHIGAMI_VARIANCE


def saltelli_points(count: int, blocks: int, seed: int = 1) -> pd.DataFrame:
    """Keys and shares of Saltelli's blocks, as `sim.batch.designs.sobol` lays them out."""
    from scipy.stats import qmc

    drawn = qmc.Sobol(2 * count, rng=seed).random(blocks)
    a, b = drawn[:, :count], drawn[:, count:]
    steps = [a, b]
    for index in range(count):
        mixed = a.copy()
        mixed[:, index] = b[:, index]
        steps.append(mixed)
    return _frame(np.stack(steps, axis=1))


def morris_points(count: int, trajectories: int, levels: int = 4, seed: int = 1) -> pd.DataFrame:
    """Keys and shares of trajectories, as `sim.batch.designs.morris` walks them."""
    generator = np.random.default_rng(seed)
    walks, jump = [], levels // 2
    for _ in range(trajectories):
        step = generator.integers(levels, size=count)
        walk = [step.copy()]
        for index in generator.permutation(count):
            step[index] += jump if step[index] < jump else -jump
            walk.append(step.copy())
        walks.append(walk)
    return _frame(np.array(walks) / (levels - 1))


def scattered_points(count: int, points: int, seed: int = 1) -> pd.DataFrame:
    """Keys and shares of a Latin hypercube."""
    from scipy.stats import qmc

    return _frame(qmc.LatinHypercube(count, rng=seed).random(points)[:, None])


def _frame(shares: FloatArray) -> pd.DataFrame:
    blocks, steps, count = shares.shape
    flat = shares.reshape(-1, count)
    keys = {
        "point": np.arange(blocks * steps),
        "block": np.repeat(np.arange(blocks), steps),
        "step": np.tile(np.arange(steps), blocks),
    }
    return pd.DataFrame({**keys, **{f"x{it + 1}": flat[:, it] for it in range(count)}})


def responses_to(
    points: pd.DataFrame,
    function: Function,
    kind: str,
    *,
    replications: int = 1,
    noise: float = 0.0,
    shared_noise: float = 0.0,
    seed: int = 2,
    missing: tuple[MissingPoint, ...] = (),
    **layout: int | bool,
) -> Responses:
    """Outcomes of a function at points, with noise of each run and noise that all points share."""
    names = [name for name in points if str(name).startswith("x")]
    generator = np.random.default_rng(seed)
    exact = function(points[names].to_numpy())
    shape = (exact.size, replications)
    values = exact[:, None] + noise * generator.standard_normal(shape)
    values = values + shared_noise * generator.standard_normal(replications)
    for one in missing:
        values[(points["point"] == one.point).to_numpy()] = np.nan
    outcome = Outcome("y", "Outcome", NUMBER, lambda run: run.market["y"])
    return Responses(
        name="made-up",
        kind=kind,
        layout=layout,
        axes=tuple(DesignAxis(str(name)) for name in names),
        contrast="",
        points=points,
        outcomes=(outcome,),
        values={"y": values},
        missing=missing,
    )

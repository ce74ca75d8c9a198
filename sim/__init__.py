"""pricewar: a simulator of the price war in large language models.

Load a scenario, run it, look at the tables:

>>> import sim
>>> scenario = sim.load("minimal", overrides={"population.users": 200})
>>> run = sim.run(scenario, replications=2, out=folder, workers=1)  # doctest: +SKIP
>>> run.market[["date", "adopters_share", "price_paid_usd_per_mtok"]]  # doctest: +SKIP

Nothing heavy is imported before it is used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.errors import (
    DataError,
    ImplausibleWarning,
    LedgerError,
    PricewarError,
    Problem,
    ResultError,
    ScenarioError,
    StrategyError,
    UnknownName,
    UsageError,
)

if TYPE_CHECKING:
    from sim.record.run import Run
    from sim.record.sweep import Sweep
    from sim.scenario.scenario import Scenario

__all__ = [
    "DataError",
    "ImplausibleWarning",
    "LedgerError",
    "PricewarError",
    "Problem",
    "ResultError",
    "ScenarioError",
    "StrategyError",
    "Sweep",
    "UnknownName",
    "UsageError",
    "load",
    "open_run",
    "run",
    "sweep",
    "with_",
]


def __getattr__(name: str) -> object:
    """Import `Sweep` when it is first asked for."""
    if name == "Sweep":
        from sim.record.sweep import Sweep

        return Sweep
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def load(
    path: str | os.PathLike[str],
    overrides: Mapping[str, object] | Sequence[str] = (),
    *,
    allow_code: bool = False,
) -> Scenario:
    """Read a scenario file, or a shipped scenario by name.

    Parameters
    ----------
    path
        A path, or a name such as ``"minimal"``.
    overrides
        Values that replace those of the file, such as ``{"population.users": 5000}``.
    allow_code
        Execute the Python files that it names policies of; without, such a file is refused.

    Raises
    ------
    ScenarioError
        With every mistake in the file, its place and what is allowed.

    Warns
    -----
    ImplausibleWarning
        A value is allowed, but hardly meant.
    """
    from sim.sanity.implausible import warn_of_implausible
    from sim.scenario.reader import read

    scenario = read(path, overrides, allow_code=allow_code)
    warn_of_implausible(scenario, stacklevel=2)
    return scenario


def with_(scenario: Scenario, overrides: Mapping[str, object] | Sequence[str]) -> Scenario:
    """Return a variant of a scenario, with other values in place of some of its own.

    Parameters
    ----------
    scenario
        From `load`, or from here.
    overrides
        Values that replace its own, such as ``{"population.users": 5000}``.

    Raises
    ------
    ScenarioError
        An override says something that it may not, or contradicts another value.
    """
    from sim.scenario.reader import with_

    return with_(scenario, overrides)


def run(
    scenario: Scenario,
    replications: int | None = None,
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    overwrite: bool = False,
    resume: bool = False,
    time_limit_s: float | None = None,
    memory_limit_bytes: int | None = None,
) -> Run:
    """Run a scenario, or what is missing of its run, and return its results.

    Parameters
    ----------
    scenario
        From `load` or `with_`.
    replications, seed
        Override the scenario's values.
    out
        Folder of the result; None: ``results/`` and the scenario's name.
    workers
        Processes; None: one a processor, or this process alone where starting others would take
        longer than the work; 1: this process, unless there is a limit.
    cluster
        Address of a Dask scheduler, instead of processes.
    overwrite
        Replace a run that is already there.
    resume
        Continue a run that is already there: what is missing or failed.
    time_limit_s, memory_limit_bytes
        Of each replication.

    Raises
    ------
    UsageError
        If an argument is not in its range, or the scenario is not one.
    ResultError
        If the folder is taken or cannot be written, or replications failed; the others are kept.
    """
    from sim.batch.orders import Orders
    from sim.batch.run import run_scenario
    from sim.batch.starting import starter_for_run
    from sim.batch.task import Limits
    from sim.scenario.scenario import Scenario

    if not isinstance(scenario, Scenario):
        raise UsageError(
            f"sim.run takes a scenario, not {scenario!r}: load it first, "
            'as in sim.run(sim.load("minimal")).'
        )
    limits = Limits(time_limit_s, memory_limit_bytes)
    return run_scenario(
        scenario,
        Path("results") / scenario.name if out is None else Path(out),
        starter_for_run(scenario, replications, workers, cluster, limits),
        Orders(replications=replications, seed=seed, resume=resume, limits=limits),
        overwrite=overwrite,
    ).complete_run()


def sweep(
    design: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    replications: int | None = None,
    seed: int | None = None,
    resume: bool = False,
    time_limit_s: float | None = None,
    memory_limit_bytes: int | None = None,
    *,
    allow_code: bool = False,
) -> Sweep:
    """Run a sweep, or what is missing of it, and return its results.

    Parameters
    ----------
    design
        A design file, or the name of a shipped design.
    out
        Folder of the sweep; None: ``results/sweeps/`` and the design's name.
    workers
        Processes; None: one a processor.
    cluster
        Address of a Dask scheduler, instead of processes.
    replications, seed
        Override the design's values.
    resume
        Continue a sweep that is there: run what is missing or failed.
    time_limit_s, memory_limit_bytes
        Of each run.
    allow_code
        As of `load`.

    Raises
    ------
    UsageError
        If an argument is not in its range.
    ScenarioError
        With every mistake in the design, its place and what is allowed.
    ResultError
        If the folder is taken or cannot be written.
    """
    from sim.batch.design_file import read_design
    from sim.batch.orders import Orders
    from sim.batch.starting import starter
    from sim.batch.sweep import run_sweep
    from sim.batch.task import Limits

    space = read_design(design, allow_code=allow_code)
    folder = Path("results") / "sweeps" / space.design.name if out is None else Path(out)
    limits = Limits(time_limit_s, memory_limit_bytes)
    orders = Orders(replications=replications, seed=seed, resume=resume, limits=limits)
    return run_sweep(space, folder, starter(workers, cluster), orders).sweep


def open_run(folder: str | os.PathLike[str], *, allow_code: bool = False) -> Run:
    """Open the folder of a finished run.

    Parameters
    ----------
    folder
        Where it is.
    allow_code
        Execute the Python files that its scenario names policies of, where the scenario is needed.

    Raises
    ------
    ResultError
        If it is not one.
    """
    from sim.record.run import Run

    return Run(Path(folder), allow_code=allow_code)

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
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.arguments import (
    in_terms_of_arguments,
    refuse_no_address,
    refuse_no_flags,
    refuse_no_interventions,
    refuse_no_limits,
    refuse_no_overrides,
    refuse_no_scenario,
    with_data,
)
from sim.errors import (
    DataError,
    EquilibriumError,
    EquilibriumWarning,
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
from sim.files.paths import path_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from sim.equilibrium.nash import Equilibrium
    from sim.equilibrium.usage import TaskValues
    from sim.record.run import Run
    from sim.record.sweep import Sweep
    from sim.scenario.scenario import Scenario

__all__ = [
    "DataError",
    "EquilibriumError",
    "EquilibriumWarning",
    "ImplausibleWarning",
    "LedgerError",
    "PricewarError",
    "Problem",
    "ResultError",
    "ScenarioError",
    "StrategyError",
    "Sweep",
    "TaskValues",
    "UnknownName",
    "UsageError",
    "load",
    "nash_prices",
    "open_run",
    "run",
    "sweep",
    "with_",
]


_OF_PRICEWAR = {
    "compare": "pricewar.compare(run, other)",
    "report": "pricewar.report(run)",
    "Run": "pricewar.Run; a run is opened with sim.open_run(folder)",
}
"""What people look for here: it needs the analysis, on which nothing here may stand."""


_A_SCENARIO = 'the path of a scenario file or the name of a shipped one, such as "minimal"'
_A_DESIGN = 'the path of a design file or the name of a shipped one, such as "minimal"'
_A_FOLDER = ("out", "the path of a folder")


def __getattr__(name: str) -> object:
    """Import a class when it is first asked for, and say where else a name may be found."""
    if name == "Sweep":
        from sim.record.sweep import Sweep

        return Sweep
    if name == "TaskValues":
        from sim.equilibrium.usage import TaskValues

        return TaskValues
    hint = f": it is {_OF_PRICEWAR[name]}" if name in _OF_PRICEWAR else ""
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    """List the public names, and none of the imports."""
    return sorted(__all__)


@in_terms_of_arguments
def load(
    path: str | os.PathLike[str],
    overrides: Mapping[str, object] | Sequence[str] = (),
    *,
    do: Sequence[object] = (),
    data: str | os.PathLike[str] | None = None,
    allow_code: bool = False,
) -> Scenario:
    """Read a scenario file, or a shipped scenario by name.

    Parameters
    ----------
    path
        A path, or a name such as ``"minimal"``.
    overrides
        Values that replace those of the file, such as ``{"population.users": 5000}``.
    do
        Interventions that are added to those of the file: lines of text, such as
        ``["rents x1.5 from 2024-09-01"]``, or their records, or mappings that a file would hold.
    data
        Folder of tables of your own, in which values are looked up too: ``NAME.csv`` adds rows to a
        shipped table, ``replace/NAME.csv`` stands in its place.
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
    file = path_of(path, "sim.load", _A_SCENARIO)
    refuse_no_overrides(overrides, "sim.load")
    refuse_no_interventions(do, "sim.load")
    refuse_no_flags("sim.load", allow_code=allow_code)
    if data is not None:
        overrides = with_data(
            overrides, path_of(data, "sim.load", "the path of a folder of tables")
        )
    from sim.reference import read
    from sim.sanity.implausible import implausible, warn_of

    scenario = read(file, overrides, do=do, allow_code=allow_code)
    warn_of(implausible(scenario), stacklevel=3)
    return scenario


@in_terms_of_arguments
def with_(
    scenario: Scenario,
    overrides: Mapping[str, object] | Sequence[str] = (),
    *,
    do: Sequence[object] = (),
) -> Scenario:
    """Return a variant of a scenario: other values in place of its own, or more interventions.

    Parameters
    ----------
    scenario
        From `load`, or from here.
    overrides
        Values that replace its own, such as ``{"population.users": 5000}``.
    do
        Interventions that are added to its own, as of `load`.

    Raises
    ------
    ScenarioError
        An override says something that it may not, or contradicts another value.

    Warns
    -----
    ImplausibleWarning
        The variant says what is hardly meant, and the scenario did not.
    """
    refuse_no_scenario(scenario, "sim.with_")
    refuse_no_overrides(overrides, "sim.with_")
    refuse_no_interventions(do, "sim.with_")
    from sim.sanity.implausible import implausible, not_in, warn_of
    from sim.scenario.reader import with_

    varied = with_(scenario, overrides, do=do)
    warn_of(not_in(scenario, implausible(varied)), stacklevel=3)
    return varied


@in_terms_of_arguments
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
    refuse_no_scenario(scenario, "sim.run")
    refuse_no_flags("sim.run", overwrite=overwrite, resume=resume)
    refuse_no_limits("sim.run", time_limit_s=time_limit_s, memory_limit_bytes=memory_limit_bytes)
    refuse_no_address(cluster, "sim.run")
    folder = Path("results") / scenario.name if out is None else path_of(out, *_A_FOLDER)
    from sim.batch.orders import Orders
    from sim.batch.run import run_scenario
    from sim.batch.starting import starter_for_run
    from sim.batch.task import Limits

    limits = Limits(time_limit_s, memory_limit_bytes)
    orders = Orders(replications=replications, seed=seed, resume=resume, limits=limits)
    start = starter_for_run(scenario, replications, workers, cluster, limits)
    return run_scenario(scenario, folder, start, orders, overwrite=overwrite).complete_run()


@in_terms_of_arguments
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
    do: Sequence[str] = (),
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
    do
        Interventions, as lines of text, that are added to those of the scenario at every point.
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

    Warns
    -----
    ImplausibleWarning
        A value at some point is allowed, but hardly meant.
    """
    file = path_of(design, "sim.sweep", _A_DESIGN)
    refuse_no_interventions(do, "sim.sweep")
    refuse_no_flags("sim.sweep", resume=resume, allow_code=allow_code)
    refuse_no_limits("sim.sweep", time_limit_s=time_limit_s, memory_limit_bytes=memory_limit_bytes)
    refuse_no_address(cluster, "sim.sweep")
    folder = None if out is None else path_of(out, *_A_FOLDER)
    from sim.batch.design_file import read_design
    from sim.batch.implausible_points import implausible_points
    from sim.batch.orders import Orders
    from sim.batch.starting import starter
    from sim.batch.sweep import run_sweep
    from sim.batch.task import Limits
    from sim.sanity.implausible import warn_of

    space = read_design(file, do=do, allow_code=allow_code)
    folder = folder or Path("results") / "sweeps" / space.design.name
    limits = Limits(time_limit_s, memory_limit_bytes)
    orders = Orders(replications=replications, seed=seed, do=do, resume=resume, limits=limits)
    warn_of(implausible_points(space), stacklevel=3)
    return run_sweep(space, folder, starter(workers, cluster), orders).sweep


@in_terms_of_arguments
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
    refuse_no_flags("sim.open_run", allow_code=allow_code)
    from sim.record.run import Run

    return Run(folder, allow_code=allow_code)


@in_terms_of_arguments
def nash_prices(
    utilities: ArrayLike,
    costs: ArrayLike,
    price_coefficient: ArrayLike = 1.0,
    *,
    weights: ArrayLike | None = None,
    outside_utility: ArrayLike = 0.0,
    ownership: ArrayLike | Sequence[Hashable] | None = None,
    nests: Sequence[Hashable] | None = None,
    nest_correlation: float | Mapping[Hashable, float] = 0.0,
    usage: TaskValues | None = None,
    fixed: ArrayLike | None = None,
    start: ArrayLike | None = None,
) -> Equilibrium:
    r"""Return the prices at which no owner of products gains by another price of its own.

    K types of users choose one of P products, or none, by a nested logit of the utilities

    .. math:: V_{ij} = \delta_{ij} - \alpha_i p_j, \quad\text{or}\quad
              V_{ij} = \delta_{ij} + \alpha_i\, CS_i(p_j)

    where they choose how much to use. Owners maximise the sum of ``(p - c) D`` over their products.
    Searches from three starts at least must end at the same prices, which meet the first- and the
    second-order conditions.

    Parameters
    ----------
    utilities
        delta, (P,) or (K, P): utility at a price of zero, in units of the taste draw's scale; minus
        infinity: not on offer to the type.
    costs
        c, (P,): marginal costs, in the unit of prices.
    price_coefficient
        alpha > 0: a number, or one a type. ``1 / mu`` of the plain logit with tastes in money.
    weights
        w, (K,): users of each type; None: each an equal part of one.
    outside_utility
        V_0: a number, or one a type; minus infinity: everyone buys.
    ownership
        Who owns each product, (P,); or a matrix (P, P): the share in a column's profit that the one
        who prices the row's product gets. None: each product has an owner of its own.
    nests
        A label for each product, (P,); None for products in no nest.
    nest_correlation
        rho of all nests, or by label: 0 at least and below 1.
    usage
        What users of a product buy; None: one unit, whatever the price.
    fixed
        Products whose prices stay at ``start``: (P,) of True and False.
    start
        Prices, (P,), with which one more search begins.

    Raises
    ------
    UsageError
        An argument is not in its range.
    EquilibriumError
        No search ended at an equilibrium; it says what the nearest prices miss.

    Warns
    -----
    EquilibriumWarning
        Searches ended at different equilibria, or some at none.

    Examples
    --------
    Two firms with qualities 2, costs 1 and tastes of scale 0.25, in money (Calvano et al. 2020):

    >>> nash_prices([8.0, 8.0], [1.0, 1.0], 4.0).prices.round(6).tolist()
    [1.472927, 1.472927]
    """
    from sim.equilibrium.market import conditions_of, free_prices
    from sim.equilibrium.nash import equilibrium

    conditions = conditions_of(
        utilities,
        costs,
        price_coefficient,
        weights,
        outside_utility,
        ownership,
        nests,
        nest_correlation,
        usage,
    )
    return equilibrium(conditions, *free_prices(fixed, start, conditions))

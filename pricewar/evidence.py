"""What `pricewar` offers of evidence: causes, decisions and games of one scenario.

Each runs a sweep, as the command of its name does, and what is missing of it with ``resume=True``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING

from sim.arguments import (
    in_arguments,
    in_terms_of_arguments,
    refuse_no_flags,
    refuse_no_interventions,
    refuse_no_overrides,
)
from sim.errors import UsageError
from sim.files.paths import path_of
from sim.nearest import offer

if TYPE_CHECKING:
    from analysis.attribution.evidence import Evidence
    from analysis.game.analysis import GameAnalysis
    from analysis.game.simulated import PayoffName
    from analysis.whatif.outcomes import Ranking
    from sim.batch.design_file import Space
    from sim.batch.executor import Executor
    from sim.record.sweep import Sweep
    from sim.scenario.scenario import Scenario

_A_SCENARIO = "a scenario file, or the name of a shipped one"


@in_terms_of_arguments
def attribute(
    scenario: str | os.PathLike[str],
    out: str | os.PathLike[str] | None = None,
    *,
    factors: Sequence[str] = (),
    further: Sequence[str] = (),
    orders: int | None = None,
    overrides: Mapping[str, object] | Sequence[str] = (),
    do: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    resume: bool = False,
    allow_code: bool = False,
) -> Evidence:
    """Divide what happens in a market among its causes, and weigh the war proper.

    Parameters
    ----------
    scenario
        A scenario file, or the name of a shipped one.
    out
        Folder; None: ``results/attribute/`` and the scenario's name.
    factors, further, orders
        As of :func:`analysis.attribution.planned.attribution_space`.
    overrides, do
        Values and interventions of the scenario in all worlds, as of `load`.
    replications, seed
        Override the scenario's.
    workers
        Processes; None: one a processor.
    resume
        Continue what is there: run what is missing or failed.
    allow_code
        As of `load`.

    Raises
    ------
    UsageError, ScenarioError
        If an argument, or the scenario, says what it may not.
    ResultError
        If the folder is taken, was begun otherwise, or no replication finishes in all worlds.

    Examples
    --------
    >>> import pricewar
    >>> found = pricewar.attribute("minimal", replications=20)  # doctest: +SKIP
    >>> found.attribution["adopters_share_end"].factors[0].shapley  # doctest: +SKIP
    >>> found.tables["factors"]  # a data frame # doctest: +SKIP
    """
    name = _checked(scenario, "pricewar.attribute", overrides, do, resume, allow_code)
    factors, further = _texts(factors, "factors"), _texts(further, "further")
    from analysis.attribution.evidence import evidence
    from analysis.attribution.planned import attribution_space

    space = attribution_space(
        name,
        factors=factors,
        further=further,
        orders=orders,
        overrides=overrides,
        do=do,
        allow_code=allow_code,
    )
    folder = _folder(out, Path("results") / "attribute" / space.base.name)
    found = _swept(space, folder, overrides, do, replications, seed, workers, resume)
    return evidence(found, start=partial(_starter, workers), allow_code=allow_code)


@in_terms_of_arguments
def whatif(
    scenario: str | os.PathLike[str],
    provider: str,
    do: Sequence[str],
    out: str | os.PathLike[str] | None = None,
    *,
    given: Sequence[str] = (),
    overrides: Mapping[str, object] | Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    discount_rate_per_year: float = 0.0,
    workers: int | None = None,
    resume: bool = False,
    allow_code: bool = False,
) -> Ranking:
    """Try the options of a decision with the same draws, and say which is the best.

    The command tries the answer on other assumptions besides.

    Parameters
    ----------
    scenario
        A scenario file, or the name of a shipped one.
    provider
        Who decides.
    do
        Options, each a text; braces write several, as in ``price A -{10,20}% on 2024-06-01``. Doing
        nothing is one always.
    out
        Folder; None: ``results/whatif/`` and the scenario's name. The sweep is ``options`` in it.
    given
        Interventions that happen under all options.
    overrides, replications, seed, workers, resume, allow_code
        As of :func:`attribute`.
    discount_rate_per_year
        Of profits, continuously.

    Raises
    ------
    UsageError, ScenarioError
        If an argument, or the scenario, says what it may not.
    ResultError
        If the folder is taken, was begun otherwise, or an option has no finished run.

    Examples
    --------
    >>> import pricewar
    >>> cuts = ["price Zhipu -{10,20,50}% on 2024-05-20"]
    >>> ranking = pricewar.whatif("minimal", "Zhipu", cuts, replications=20)  # doctest: +SKIP
    >>> ranking.best, ranking[ranking.best].probability_best  # doctest: +SKIP
    """
    name = _checked(scenario, "pricewar.whatif", overrides, do, resume, allow_code)
    refuse_no_interventions(given, "pricewar.whatif", "given")
    if not do:
        raise UsageError("pricewar.whatif: do must name an option; doing nothing is one anyway.")
    discount_rate_per_year = _rate(discount_rate_per_year)
    from analysis.whatif.choices import options_of
    from analysis.whatif.outcomes import rank, stated, worlds_of
    from analysis.whatif.planning import Decision

    options = options_of(do)
    decision = Decision(name, provider, options, overrides, given, allow_code)
    space = decision.space("options", list(options))
    names = [one.name for one in space.base.providers]
    if provider not in names:
        raise UsageError(f"provider = {provider!r}: is no provider.  {offer(str(provider), names)}")
    folder = _folder(out, Path("results") / "whatif" / space.base.name) / "options"
    found = _swept(space, folder, overrides, given, replications, seed, workers, resume)
    worlds = worlds_of(found, provider, discount_rate_per_year)
    return rank(provider, stated(worlds), list(options))


@in_terms_of_arguments
def game(
    scenario: str | os.PathLike[str],
    players: Sequence[str],
    strategies: Sequence[str],
    out: str | os.PathLike[str] | None = None,
    *,
    payoff: PayoffName = "profit_usd",
    discount_rate_per_year: float = 0.1,
    overrides: Mapping[str, object] | Sequence[str] = (),
    do: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    resume: bool = False,
    allow_code: bool = False,
) -> GameAnalysis:
    """Let providers choose strategies: payoffs of all combinations, and what they would choose.

    Parameters
    ----------
    scenario
        A scenario file, or the name of a shipped one.
    players
        Providers that choose.
    strategies
        What each may price by, the peaceful one first: ``["cost_plus", "undercut:0.2"]``.
    out
        Folder; None: ``results/sweeps/``, the scenario's name and ``-game``.
    payoff
        What players care for: ``profit_usd``, ``tokens_share`` or ``survival_share``.
    discount_rate_per_year
        Of profits, continuously; the default is an assumption, see `analysis.game.simulated`.
    overrides, do, replications, seed, workers, resume, allow_code
        As of :func:`attribute`.

    Raises
    ------
    UsageError, ScenarioError
        If an argument, or the scenario, says what it may not.
    ResultError
        If the folder is taken, was begun otherwise, or no replication finishes in all profiles.

    Examples
    --------
    >>> import pricewar
    >>> played = pricewar.game(
    ...     "minimal", ["Zhipu", "DeepSeek"], ["cost_plus", "match"], replications=20
    ... )  # doctest: +SKIP
    >>> played.kind, [one.survival for one in played.equilibria]  # doctest: +SKIP
    """
    name = _checked(scenario, "pricewar.game", overrides, do, resume, allow_code)
    from analysis.game.analysis import GameAnalysis
    from analysis.game.equilibria import needed_library
    from analysis.game.simulated import PAYOFFS, simulated_game
    from sim.batch.design_file import space_of
    from sim.batch.made_design import made_design

    needed_library()
    discount_rate_per_year = _rate(discount_rate_per_year)
    if payoff not in PAYOFFS:
        raise UsageError(f"payoff = {payoff!r}: is none.  {offer(str(payoff), PAYOFFS)}")
    said = {
        "name": f"{Path(name).stem}-game",
        "scenario": name,
        "kind": "game",
        "players": _texts(players, "players"),
        "strategies": _texts(strategies, "strategies"),
    }
    places = {key: f"the argument {key}" for key in ("scenario", "players", "strategies")}
    document = made_design("pricewar.game", said, places)
    space = space_of(document, overrides, do=do, allow_code=allow_code)
    folder = _folder(out, Path("results") / "sweeps" / space.design.name)
    found = _swept(space, folder, overrides, do, replications, seed, workers, resume)
    return GameAnalysis(simulated_game(found, discount_rate_per_year), payoff)


def _checked(
    scenario: object, call: str, overrides: object, do: object, resume: bool, allow_code: bool
) -> str:
    """Return a scenario as the readers take it, after what all calls take was looked at."""
    refuse_no_overrides(overrides, call)
    refuse_no_interventions(do, call)
    refuse_no_flags(call, resume=resume, allow_code=allow_code)
    return os.fspath(path_of(scenario, call, _A_SCENARIO))


def _texts(values: object, argument: str) -> list[str]:
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise UsageError(f"{argument} must be a list of texts, not {values!r:.60}.")
    return [str(value) for value in values]


def _rate(value: object) -> float:
    """Return a rate a year, as the commands' option takes it."""
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) <= 10.0:
        raise UsageError(
            f"discount_rate_per_year = {value!r:.60}: must be a number from 0 to 10, such as 0.1."
        )
    return float(value)


def _folder(out: object, usual: Path) -> Path:
    return usual if out is None else path_of(out, "out", "the path of a folder")


def _swept(
    space: Space,
    folder: Path,
    overrides: Mapping[str, object] | Sequence[str],
    do: Sequence[str],
    replications: int | None,
    seed: int | None,
    workers: int | None,
    resume: bool,
) -> Sweep:
    """Run a sweep, or what is missing of it, unless the folder holds another study."""
    from analysis.another_study import refuse_another_study
    from sim.batch.implausible_points import implausible_points
    from sim.batch.orders import Orders
    from sim.batch.starting import starter
    from sim.batch.sweep import run_sweep
    from sim.record.sweep_folder import SweepFolder
    from sim.sanity.implausible import warn_of

    said = overrides.items() if isinstance(overrides, Mapping) else ()
    texts = [f"{path}={value}" for path, value in said] or [str(one) for one in overrides]
    orders = Orders(
        replications=replications, seed=seed, overrides=texts, do=list(do), resume=resume
    )
    refuse_another_study(SweepFolder(folder), space, orders)
    found = [replace(one, file=in_arguments(one.file)) for one in implausible_points(space)]
    warn_of(found, stacklevel=4)
    return run_sweep(space, folder, starter(workers), orders).sweep


def _starter(workers: int | None, scenario: Scenario, replications: int) -> Callable[[], Executor]:
    from sim.batch.starting import starter_for_run
    from sim.batch.task import Limits

    return starter_for_run(scenario, replications, workers, None, Limits())

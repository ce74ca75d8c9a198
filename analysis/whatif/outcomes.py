"""What each option came to for whoever decides, read from the sweeps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.contrast import Contrast, contrast_of_values
from analysis.pay_back import PayBack, pay_back
from analysis.provider_accounts import COSTS, weekly_profits
from analysis.provider_outcomes import provider_outcomes
from analysis.significance import holm
from analysis.statistics import Interval, at_end, simultaneous
from analysis.whatif.choices import HOLD
from analysis.whatif.ranking import (
    indifference,
    probabilities_of_being_best,
    replications_to_tell,
)
from sim.batch.designs.options import AS_STATED, ASSUMPTION, OPTION
from sim.errors import ResultError
from sim.quantities import FloatArray
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.sweep import Sweep

_COLUMNS = ("cash_usd", "tokens_share", "revenue_usd_per_day", *COSTS)


@dataclass(frozen=True)
class World:
    """What a provider came to under one option.

    Attributes
    ----------
    weekly_profits_usd
        A row a snapshot, a column a replication.
    profit_usd_per_year, tokens_share_end
        A number a replication, by its number.
    """

    weekly_profits_usd: pd.DataFrame
    profit_usd_per_year: pd.Series[float]
    tokens_share_end: pd.Series[float]


@dataclass(frozen=True)
class OptionResult:
    """An option beside doing nothing.

    Attributes
    ----------
    option
        Its name.
    profit, tokens_share, loss
        The option minus doing nothing.
    pay_back
        When it has paid back what it costs against doing nothing.
    probability_best
        Of having the highest mean profit of all; NaN where replications are too few to say.
    """

    option: str
    profit: Contrast
    tokens_share: Contrast
    loss: Contrast
    pay_back: PayBack
    probability_best: float


@dataclass(frozen=True)
class Ranking:
    """All options of a decision, and the best.

    Attributes
    ----------
    provider
        Who decides.
    results
        One an option, doing nothing among them, in the order in which they were given.
    best
        The option with the highest mean profit.
    indifference_usd_per_year
        See :func:`analysis.whatif.ranking.indifference`.
    replications_to_tell
        How many replications would make it as small as the lead over the second best, at the lead
        and the spread so far; infinite where there is no lead, NaN where nothing is known.
    replications
        Those that all options have.
    alike
        Options that came to the same as an earlier one in every week of every replication, with
        that one: they are ranked as one.
    """

    provider: str
    results: tuple[OptionResult, ...]
    best: str
    indifference_usd_per_year: float
    replications_to_tell: float
    replications: tuple[int, ...]
    alike: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, option: str) -> OptionResult:
        """Return the result of an option by its name."""
        for result in self.results:
            if result.option == option:
                return result
        raise KeyError(option)

    @property
    def distinct(self) -> tuple[OptionResult, ...]:
        """The options without those that came to the same as an earlier one."""
        return tuple(it for it in self.results if it.option not in self.alike)

    @property
    def gain_of_best(self) -> Interval:
        """Gain of the best option over doing nothing, with bounds that hold for all options."""
        compared = len(self.distinct) - 1
        return simultaneous(self[self.best].profit.difference, max(compared, 1))

    @property
    def runner_up(self) -> str:
        """The option with the second highest mean profit; doing nothing where it is alone."""
        rest = [it for it in self.distinct if it.option != self.best]
        return max(rest, key=lambda it: it.profit.first.centre).option if rest else HOLD


def worlds_of(
    sweep: Sweep, provider: str, discount_rate_per_year: float = 0.0
) -> dict[str, dict[str, World]]:
    """Read what a provider came to at all points of a sweep of options.

    Parameters
    ----------
    sweep
        Of the kind ``options``.
    provider
        Who decides.
    discount_rate_per_year
        Of profits, continuously compounded.

    Returns
    -------
    dict
        By assumption, then by option; what has not finished is left out.

    Raises
    ------
    ResultError
        If no run has finished.
    """
    listed = ", ".join(f'"{column}"' for column in _COLUMNS)
    sql = (
        f'select "{OPTION}", "{ASSUMPTION}", replication, time_days, provider, {listed} '  # noqa: S608
        "from providers where provider = ?"
    )
    rows = sweep.connection.execute(sql, [provider]).df()
    if rows.empty:
        raise ResultError(f"{sweep.path}: no run with {provider} has finished.")
    worlds: dict[str, dict[str, World]] = {}
    for (assumption, option), own in rows.groupby([ASSUMPTION, OPTION], sort=False):
        world = _world(own, provider, discount_rate_per_year)
        worlds.setdefault(str(assumption), {})[str(option)] = world
    return worlds


def _world(rows: pd.DataFrame, provider: str, discount_rate_per_year: float) -> World:
    weeks = weekly_profits(rows, provider, discount_rate_per_year)
    years = float(weeks.index.max() - weeks.index.min()) / DAYS_PER_YEAR
    return World(weeks, weeks.sum() / years, at_end(rows, "tokens_share"))


def rank(provider: str, worlds: Mapping[str, World], options: Sequence[str]) -> Ranking:
    """Hold every option against doing nothing, and say which is the best.

    Differences of profit, share and chance of a loss of all options are one family, adjusted by
    Holm.

    Parameters
    ----------
    provider
        Who decides.
    worlds
        By option, doing nothing among them.
    options
        Names of all that were planned, in order.

    Raises
    ------
    ResultError
        If an option has no finished run, or the options have none in common.
    """
    missing = [name for name in options if name not in worlds]
    if missing:
        raise ResultError(f"no run of the option {missing[0]!r} has finished.")
    numbers = common_replications(worlds[name] for name in options)
    alike = _alike(worlds, options, numbers)
    distinct = [name for name in options if name not in alike]
    profits = np.column_stack([_profits(worlds[name], numbers) for name in distinct])
    chances = dict(zip(distinct, probabilities_of_being_best(profits), strict=True))
    results = [
        _result(
            provider,
            name,
            worlds[name],
            worlds[HOLD],
            numbers,
            float(chances[alike.get(name, name)]),
        )
        for name in options
    ]
    means = np.sort(profits.mean(axis=0))
    return Ranking(
        provider,
        _corrected(results),
        distinct[int(profits.mean(axis=0).argmax())],
        indifference(profits),
        replications_to_tell(profits, float(means[-1] - means[-2])) if len(means) > 1 else math.nan,
        numbers,
        alike,
    )


def _alike(
    worlds: Mapping[str, World], options: Sequence[str], numbers: tuple[int, ...]
) -> dict[str, str]:
    """Return options that cannot be told from an earlier one, with that one."""
    found: dict[str, str] = {}
    for at, name in enumerate(options):
        for earlier in options[:at]:
            if earlier not in found and _same(worlds[name], worlds[earlier], list(numbers)):
                found[name] = earlier
                break
    return found


def _same(one: World, other: World, numbers: list[int]) -> bool:
    return one.weekly_profits_usd[numbers].equals(
        other.weekly_profits_usd[numbers]
    ) and one.tokens_share_end.loc[numbers].equals(other.tokens_share_end.loc[numbers])


def common_replications(worlds: Iterable[World]) -> tuple[int, ...]:
    """Return the numbers of the replications that all worlds have.

    Raises
    ------
    ResultError
        If there is none.
    """
    sets = [set(world.profit_usd_per_year.index) for world in worlds]
    numbers = sorted(set.intersection(*sets)) if sets else []
    if not numbers:
        raise ResultError("no replication has finished under all options.")
    return tuple(int(number) for number in numbers)


def _profits(world: World, numbers: tuple[int, ...]) -> FloatArray:
    return np.asarray(world.profit_usd_per_year.loc[list(numbers)], np.float64)


def _result(
    provider: str,
    option: str,
    world: World,
    hold: World,
    numbers: tuple[int, ...],
    probability_best: float,
) -> OptionResult:
    named = {it.name.partition(".")[0]: it for it in provider_outcomes(provider)}
    ours, theirs = _profits(world, numbers), _profits(hold, numbers)
    share, held = (
        np.asarray(it.tokens_share_end.loc[list(numbers)], np.float64) for it in (world, hold)
    )
    weeks = [it.weekly_profits_usd[list(numbers)] for it in (world, hold)]
    return OptionResult(
        option,
        contrast_of_values(named["profit_usd_per_year"], ours, theirs),
        contrast_of_values(named["tokens_share_end"], share, held),
        contrast_of_values(named["loss"], (ours < 0.0).astype(float), (theirs < 0.0).astype(float)),
        pay_back(*weeks),
        probability_best,
    )


def _corrected(results: Sequence[OptionResult]) -> tuple[OptionResult, ...]:
    """Adjust p values for all options but doing nothing, which is not held against itself."""
    tested = [it for it in results if it.option != HOLD]
    values = [c.p_value for it in tested for c in (it.profit, it.tokens_share, it.loss)]
    adjusted = iter(holm(values))
    return tuple(
        it
        if it.option == HOLD
        else replace(
            it,
            profit=replace(it.profit, holm_p_value=next(adjusted)),
            tokens_share=replace(it.tokens_share, holm_p_value=next(adjusted)),
            loss=replace(it.loss, holm_p_value=next(adjusted)),
        )
        for it in results
    )


def stated(worlds: Mapping[str, Mapping[str, World]]) -> Mapping[str, World]:
    """Return the worlds under the stated assumptions."""
    return worlds[AS_STATED]

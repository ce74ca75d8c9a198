"""The effect of a war over time, and how much of it hangs on one product.

An effect is the paired difference of a world and the same market without the war, taken at the last
snapshot up to 1, 3, 6 and 12 months after what set the war off, and at the end of the run.

Of the effect on adoption two parts are told apart from the whole:

its users
    Users of the largest product, by tokens of that snapshot, in this world less those in the other.
    It is read off the tables, and adds up over all products to the effect. It says where the added
    users are, not where they would be if the product were not there: many would use another.
without it
    The effect between the same two worlds run again as if the product had never existed, with the
    same draws. What goes is what hangs on the product. It takes a run of each world; see
    :func:`without_largest`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison import paired_replications
from analysis.reactions import main_trigger
from analysis.statistics import Interval, student
from analysis.variants import Variant, finished_variant, without_product
from analysis.worlds import AS_HAPPENED, Worlds, is_peaceful, peace_among, subject
from sim.errors import ResultError
from sim.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

MONTHS = (1, 3, 6, 12)


@dataclass(frozen=True, slots=True)
class Horizon:
    """A time at which an effect is read.

    Attributes
    ----------
    label
        Such as ``3 months`` or ``the end``.
    time_days
        Days since the run's first day.
    date
        The same as a date.
    reached
        Whether the run lasts that long.
    """

    label: str
    time_days: float
    date: dt.date
    reached: bool


@dataclass(frozen=True, slots=True)
class Without:
    """The effect on adoption between two worlds that never had a product.

    Attributes
    ----------
    adopters
        The effect that is left, share of users.
    gone
        What goes with the product: the effect less the one that is left, paired.
    """

    adopters: Interval
    gone: Interval


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect of a war at one time.

    Attributes
    ----------
    horizon
        When.
    adopters
        Difference of the share of users with a product.
    tokens, price
        Ratios of tokens a day and of the price paid, geometric means over replications.
    largest
        The product with the most tokens in the world with the war.
    largest_share
        Its share of all tokens there.
    its_users
        Difference of the share of users that use it.
    without
        The effect without it; None if the worlds have not been run again.
    """

    horizon: Horizon
    adopters: Interval
    tokens: Interval
    price: Interval
    largest: str
    largest_share: Interval
    its_users: Interval
    without: Without | None


def horizons(run: Run) -> list[Horizon]:
    """Return the times at which the effects of a run's war are read.

    They count from what set the war off, or from the first day if nothing did.
    """
    trigger = main_trigger(run)
    since = 0.0 if trigger is None else trigger.time_days
    last = run.scenario.duration_days
    found = [
        _horizon(run, f"{count} month{'' if count == 1 else 's'}", since + count * DAYS_PER_MONTH)
        for count in MONTHS
    ]
    return [it for it in found if it.time_days != last] + [_horizon(run, "the end", last)]


def compared(worlds: Worlds) -> dict[str, Run]:
    """Return the worlds that have an effect over the one without the war, the record first."""
    shown = {name: run for name, run in worlds.items() if not is_peaceful(run.scenario)}
    return dict(sorted(shown.items(), key=lambda item: item[0] != AS_HAPPENED))


def effects(run: Run, peace: Run, times: list[Horizon]) -> list[Effect]:
    """Return the effects of a war at the times that a run reaches.

    Parameters
    ----------
    run, peace
        Worlds with and without the war, of the same seed and dates.
    times
        When; those that are not reached are left out.
    """
    return [_effect(run, peace, time) for time in times if time.reached]


def record_sentence(worlds: Worlds) -> str:
    """Return what the war added at the list prices of the record, and at those of the war.

    Empty where the record does not stand beside the war and the market without it.
    """
    peace = peace_among(worlds)
    if peace is None or AS_HAPPENED not in worlds:
        return ""
    end = horizons(subject(worlds))[-1]
    recorded, *others = (_effect(world, peace, end) for world in compared(worlds).values())
    text = (
        f"At the list prices that were really charged, {_added(recorded.adopters)} had a product "
        f"on {end.date.day} {end.date:%B %Y} than in the same market without the war, and used "
        f"{recorded.tokens.text(_two)} times as many tokens a day at {recorded.price.text(_two)} "
        "times the price"
    )
    for effect in others:
        text += (
            f"; in the war that the policies of this scenario make, {_added(effect.adopters)}, "
            f"{effect.tokens.text(_two)} times as many tokens and {effect.price.text(_two)} times "
            "the price"
        )
    return f"{text}."


def without_largest(worlds: Worlds) -> Iterator[tuple[str, Run, Variant]]:
    """Yield the variants that show what hangs on the largest product at each time.

    Yields
    ------
    tuple
        What is run, in words; the run that is varied; how.
    """
    peace = peace_among(worlds)
    if peace is None:
        return
    times = horizons(subject(worlds))
    seen = set()
    for name, run in compared(worlds).items():
        for effect in effects(run, peace, times):
            for world, varied in ((name, run), (_name_of(worlds, peace), peace)):
                if (world, effect.largest) not in seen:
                    seen.add((world, effect.largest))
                    variant = without_product(varied.scenario, effect.largest)
                    yield f"{world}, without {effect.largest}", varied, variant


def _effect(run: Run, peace: Run, time: Horizon) -> Effect:
    paired = list(paired_replications(run, peace))
    largest, share = _largest(run, time)
    adopters = _difference("adopters_share", run, peace, time, paired)
    users = _users(run, largest, time, paired) - _users(peace, largest, time, paired)
    return Effect(
        horizon=time,
        adopters=student(adopters.to_numpy()),
        tokens=_ratio("tokens_mtok_per_day", run, peace, time, paired),
        price=_ratio("price_paid_usd_per_mtok", run, peace, time, paired),
        largest=largest,
        largest_share=share,
        its_users=student(users.to_numpy()),
        without=_without(run, peace, time, largest, adopters),
    )


def _without(
    run: Run, peace: Run, time: Horizon, product: str, adopters: pd.Series[float]
) -> Without | None:
    try:
        again = [
            finished_variant(world, without_product(world.scenario, product))
            for world in (run, peace)
        ]
    except ResultError:
        return None
    if again[0] is None or again[1] is None:
        return None
    left = _difference("adopters_share", again[0], again[1], time, list(adopters.index))
    return Without(student(left.to_numpy()), student((adopters - left).to_numpy()))


def _difference(
    column: str, run: Run, peace: Run, time: Horizon, paired: list[int]
) -> pd.Series[float]:
    return _at(run, column, time, paired) - _at(peace, column, time, paired)


def _ratio(column: str, run: Run, peace: Run, time: Horizon, paired: list[int]) -> Interval:
    ratio = _at(run, column, time, paired) / _at(peace, column, time, paired)
    logs = student(np.log(ratio.where((ratio > 0) & np.isfinite(ratio)).to_numpy()))
    return Interval(
        math.exp(logs.centre), math.exp(logs.low), math.exp(logs.high), logs.replications
    )


def _at(run: Run, column: str, time: Horizon, paired: list[int]) -> pd.Series[float]:
    """Value of a market column at the last snapshot up to a time, per replication."""
    rows = run.market[run.market["time_days"] <= time.time_days]
    ordered = rows.sort_values(["replication", "time_days"])
    return ordered.groupby("replication")[column].last().reindex(paired)


def _users(run: Run, product: str, time: Horizon, paired: list[int]) -> pd.Series[float]:
    rows = _last_week(run, time)
    own = rows[(rows["product"] == product) & rows["listed"]]
    return own.groupby("replication")["users_share"].sum().reindex(paired, fill_value=0.0)


def _largest(run: Run, time: Horizon) -> tuple[str, Interval]:
    rows = _last_week(run, time)
    sums = rows.groupby("product")["tokens_mtok_per_day"].sum()
    name = str(sums.idxmax())
    own = rows[rows["product"] == name].groupby("replication")["tokens_mtok_per_day"].sum()
    total = rows.groupby("replication")["tokens_mtok_per_day"].sum()
    return name, student((own / total.where(total > 0)).to_numpy())


def _last_week(run: Run, time: Horizon) -> pd.DataFrame:
    days = run.products["time_days"]
    return run.products[days == days[days <= time.time_days].max()]


def _added(adopters: Interval) -> str:
    """Say how many percentage points more or fewer users, or that none can be told."""
    points = adopters.text(lambda share: f"{100 * share:.2f}")
    if adopters.known and not adopters.settled:
        return f"as many users, as far as can be told ({points} percentage points more),"
    if adopters.centre < 0:
        fewer = Interval(-adopters.centre, -adopters.high, -adopters.low, adopters.replications)
        points = fewer.text(lambda share: f"{100 * share:.2f}")
        return f"{points} percentage points fewer users"
    return f"{points} percentage points more users"


def _two(value: float) -> str:
    return f"{value:.2f}"


def _horizon(run: Run, label: str, time_days: float) -> Horizon:
    date = run.scenario.start_date + dt.timedelta(days=math.floor(time_days))
    return Horizon(label, time_days, date, time_days <= run.scenario.duration_days)


def _name_of(worlds: Worlds, run: Run) -> str:
    return next(name for name, world in worlds.items() if world is run)

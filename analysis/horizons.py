"""The effect of a war over time, and how much of it hangs on one product.

An effect is the paired difference of a world and the same market without the war, taken at the last
snapshot up to 1, 3, 6 and 12 months after what set the war off, and at the end of the run.

Of the effect on adoption two parts are told apart from the whole, for the product with the most
tokens of that snapshot in the world with the war, and for the one that gains the most users by it:

its users
    Users of the product in this world less those in the other.
    It is read off the tables, and adds up over all products to the effect. It says where the added
    users are, not where they would be if the product were not there: many would use another.
without it
    The effect between the same two worlds run again as if the product had never existed, with the
    same draws. What goes is what hangs on the product. It takes a run of each world; see
    :func:`largest_products`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.comparison import paired_replications
from analysis.reactions import main_trigger
from analysis.significance import FAMILY_ERROR, holm, paired_p_value
from analysis.statistics import Interval, student
from analysis.variants import finished_variant, without_product
from analysis.worlds import AS_HAPPENED, Worlds, beside, peace_among, subject
from sim.errors import ResultError
from sim.record.run import Run
from sim.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import pandas as pd


Kept: TypeAlias = Callable[[Run], tuple[Path, ...]]
"""From a world to folders, besides its own, that may hold it without a product."""
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
    gone_p_value
        Of nothing going; adjusted where the effect's is.
    """

    adopters: Interval
    gone: Interval
    gone_p_value: float

    @property
    def settled(self) -> bool:
        """Whether what goes is more than chance."""
        return self.gone_p_value < FAMILY_ERROR


@dataclass(frozen=True, slots=True)
class ProductPart:
    """What one product has to do with the effect on adoption.

    Attributes
    ----------
    product
        Which.
    why
        What it has the most of: ``most tokens``, ``most added users``, or both.
    tokens_share
        Its share of all tokens in the world with the war.
    its_users
        Difference of the share of users that use it.
    without
        The effect without it; None if the worlds have not been run again.
    can_be_left_out
        Whether they can be: something else is on sale on the first day.
    """

    product: str
    why: str
    tokens_share: Interval
    its_users: Interval
    without: Without | None
    can_be_left_out: bool


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
    parts
        The product with the most tokens, and the one that gains the most users where that is
        another.
    p_value
        Of the effect on adoption being zero; see :func:`analysis.significance.paired_p_value`.
        `effects_of` adjusts it for the other effects of its table.
    """

    horizon: Horizon
    adopters: Interval
    tokens: Interval
    price: Interval
    parts: tuple[ProductPart, ...]
    p_value: float

    @property
    def settled(self) -> bool:
        """Whether the effect on adoption is more than chance."""
        return self.p_value < FAMILY_ERROR


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
    peace = peace_among(worlds)
    shown = {name: run for name, run in worlds.items() if run is not peace}
    return dict(sorted(shown.items(), key=lambda item: item[0] != AS_HAPPENED))


def effects(run: Run, peace: Run, times: list[Horizon], kept: Kept = lambda _: ()) -> list[Effect]:
    """Return the effects of a war at the times that a run reaches.

    Parameters
    ----------
    run, peace
        Worlds with and without the war, of the same seed and dates.
    times
        When; those that are not reached are left out.
    kept
        From a world to the folders, besides its own, where it is looked for without a product.
    """
    return [_effect(run, peace, time, kept) for time in times if time.reached]


def effects_of(worlds: Worlds) -> dict[str, list[Effect]]:
    """Return the effects of all worlds over the one without the war, at all times reached.

    All effects on adoption, and all that goes with a product, are one family of tests: their p
    values are adjusted by Holm. Empty without a world that lacks the war.
    """
    peace = peace_among(worlds)
    if peace is None:
        return {}
    times = horizons(subject(worlds))
    kept = partial(beside, worlds)
    found = {name: effects(run, peace, times, kept) for name, run in compared(worlds).items()}
    adjusted = iter(holm([p for rows in found.values() for it in rows for p in _p_values(it)]))
    return {name: [_adjusted(it, adjusted) for it in rows] for name, rows in found.items()}


def _p_values(effect: Effect) -> Iterator[float]:
    yield effect.p_value
    yield from (part.without.gone_p_value for part in effect.parts if part.without is not None)


def _adjusted(effect: Effect, p_values: Iterator[float]) -> Effect:
    """Return an effect with the next p values, in the order in which `_p_values` yields them."""
    own = next(p_values)
    parts = tuple(
        part
        if part.without is None
        else replace(part, without=replace(part.without, gone_p_value=next(p_values)))
        for part in effect.parts
    )
    return replace(effect, p_value=own, parts=parts)


def record_sentence(worlds: Worlds) -> str:
    """Return what the war added at the list prices of the record, and at those of the war.

    Empty where the record does not stand beside the war and the market without it.
    """
    if peace_among(worlds) is None or AS_HAPPENED not in worlds:
        return ""
    recorded, *others = (effects_[-1] for effects_ in effects_of(worlds).values())
    date = recorded.horizon.date
    text = (
        f"At the list prices that were really charged, {_added(recorded)} had a product "
        f"on {date.day} {date:%B %Y} than in the same market without the war, and used "
        f"{recorded.tokens.text(_two)} times as many tokens a day at {recorded.price.text(_two)} "
        "times the price"
    )
    for effect in others:
        text += (
            f"; in the war that the policies of this scenario make, {_added(effect)}, "
            f"{effect.tokens.text(_two)} times as many tokens and {effect.price.text(_two)} times "
            "the price"
        )
    return f"{text}."


def largest_products(worlds: Worlds) -> Iterator[tuple[str, Run, str]]:
    """Yield what to run again to see what hangs on the largest product at each time.

    Yields
    ------
    tuple
        A world's name; its run; the product to leave out.
    """
    peace = peace_among(worlds)
    if peace is None:
        return
    base = next(name for name, world in worlds.items() if world is peace)
    seen = set()
    for name, found in effects_of(worlds).items():
        for product in (part.product for effect in found for part in effect.parts):
            for world in (name, base):
                if (world, product) not in seen:
                    seen.add((world, product))
                    yield world, worlds[world], product


def _effect(run: Run, peace: Run, time: Horizon, kept: Kept) -> Effect:
    paired = list(paired_replications(run, peace))
    with_war, calm = (_at(world, "adopters_share", time, paired) for world in (run, peace))
    adopters = with_war - calm
    return Effect(
        horizon=time,
        adopters=student(adopters.to_numpy()),
        tokens=_ratio("tokens_mtok_per_day", run, peace, time, paired),
        price=_ratio("price_paid_usd_per_mtok", run, peace, time, paired),
        parts=tuple(_parts(run, peace, time, adopters, kept)),
        p_value=_p_value(with_war, calm),
    )


def _parts(
    run: Run, peace: Run, time: Horizon, adopters: pd.Series[float], kept: Kept
) -> Iterator[ProductPart]:
    paired = list(adopters.index)
    rows = _last_week(run, time)
    tokens = rows.pivot_table(
        index="replication", columns="product", values="tokens_mtok_per_day", aggfunc="sum"
    ).reindex(paired)
    gains = _users(run, time, paired).sub(_users(peace, time, paired), fill_value=0.0)
    either = gains.columns.union(tokens.columns)
    gains, tokens = (it.reindex(columns=either, fill_value=0.0) for it in (gains, tokens))
    for product, why in _largest(tokens, gains).items():
        share = tokens[product].fillna(0.0) / tokens.sum(axis=1)
        yield ProductPart(
            product,
            why,
            student(share.to_numpy()),
            student(gains[product].to_numpy()),
            *_without(run, peace, time, product, adopters, kept),
        )


def _largest(tokens: pd.DataFrame, gains: pd.DataFrame) -> dict[str, str]:
    """Return the product with the most tokens and the one that gains the most users, and why.

    None where nothing is sold, and none where no product gains any.
    """
    whys = {}
    if tokens.sum().gt(0.0).any():
        whys[str(tokens.sum().idxmax())] = "most tokens"
    if gains.mean().gt(0.0).any():
        gainer = str(gains.mean().idxmax())
        whys[gainer] = "most tokens and added users" if gainer in whys else "most added users"
    return whys


def _without(
    run: Run, peace: Run, time: Horizon, product: str, adopters: pd.Series[float], kept: Kept
) -> tuple[Without | None, bool]:
    """Return the effect without a product, if it is there, and whether it can be left out."""
    try:
        variants = [(world, without_product(world.scenario, product)) for world in (run, peace)]
    except ResultError:
        return None, False
    again = [finished_variant(world, variant, *kept(world)) for world, variant in variants]
    if again[0] is None or again[1] is None:
        return None, True
    with_war, calm = (
        _at(world, "adopters_share", time, list(adopters.index)) for world in (again[0], again[1])
    )
    left = with_war - calm
    gone = student((adopters - left).to_numpy())
    return Without(student(left.to_numpy()), gone, _p_value(adopters, left)), True


def _p_value(first: pd.Series[float], second: pd.Series[float]) -> float:
    """Return the p value of the replications in which both worlds last that long."""
    both = np.isfinite(first - second)
    return paired_p_value(first[both].to_numpy(), second[both].to_numpy())


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


def _users(run: Run, time: Horizon, paired: list[int]) -> pd.DataFrame:
    """Share of users of each product that is on offer: a row a replication, a column a product."""
    rows = _last_week(run, time)
    shares = rows[rows["listed"]].pivot_table(
        index="replication", columns="product", values="users_share", aggfunc="sum"
    )
    return shares.reindex(paired).fillna(0.0)


def _last_week(run: Run, time: Horizon) -> pd.DataFrame:
    days = run.products["time_days"]
    rows: pd.DataFrame = run.products[days == days[days <= time.time_days].max()]
    return rows


def _added(effect: Effect) -> str:
    """Say how many percentage points more or fewer users, or that none can be told."""
    adopters = effect.adopters
    points = adopters.text(lambda share: f"{100 * share:.2f}")
    if adopters.known and not effect.settled:
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

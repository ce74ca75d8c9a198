"""The effect of a war over time.

An effect is the paired difference of a world and the same market without the war, taken at the last
snapshot up to 1, 3, 6 and 12 months after what set the war off, and at the end of the run. What of
the effect on adoption hangs on one product is told by :mod:`analysis.product_parts`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from analysis.comparison import paired_replications
from analysis.horizons import Horizon, horizons, market_at
from analysis.product_parts import Kept, ProductPart, parts_of
from analysis.significance import FAMILY_ERROR, holm, paired_p_value
from analysis.statistics import Interval, student
from analysis.words import day
from analysis.worlds import AS_HAPPENED, Worlds, beside, peace_among, subject
from sim.record.run import Run


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
    text = (
        f"At the list prices that were really charged, {_added(recorded)} had a product "
        f"on {day(recorded.horizon.date)} than in the same market without the war, and used "
        f"{recorded.tokens.text(_two)} times as many tokens a day at {recorded.price.text(_two)} "
        "times the price"
    )
    for effect in others:
        added = _added(effect).removesuffix(",")
        text += (
            f"; in the war that the policies of this scenario make, {added}, "
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
    with_war, calm = (market_at(world, "adopters_share", time, paired) for world in (run, peace))
    adopters = with_war - calm
    return Effect(
        horizon=time,
        adopters=student(adopters.to_numpy()),
        tokens=_ratio("tokens_mtok_per_day", run, peace, time, paired),
        price=_ratio("price_paid_usd_per_mtok", run, peace, time, paired),
        parts=tuple(parts_of(run, peace, time, adopters, kept)),
        p_value=paired_p_value(with_war, calm),
    )


def _ratio(column: str, run: Run, peace: Run, time: Horizon, paired: list[int]) -> Interval:
    ratio = market_at(run, column, time, paired) / market_at(peace, column, time, paired)
    logs = student(np.log(ratio.where((ratio > 0) & np.isfinite(ratio)).to_numpy()))
    return Interval(
        math.exp(logs.centre), math.exp(logs.low), math.exp(logs.high), logs.replications
    )


def _added(effect: Effect) -> str:
    """Say how many percentage points more or fewer users, and whether that may be chance."""
    adopters, word = effect.adopters, "more"
    if adopters.centre < 0:
        adopters = Interval(-adopters.centre, -adopters.high, -adopters.low, adopters.replications)
        word = "fewer"
    points = adopters.text(lambda share: f"{100 * share:.2f}")
    chance = ", which may be chance," if adopters.known and not effect.settled else ""
    return f"{points} percentage points {word} users{chance}"


def _two(value: float) -> str:
    return f"{value:.2f}"

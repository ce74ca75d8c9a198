"""The effects of a war proper: in all, by news alone and by prices; and what margins bore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.attribution.margins import log_averages, squeezed_share
from analysis.attribution.quantities import LOG, QUANTITIES, Quantity
from analysis.attribution.war_worlds import Tables, WarWorlds
from analysis.statistics import Interval, at_end, student
from sim.record.unit import LOGIT, OF_TASKS, OF_USERS, Unit

if TYPE_CHECKING:
    import pandas as pd

EXPANSION: Final = "market expansion"
INNOVATION: Final = "technical innovation"
OPTIMISATION: Final = "cost optimisation"


@dataclass(frozen=True, slots=True)
class WarEffect:
    """What a war does to an outcome, in its unit; see `analysis.attribution.war_worlds`.

    Attributes
    ----------
    quantity
        Which.
    total
        The war less cost-plus at the same pre-war margins.
    by_news
        What its news does at prices without the war; None where users heed no news.
    by_prices
        The rest.
    """

    quantity: Quantity
    total: Interval
    by_news: Interval | None
    by_prices: Interval | None


@dataclass(frozen=True, slots=True)
class Line:
    """What a war does to one thing, the war less the calm market at the end.

    Attributes
    ----------
    heading
        ``EXPANSION``, ``INNOVATION`` or ``OPTIMISATION``.
    label
        What people read.
    unit
        Of the effect.
    effect
        The paired difference.
    """

    heading: str
    label: str
    unit: Unit
    effect: Interval


@dataclass(frozen=True, slots=True)
class WarEffects:
    """All effects of a war.

    Attributes
    ----------
    effects
        One an outcome.
    lines
        Under three headings.
    squeezed_over_time
        Part of the fall of the average list price, first week to last, that margins bore.
    squeezed_by_war
        Part of what the war took off the last week's average list price that margins bore.
    """

    effects: tuple[WarEffect, ...]
    lines: tuple[Line, ...]
    squeezed_over_time: Interval
    squeezed_by_war: Interval

    @property
    def frame(self) -> pd.DataFrame:
        """A row an effect: what of, through what, its interval."""
        import pandas as pd

        rows = [
            (one.quantity.name, part, one.quantity.unit.stored, interval)
            for one in self.effects
            for part, interval in (
                ("total", one.total),
                ("by_news", one.by_news),
                ("by_prices", one.by_prices),
            )
            if interval is not None
        ]
        rows += [(line.label, line.heading, line.unit.stored, line.effect) for line in self.lines]
        share = "share of the price fall that margins bore"
        rows.append((share, "over time", "share", self.squeezed_over_time))
        rows.append((share, "by the war", "share", self.squeezed_by_war))
        return pd.DataFrame(
            [
                (of, through, unit, it.centre, it.low, it.high, it.replications)
                for of, through, unit, it in rows
            ],
            columns=["of", "through", "unit", "effect", "low", "high", "replications"],
        )


def war_effects(worlds: WarWorlds) -> WarEffects:
    """Return the effects of a war, paired over replications.

    Parameters
    ----------
    worlds
        The war, the calm market, and the news of the war alone.
    """
    start = log_averages(worlds.war.products, at_end=False)
    end, calm = (log_averages(one.products, at_end=True) for one in (worlds.war, worlds.calm))
    fell, taken = (end - start), (end - calm)
    return WarEffects(
        tuple(_effect(worlds, quantity) for quantity in QUANTITIES),
        _lines(worlds),
        squeezed_share(fell["price"].to_numpy(), fell["cost"].to_numpy()),
        squeezed_share(taken["price"].to_numpy(), taken["cost"].to_numpy()),
    )


def _effect(worlds: WarWorlds, quantity: Quantity) -> WarEffect:
    war, calm = (quantity.measure(one.market) for one in (worlds.war, worlds.calm))
    total = student((war - calm).to_numpy())
    if worlds.news_alone is None:
        return WarEffect(quantity, total, None, None)
    heard = quantity.measure(worlds.news_alone.market)
    by_news, by_prices = (heard - calm).to_numpy(), (war - heard).to_numpy()
    return WarEffect(quantity, total, student(by_news), student(by_prices))


def _lines(worlds: WarWorlds) -> tuple[Line, ...]:
    def market(column: str) -> pd.Series[float]:
        return at_end(worlds.war.market, column) - at_end(worlds.calm.market, column)

    def logs(measure: str, per: str = "") -> pd.Series[float]:
        return _log_end(worlds.war, measure, per) - _log_end(worlds.calm, measure, per)

    def cost(table: Tables) -> pd.Series[float]:
        return log_averages(table.products, at_end=True)["cost"]

    tokens, energy = "tokens_mtok_per_day", "energy_kwh_per_day"
    found = (
        (EXPANSION, "Adopters", OF_USERS, market("adopters_share")),
        (EXPANSION, "Tasks run", OF_TASKS, market("tasks_share")),
        (EXPANSION, "Tokens: more users", LOG, logs("adopters_share")),
        (EXPANSION, "Tokens: more a user", LOG, logs(tokens, "adopters_share")),
        (INNOVATION, "Frontier capability", LOGIT, market("frontier_capability_logit")),
        (
            INNOVATION,
            "Capability of what is used",
            LOGIT,
            _used_capability(worlds.war) - _used_capability(worlds.calm),
        ),
        (OPTIMISATION, "Cost of serving a token", LOG, cost(worlds.war) - cost(worlds.calm)),
        (OPTIMISATION, "Energy of a token", LOG, logs(energy, tokens)),
    )
    return tuple(
        Line(heading, label, unit, student(values.to_numpy()))
        for heading, label, unit, values in found
    )


def _log_end(table: Tables, measure: str, per: str) -> pd.Series[float]:
    values = at_end(table.market, measure)
    if per:
        values = values / at_end(table.market, per)
    return values.where(values > 0.0).apply(np.log)


def _used_capability(table: Tables) -> pd.Series[float]:
    """Return the mean capability of the tokens of the last week, by replication."""
    rows = table.products
    last = rows[(rows["time_days"] == rows["time_days"].max()) & (rows["tokens_mtok_per_day"] > 0)]
    weights = last["tokens_mtok_per_day"]
    sums = (
        last.assign(weighted=weights * last["capability_logit"], tokens=weights)
        .groupby("replication")[["weighted", "tokens"]]
        .sum()
    )
    mean: pd.Series[float] = sums["weighted"] / sums["tokens"]
    return mean

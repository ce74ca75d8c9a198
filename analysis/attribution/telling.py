"""An attribution in tables and sentences, for the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from analysis.amounts import in_unit
from analysis.attribution.attribution import (
    AttributedQuantity,
    Attribution,
    FactorEffect,
    PairEffect,
)
from analysis.attribution.in_play import in_words
from analysis.attribution.quantities import LOG
from analysis.statistics import MONTE_CARLO, Interval, short
from analysis.words import counted, joined, sentence_case

if TYPE_CHECKING:
    from analysis.attribution.local_response import ResponseAt
    from analysis.attribution.war_effects import WarEffects
    from analysis.printable import PrintableTable
    from sim.record.unit import Unit

_TOLD: Final = ("price_paid_usd_per_mtok_end_log", "adopters_share_end", "tokens_mtok_per_day_end")
_LEFT_OUT: Final = ("frontier", "tasks")
"""Outcomes whose interactions are in the files, and in no table."""
_SUBSTITUTE_SHARE: Final = 0.1
"""Interactions below this part of the total are not told as sentences."""


def unit_of(one: AttributedQuantity) -> Unit:
    """Return the unit in which an outcome's effects are short numbers."""
    effects = (abs(it.shapley.centre) for it in one.factors)
    return one.quantity.unit_for(max(abs(one.total.centre), *effects))


def factor_tables(attribution: Attribution) -> Iterator[PrintableTable]:
    """Yield a table an outcome: what every factor is worth for it."""
    for one in attribution.quantities:
        unit = unit_of(one)
        number, symbol = in_unit(unit), unit.of_difference
        label = one.quantity.label if symbol == LOG.symbol else f"{one.quantity.label}, {symbol}"
        table = _table(f"{label}: {one.total.text(number)} by all factors", "")
        table.add_column("factor", min_width=14)
        for name in ("worth", "95% interval", "part", "first in", "last in", "least to most"):
            table.add_column(name, justify="right")
        for effect in one.factors:
            table.add_row(
                f"{in_words(effect.factor)}{_mark(effect)}",
                number(effect.shapley.centre),
                _bounds(effect.shapley, number),
                _part(one.share(effect)),
                number(effect.first_in.centre),
                number(effect.last_in.centre),
                f"{number(effect.least)} to {number(effect.most)}",
                style="bold" if effect.settled else None,
            )
        yield table


def interaction_table(attribution: Attribution) -> PrintableTable:
    """Lay out the interactions of pairs, a column an outcome."""
    shown = [one for one in attribution.quantities if one.quantity.short_label not in _LEFT_OUT]
    table = _table(
        "What two factors do together beyond what each does",
        "In the units above. Of the opposite sign of what each adds: they stand in for each other. "
        "In parentheses: the 95% interval includes zero.",
    )
    table.add_column("pair", min_width=12)
    for one in shown:
        table.add_column(one.quantity.short_label, justify="right", no_wrap=True)
    for index, pair in enumerate(attribution.quantities[0].pairs):
        cells = []
        for one in shown:
            interaction = one.pairs[index].interaction
            text = in_unit(unit_of(one))(interaction.centre)
            cells.append(text if interaction.settled else f"({text})")
        table.add_row(" x ".join(in_words(name) for name in pair.factors), *cells)
    return table


def war_table(war: WarEffects) -> PrintableTable:
    """Lay out the effects of the war proper."""
    table = _table(
        "The war, held against cost-plus at the same pre-war margins",
        "By news: users hear all of the war, at prices without it; by prices: the rest. Intervals "
        "are of paired replications, 95%.",
    )
    table.add_column("outcome")
    for name in ("in all", "by news", "by prices"):
        table.add_column(name, justify="right")
    for effect in war.effects:
        unit = effect.quantity.unit_for(abs(effect.total.centre))
        number = in_unit(unit)
        label = effect.quantity.label
        table.add_row(
            label if unit.symbol == LOG.symbol else f"{label}, {unit.of_difference}",
            effect.total.text(number),
            *(
                "" if part is None else part.text(number)
                for part in (effect.by_news, effect.by_prices)
            ),
        )
    return table


def line_table(war: WarEffects) -> PrintableTable:
    """Lay out market expansion, technical innovation and cost optimisation."""
    table = _table(
        "Through what: the war less cost-plus, at the end",
        "Launches, versions, projects and upgrades are inputs of the scenario, so a war moves "
        "capability and cost only by what users choose, and by what providers can still pay for.",
    )
    table.add_column("of what")
    table.add_column("effect", justify="right")
    heading = ""
    for line in war.lines:
        if line.heading != heading:
            heading = line.heading
            table.add_section()
            table.add_row(sentence_case(heading), style="bold")
        number = in_unit(line.unit)
        unit = "in logs" if line.unit.symbol == LOG.symbol else line.unit.of_difference
        table.add_row(f"  {line.label}, {unit}", line.effect.text(number))
    return table


def sentences(
    attribution: Attribution, war: WarEffects | None, response: tuple[ResponseAt, ...]
) -> Iterator[str]:
    """Yield what there is to say in words."""
    for name in _TOLD:
        yield _sentence(attribution[name])
    yield from _stand_ins(attribution[_TOLD[0]])
    if war is not None:
        yield from _margins(war)
    if response:
        after = [
            f"{one.tokens.text(_percent_of_two)} after {counted(round(one.months), 'month')}"
            for one in response
        ]
        yield (
            "Locally: where all prices are 1% lower, and nobody hears news of it, tokens are up by "
            f"{joined(after)}."
        )


def _sentence(one: AttributedQuantity) -> str:
    number = in_unit(unit_of(one))
    symbol = unit_of(one).of_difference.replace("% points", "percentage points")
    unit = "" if symbol == LOG.symbol else f" {symbol}"
    worth = sorted(one.factors, key=lambda effect: -abs(effect.shapley.centre))
    return (
        f"{one.quantity.label}: all factors together {number(one.total.centre)}{unit}, of which "
        + joined([_worth(effect, number) for effect in worth])
        + "."
    )


def _worth(effect: FactorEffect, number: Callable[[float], str]) -> str:
    if effect.order_decides:
        least, most = number(effect.least), number(effect.most)
        return f"{in_words(effect.factor)} {least} to {most} as the order decides"
    if effect.order_may_decide:
        least, most = number(effect.least), number(effect.most)
        return (
            f"{in_words(effect.factor)} {number(effect.shapley.centre)} ({least} to {most}, by "
            "order or by chance: one replication does not say)"
        )
    return f"{in_words(effect.factor)} {effect.shapley.text(number)}"


def _mark(effect: FactorEffect) -> str:
    if effect.order_decides:
        return " *"
    return " ?" if effect.order_may_decide else ""


def _stand_ins(one: AttributedQuantity) -> Iterator[str]:
    """Say which pairs stand in for each other, the most so first."""
    number, total = in_unit(unit_of(one)), one.total.centre
    found = [
        pair
        for pair in one.pairs
        if pair.interaction.settled
        and pair.joint < 0
        and abs(pair.interaction.centre) > _SUBSTITUTE_SHARE * abs(total)
    ]
    for pair in sorted(found, key=lambda it: -abs(it.interaction.centre)):
        yield _stand_in(one, pair, number)


def _stand_in(one: AttributedQuantity, pair: PairEffect, number: Callable[[float], str]) -> str:
    """Say it of the worlds where it shows most: with no other factor, or with all others."""
    names = [in_words(name) for name in pair.factors]
    where = "with nothing else" if pair.shows_most_alone else "with all others there"
    first, second, both = pair.shown
    return (
        f"{sentence_case(names[0])} and {names[1]} stand in for each other: {where}, {names[0]} "
        f"adds {number(first)}, {names[1]} {number(second)}, and both {number(both)} "
        f"({one.quantity.label[0].lower()}{one.quantity.label[1:]})."
    )


def _margins(war: WarEffects) -> Iterator[str]:
    over_time, by_war = war.squeezed_over_time, war.squeezed_by_war
    if not math.isnan(over_time.centre):
        yield (
            "Of the change of the average list price from the first week to the last, in logs, "
            f"margins bore {_percent(over_time)}{_of_costs(over_time)}."
        )
    if not math.isnan(by_war.centre):
        yield (
            "Of what the war did to the last week's average list price, margins bore "
            f"{_percent(by_war)}{_of_costs(by_war)}."
        )


def _bounds(interval: Interval, number: Callable[[float], str]) -> str:
    if interval.known and interval.low == interval.high:
        return "no spread"
    return interval.bounds(number)


def _of_costs(share: Interval) -> str:
    if share.low > 1.0:
        return ": more than all of it, for the average cost moved the other way"
    return " and costs the rest" if share.high < 1.0 else ""


def _percent(interval: Interval) -> str:
    return interval.text(lambda share: f"{100.0 * share:.0f}%")


def _percent_of_two(value: float) -> str:
    return f"{value:.2f}%"


def _part(share: float) -> str:
    return "" if math.isnan(share) else f"{round(100.0 * share)}%"


def note(attribution: Attribution) -> str:
    """Say how to read the tables, and how sure they are."""
    lines = [
        f"{attribution.name}: {counted(attribution.worlds, 'world')} of "
        f"{counted(len(attribution.factors), 'factor')}, "
        f"{counted(attribution.replications, 'replication')}.",
        "Worth: mean over all orders in which the factors may come (Shapley); the parts add up. "
        "First in: alone; last in: beside all others; least to most: whatever came before. "
        "*: least and most are apart, so the order decides and no single number holds."
        + ("" if attribution.orders else " Bold: more than chance (Holm, 5%)."),
        f"Intervals: 95%; {MONTE_CARLO}. Money is undiscounted, a year.",
    ]
    if attribution.replications == 1:
        lines.append("?: least and most are apart; one replication does not say if by chance.")
    if attribution.orders:
        errors = [
            effect.sampling_error / abs(one.total.centre)
            for one in attribution.quantities
            for effect in one.factors
            if one.total.centre
        ]
        lines.append(
            f"{attribution.orders} orders are sampled, each beside its reverse: their standard "
            f"error is in the intervals, and at most {short(100.0 * max(errors, default=0.0))}% of "
            "a total. They have no p values, so nothing is bold; interactions need all worlds."
        )
    return "\n".join(lines)


def _table(title: str, note: str) -> PrintableTable:
    from rich.box import SIMPLE_HEAD
    from rich.text import Text

    from analysis.printable import PrintableTable

    return PrintableTable(
        title=title,
        caption=Text(note),
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )

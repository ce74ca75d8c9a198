"""The answer of a run in a few sentences, each made from its numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.amounts import amount, change_of, fold, in_unit, level, percent
from analysis.comparison import Comparison, compare_all
from analysis.contrast import Contrast
from analysis.course import Course, course_of, sentence
from analysis.differences import FEW, in_a_phrase
from analysis.effects import record_sentence
from analysis.scales import POSITIVE, SHARE
from analysis.statistics import MONTE_CARLO, Interval, at_end, at_start, student
from analysis.words import counted, joined, sentence_case
from analysis.worlds import Worlds, adds_the_war, others, subject
from sim.quantities import FloatArray
from sim.record.event import EventKind
from sim.record.tables import TABLES

if TYPE_CHECKING:
    from sim.record.run import Run


_PRICE, _ADOPTERS, _TOKENS = "price_paid_usd_per_mtok", "adopters_share", "tokens_mtok_per_day"


def sentences(worlds: Worlds) -> list[str]:
    """Answer first, then say more: users, the other worlds, who left.

    Parameters
    ----------
    worlds
        The run that the page is about, and what it is compared with.
    """
    run = subject(worlds)
    paid = course_of(run.market, _PRICE)
    if not paid.known:
        return ["Nothing was sold in this run."]
    first = next(iter(worlds))
    comparisons = dict(zip(others(worlds), compare_all(run, others(worlds).values()), strict=True))
    said = [
        record_sentence(worlds),
        _price(paid),
        f"{_use(run)} {_exits(run)}",
        *_effects(first, worlds, comparisons),
        _brackets(run),
    ]
    return [text for text in said if text]


def _price(paid: Course) -> str:
    text = sentence(paid, "the average price paid", TABLES["market"][_PRICE].unit)
    return sentence_case(text)


def _use(run: Run) -> str:
    """Users and tokens, from the first observation to the last."""
    before, after = at_start(run.market, _ADOPTERS), at_end(run.market, _ADOPTERS)
    unit = TABLES["market"][_ADOPTERS].unit
    users = (
        f"Users with a product went from {percent(before.mean())} to "
        f"{level(student(after.to_numpy(), SHARE), unit)}"
    )
    tokens = at_start(run.market, _TOKENS), at_end(run.market, _TOKENS)
    unit = TABLES["market"][_TOKENS].unit
    grown = _growth(np.asarray(tokens[0], float), np.asarray(tokens[1], float))
    return (
        f"{users}, and the tokens that they use from {amount(tokens[0].mean(), unit)} to "
        f"{amount(tokens[1].mean(), unit)}{grown}."
    )


def _growth(before: FloatArray, after: FloatArray) -> str:
    """How many times as much, as the geometric mean; nothing where either is zero."""
    if not (np.all(before > 0) and np.all(after > 0)):
        return ""
    ratios = after / before
    logs = student(np.log(ratios))
    low, high = math.exp(min(logs.low, 700.0)), math.exp(min(logs.high, 700.0))
    vague = logs.known and bool(POSITIVE.says_nothing(np.array(low), np.array(high)))
    times = Interval(math.exp(logs.centre), low, high, logs.replications, says_nothing=vague)
    bounds = f" ({times.bounds()})" if times.known else ""
    grown = fold(times.centre) if times.centre >= 2 else f"{times.centre:.2f} times as many"
    return f", {grown}{bounds}"


def _effects(first: str, worlds: Worlds, comparisons: Mapping[str, Comparison]) -> list[str]:
    """Say of every other world in what it differs, and what that changes."""
    said = []
    for name, comparison in comparisons.items():
        pair = f"\u201c{first}\u201d and \u201c{name}\u201d"
        if adds_the_war(subject(worlds), others(worlds)[name]):
            apart = (
                f"{pair} differ in the war alone: in \u201c{first}\u201d providers answer each "
                f"other with their policies of war.{_added(comparison['adopters_share_end'])}"
            )
        elif comparison.differences:
            more = "" if len(comparison.differences) <= FEW else "; all are listed below"
            apart = f"{pair} differ in {in_a_phrase(comparison.differences)}{more}."
        else:
            apart = f"{pair} are the same scenario."
        said.append(f"{apart} {_levels(first, name, comparison)}".strip())
    return said


def _added(adopters: Contrast) -> str:
    """Say what the war did to adoption, where chance did not."""
    chance = adopters.difference.known and not adopters.settled
    if chance or not abs(adopters.difference.centre) > 0.0:
        return ""
    did = "added" if adopters.difference.centre > 0 else "took away"
    changed = change_of(adopters.difference, adopters.outcome.unit)
    return f" The war {did} {changed} of users with a product at the end."


_COMPARED = {
    "adopters_share_end": ("users with a product at the end", "more", "fewer"),
    "price_paid_usd_per_mtok_lowest": ("price paid at its lowest", "higher", "lower"),
    "price_paid_usd_per_mtok_end": ("price paid at the end", "higher", "lower"),
    "tokens_mtok_per_day_end": ("tokens at the end", "more", "fewer"),
    "consumer_surplus_usd_per_year": ("consumer surplus over the run", "more", "less"),
    "producer_surplus_usd_per_year": ("producer surplus over the run", "more", "less"),
}
"""Outcomes that the answer compares, what it calls them, and its words for more and for less."""


def _levels(first: str, name: str, comparison: Comparison) -> str:
    """Write both levels of each outcome, and the difference where it is more than chance."""
    apart, chance, same = [], [], []
    for outcome, (what, up, down) in _COMPARED.items():
        contrast = comparison[outcome]
        if not contrast.difference.replications:
            continue
        if _is_same(contrast.difference):
            same.append(what)
        elif not contrast.settled and contrast.difference.low < contrast.difference.high:
            chance.append(f"{what} ({_both(contrast)})")
        else:
            more = up if contrast.difference.centre > 0 else down
            apart.append(f"{what} {_both(contrast)}, {_by(contrast)} {more}")
    parts = []
    if apart:
        parts.append(f"\u201c{first}\u201d against \u201c{name}\u201d: {'; '.join(apart)}.")
    if chance:
        parts.append(f"Not told apart from chance: {'; '.join(chance)}.")
    if same:
        parts.append(f"The same in both: {joined(same)}.")
    return " ".join(parts)


def _is_same(difference: Interval) -> bool:
    """Return whether both worlds have the same value in every replication."""
    return difference.centre == 0.0 and not (difference.known and difference.low < 0.0)


def _both(contrast: Contrast) -> str:
    """Write both levels in one unit: ``24.6 against 18.5% of users``."""
    number = in_unit(contrast.unit)
    space = "" if contrast.unit.symbol == "%" else " "
    return (
        f"{number(contrast.first.centre)} against {number(contrast.second.centre)}"
        f"{space}{contrast.unit.spelled}"
    )


def _by(contrast: Contrast) -> str:
    """Write the size of a difference in the unit of the levels: ``6.1 (5.5 to 6.7)``."""
    sized, number = contrast.difference.unsigned, in_unit(contrast.unit)
    points = " percentage points" if contrast.unit.symbol == "%" else ""
    bounds = f" ({sized.bounds(number)})" if sized.known else ""
    return f"{number(sized.centre)}{points}{bounds}"


def _exits(run: Run) -> str:
    exits = run.events[run.events["kind"] == EventKind.EXIT]
    if exits.empty:
        return "No provider left the market."
    counts = exits.groupby("actor")["replication"].nunique().sort_values(ascending=False)
    total = len(run.replications)
    names = ", ".join(f"{name} (in {count} of {total})" for name, count in counts.items())
    return f"{sentence_case(counted(len(counts), 'provider'))} left the market: {names}."


def _brackets(run: Run) -> str:
    if len(run.replications) < 2:
        return "All this is one replication: it says nothing about chance."
    return f"In brackets: 95% intervals of the mean, {MONTE_CARLO}."

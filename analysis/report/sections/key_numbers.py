"""The key numbers: where the run began, where it ended, and what the other worlds have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.amounts import in_unit
from analysis.comparison import MORE_THAN_CHANCE, compare_all
from analysis.contrast import Contrast
from analysis.course import period_of
from analysis.outcomes import Outcome, outcomes_of
from analysis.report.section import Block, Cell, Heading, PageTable, section
from analysis.statistics import MONTE_CARLO, Interval, at_start, first_settlement_days, student
from analysis.words import day_of
from analysis.worlds import Worlds, others, subject

if TYPE_CHECKING:
    from sim.record.run import Run
    from sim.record.unit import Unit


@section("numbers", place=20, title="Key numbers")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write the table, and how to read it."""
    yield (
        f"Means over replications with 95% intervals: {MONTE_CARLO}. Money is per year, as a mean "
        "over the run, not discounted."
    )
    yield PageTable(_headings(worlds), tuple(_rows(worlds)))
    if others(worlds):
        yield (
            f"Differences are paired, replication by replication. Bold: {MORE_THAN_CHANCE}; the "
            "intervals are of one outcome each. Variance cut: how many times more replications "
            "independent draws would need for an interval as narrow, because the worlds share "
            "every draw that means the same in both: the variance of the difference between "
            "independent runs over that between these."
        )


def _headings(worlds: Worlds) -> tuple[Heading, ...]:
    first = next(iter(worlds))
    beside = [
        heading
        for other in others(worlds)
        for heading in (
            Heading(other, "number"),
            Heading(f"{first} minus {other}", "number"),
            Heading("variance cut"),
        )
    ]
    return (
        Heading("outcome"),
        Heading("unit"),
        Heading(_beginning(first, subject(worlds)), "number"),
        Heading(first, "number"),
        *beside,
    )


def _beginning(name: str, run: Run) -> str:
    """Head of the column of first observations: ``this run, week to 8 April 2024``."""
    time = run.market["time_days"]
    dates = run.market.loc[time == first_settlement_days(time), "date"]
    return f"{name}, {period_of(time)} to {day_of(dates.iloc[0])}" if len(dates) else name


def _rows(worlds: Worlds) -> Iterator[tuple[Cell | str, ...]]:
    run = subject(worlds)
    comparisons = compare_all(run, others(worlds).values())
    if not comparisons:
        for outcome in outcomes_of(run):
            own = student(outcome.measure(run).to_numpy(), outcome.scale)
            yield _row(outcome, run, own, [])
        return
    for it in comparisons[0].contrasts:
        if all(it.outcome.name in comparison for comparison in comparisons):
            contrasts = [comparison[it.outcome.name] for comparison in comparisons]
            yield _row(it.outcome, run, it.first, contrasts)


def _row(
    outcome: Outcome, run: Run, own: Interval, contrasts: list[Contrast]
) -> tuple[Cell | str, ...]:
    """Label, unit, where the run began, where it ended; then each other world."""
    start = float(at_start(run.market, outcome.column).mean()) if outcome.column else math.nan
    unit = outcome.unit_for(start, own.centre, *(contrast.second.centre for contrast in contrasts))
    beside = [cell for contrast in contrasts for cell in _beside(contrast, unit)]
    began = "" if math.isnan(start) else in_unit(unit)(start)
    return (outcome.label, unit.symbol, began, _cell(own, unit), *beside)


def _beside(contrast: Contrast, unit: Unit) -> tuple[Cell | str, ...]:
    return (
        _cell(contrast.second, unit),
        _cell(contrast.difference, unit, bold=contrast.settled),
        contrast.variance_reduction_text,
    )


def _cell(interval: Interval, unit: Unit, *, bold: bool = False) -> Cell:
    number = in_unit(unit)
    return Cell(number(interval.centre), interval.bounds(number), "settled" if bold else "")

"""The key numbers: where the run began, where it ended, and what the other worlds have."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.comparison import Contrast, compare
from analysis.outcomes import Outcome, outcomes_of
from analysis.report.answer import at_start
from analysis.report.section import Block, Cell, Heading, Table, section
from analysis.statistics import Interval, student
from analysis.worlds import Worlds, others, subject
from sim.record.run import Run


@section("numbers", place=20, title="Key numbers")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write the table, and how to read it."""
    paired = (
        "; differences paired, replication by replication, bold where the interval excludes zero"
        if others(worlds)
        else ""
    )
    yield (
        f"Means over replications with 95% intervals (Student's t{paired}). Money is per year, as "
        "a mean over the run, not discounted."
    )
    yield Table(_headings(worlds), tuple(_rows(worlds)))
    if others(worlds):
        yield (
            "Variance cut: how many times more replications independent draws would need for an "
            "interval as narrow, because the worlds share every draw that means the same in both: "
            "the variance of the difference between independent runs over that between these."
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
        Heading("first week", "number"),
        Heading(first, "number"),
        *beside,
    )


def _rows(worlds: Worlds) -> Iterator[tuple[Cell | str, ...]]:
    run = subject(worlds)
    comparisons = [compare(run, other) for other in others(worlds).values()]
    if not comparisons:
        for outcome in outcomes_of(run):
            own = student(outcome.measure(run).to_numpy())
            yield (*_beginning(outcome, run), _cell(outcome, own))
        return
    for it in comparisons[0].contrasts:
        if all(it.outcome.name in comparison for comparison in comparisons):
            contrasts = [comparison[it.outcome.name] for comparison in comparisons]
            beside = [cell for contrast in contrasts for cell in _beside(contrast)]
            yield (*_beginning(it.outcome, run), _cell(it.outcome, it.first), *beside)


def _beginning(outcome: Outcome, run: Run) -> tuple[str, str, str]:
    """Label, unit, and where the run began, for outcomes that are taken at its end."""
    start = at_start(run.market, outcome.column).mean() if outcome.column else None
    return (
        outcome.label,
        outcome.unit.symbol,
        "" if start is None else outcome.number(float(start)),
    )


def _beside(contrast: Contrast) -> tuple[Cell | str, ...]:
    outcome, difference = contrast.outcome, contrast.difference
    return (
        _cell(outcome, contrast.second),
        _cell(outcome, difference, bold=difference.settled),
        contrast.variance_reduction_text,
    )


def _cell(outcome: Outcome, interval: Interval, *, bold: bool = False) -> Cell:
    return Cell(
        outcome.number(interval.centre),
        interval.bounds(outcome.number),
        "settled" if bold else "",
    )

"""The list prices of the run against those really posted."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator

from analysis.inputs import replaying
from analysis.price_record import (
    PriceError,
    calibrated_until_days,
    calibration_facts,
    price_errors,
)
from analysis.report.section import Block, Cell, Folded, Heading, PageTable, section
from analysis.statistics import MONTE_CARLO, Interval, short
from analysis.variants import has_record
from analysis.words import day, joined
from analysis.worlds import Worlds, subject
from sim.record.run import Run

_HEADINGS = (
    Heading("product"),
    Heading("error of the run", "number"),
    Heading("error of no change", "number"),
    Heading("difference", "number"),
    Heading("left out, free", "number"),
    Heading("judgement", "wrap"),
)


@section(
    "price-record",
    place=62,
    title="List prices against those really posted",
    applies=lambda worlds: has_record(subject(worlds).scenario),
)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write the error of the whole run, and fold away a row a product."""
    errors = price_errors(subject(worlds))
    if errors is None:
        yield "The run ends before the first move of the record."
        return
    together = errors.together
    yield (
        f"Over the {len(errors.products)} products whose real list prices moved, the root mean "
        f"square error of the log of the list price is {together.run.text()}, a factor of "
        f"{short(math.exp(together.run.centre))}; had every price been forecast not to change, it "
        f"would be {together.no_change.text()}. As a forecast of the level of prices the run is "
        f"{together.judgement}. In brackets: 95% intervals, {MONTE_CARLO}."
    )
    better = sum(it.judgement == "better than no change" for it in errors.products)
    worse = sum(it.judgement == "worse than no change" for it in errors.products)
    centres = [it.run.centre for it in errors.products if it.run.replications]
    if centres:
        yield (
            f"By product it is between {short(min(centres))} and {short(max(centres))}: better "
            f"than no change for {better}, worse for {worse}. The price of three input tokens and "
            "one of output, at every snapshot from the first move of any of them; those at which "
            "either price is zero are left out."
        )
    yield _what_it_judges(subject(worlds))
    rows = tuple(_row(it) for it in (*errors.products, together))
    yield Folded("Errors by product", (PageTable(_HEADINGS, rows),))


def _what_it_judges(run: Run) -> str:
    """Say which parameters' facts are about the same moves, and the error of the weeks after."""
    repeated = replaying(run.scenario)
    given = f" {joined(repeated)} repeat the record: theirs judge nothing." if repeated else ""
    facts = calibration_facts(run.scenario)
    if not facts:
        return (
            "No fact that is marked as calibration is about followers' moves of list prices, so "
            f"as far as the scenario says, these prices are a validation.{given}"
        )
    listed = joined([f"{fact.name} (source: {fact.source})" for fact in facts])
    text = (
        "Not a validation throughout: parameters were set so that facts about moves of the same "
        f"list prices come out, namely {listed}.{given}"
    )
    until = calibrated_until_days(run)
    later = None if until is None else price_errors(run, until)
    if until is None or later is None or not later.together.run.replications:
        return text
    last = day(run.scenario.start_date + dt.timedelta(days=until))
    return (
        f"{text} Those facts count moves up to {last}. Over the weeks after it the error is "
        f"{later.together.run.text()}, and that of no change {later.together.no_change.text()}: "
        f"{later.together.judgement}. Cuts made before are still in these prices."
    )


def _row(it: PriceError) -> tuple[Cell | str, ...]:
    free = f"{it.free_share:.0%}"
    return (
        it.product or "all together",
        _cell(it.run),
        _cell(it.no_change),
        _cell(it.difference),
        Cell(free, f"in both {it.free_in_both_share:.0%}") if it.free_share else free,
        it.judgement,
    )


def _cell(interval: Interval) -> Cell | str:
    return Cell(short(interval.centre), interval.bounds()) if interval.replications else ""

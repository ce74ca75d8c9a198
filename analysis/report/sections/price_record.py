"""The list prices of the run against those really posted."""

from __future__ import annotations

import math
from collections.abc import Iterator

from analysis.price_record import PriceError, price_errors
from analysis.report.section import Block, Cell, Folded, Heading, Table, section
from analysis.statistics import Interval, short
from analysis.variants import has_record
from analysis.worlds import Worlds, subject

_HEADINGS = (
    Heading("product"),
    Heading("error of the run", "number"),
    Heading("error of no change", "number"),
    Heading("difference", "number"),
    Heading("weeks left out, free", "number"),
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
        f"{math.exp(together.run.centre):.2g}; had every price been forecast not to change, it "
        f"would be {together.no_change.text()}. As a forecast of the level of prices the run is "
        f"{together.judgement}."
    )
    better = sum(it.judgement == "better than no change" for it in errors.products)
    worse = sum(it.judgement == "worse than no change" for it in errors.products)
    centres = [it.run.centre for it in errors.products if it.run.replications]
    if centres:
        yield (
            f"By product it is between {short(min(centres))} and {short(max(centres))}: better "
            f"than no change for {better}, worse for {worse}. A validation: no parameter was set "
            "by these prices. The price of three input tokens and one of output, weekly from the "
            "first move of any of them; weeks in which either price is zero are left out."
        )
    rows = tuple(_row(it) for it in (*errors.products, together))
    yield Folded("Errors by product", (Table(_HEADINGS, rows),))


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

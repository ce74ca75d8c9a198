"""What was published, held against the run."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.facts import Verdict, evaluate
from analysis.report.section import Block, Cell, Heading, Table, section
from analysis.statistics import short
from analysis.worlds import Worlds, peace_among, subject

_HEADINGS = (
    Heading("published", "wrap"),
    Heading("measure", "path"),
    Heading("range", "number"),
    Heading("simulated median, 95% interval", "number"),
    Heading("verdict"),
    Heading("source", "wrap"),
)


def _has_facts(worlds: Worlds) -> bool:
    return bool(subject(worlds).scenario.facts)


@section("facts", place=60, title="Published facts against this run", applies=_has_facts)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write what a verdict means, and a row a fact."""
    yield (
        "The published ranges are not inputs of the run. A fact is a hit if the simulated median "
        "lies in its range, and a miss if it does not."
    )
    verdicts = evaluate(subject(worlds), peace_among(worlds))
    yield Table(_HEADINGS, tuple(_row(verdict) for verdict in verdicts))


def _row(verdict: Verdict) -> tuple[Cell | str, ...]:
    fact = verdict.fact
    return (
        fact.description,
        Cell(fact.name, fact.provider or ""),
        f"{fact.low:g} to {fact.high:g}",
        Cell(short(verdict.simulated.centre), verdict.simulated.bounds())
        if verdict.measured
        else "",
        Cell(verdict.text, tone="hit" if verdict.hit else "miss"),
        fact.source,
    )

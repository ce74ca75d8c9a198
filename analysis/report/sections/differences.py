"""In what the worlds differ, value by value."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.differences import FEW, Difference, differences
from analysis.report.section import Block, Folded, Heading, PageTable, section
from analysis.worlds import Worlds, others, subject


def _differ(worlds: Worlds) -> bool:
    return any(_against(worlds).values())


@section("differences", place=38, title="In what {first} differs from {others}", applies=_differ)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write a table of values for each other world, folded where it is long."""
    first = next(iter(worlds))
    yield (
        "All else is the same, draws of chance included. Titles, questions and published facts are "
        "not compared."
    )
    for name, differing in _against(worlds).items():
        if not differing:
            yield f"\u201c{name}\u201d is the same scenario."
            continue
        headings = (Heading("value", "path"), Heading(first, "wrap"), Heading(name, "wrap"))
        table = PageTable(headings, tuple((it.path, *it.values) for it in differing))
        count = f"{len(differing)} values differ from \u201c{name}\u201d"
        yield Folded(count, (table,)) if len(differing) > FEW else table


def _against(worlds: Worlds) -> dict[str, tuple[Difference, ...]]:
    scenario = subject(worlds).scenario
    return {name: differences(scenario, run.scenario) for name, run in others(worlds).items()}

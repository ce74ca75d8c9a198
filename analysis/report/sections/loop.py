"""The loop of price, adoption, satisfaction and competitiveness, by product."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from analysis.comparison import MORE_THAN_CHANCE
from analysis.loop import Course, courses
from analysis.report.section import Block, Cell, Folded, Heading, PageTable, Tone, section
from analysis.statistics import MONTE_CARLO, Interval, short
from analysis.worlds import Worlds, others, subject

_HEADINGS = (
    Heading("product"),
    Heading("list price, times", "number"),
    Heading("users, times", "number"),
    Heading("their satisfaction, more by", "number"),
    Heading("reputation, more by", "number"),
    Heading("share of users, points more", "number"),
)


@section(
    "loop",
    place=52,
    title="From price to users, satisfaction and share",
    applies=lambda worlds: bool(others(worlds)),
)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write a table for each other world: its products with other prices, link by link."""
    tables = {name: courses(subject(worlds), other) for name, other in others(worlds).items()}
    if not any(tables.values()):
        return
    yield (
        "What products whose prices differ have on the last day in "
        f"\u201c{next(iter(worlds))}\u201d over the same market in another world. Satisfaction is "
        "what is delivered over what was expected, in shares of tasks; reputation is what is known "
        "of it, where users act on that. "
        "All links move together here, so that this is a course and no proof of its causes; "
        "sim.feedback.price_feedback cuts the price of one product alone, and cuts links. "
        f"Small print: 95% intervals, {MONTE_CARLO}. Bold: {MORE_THAN_CHANCE}."
    )
    for name, found in tables.items():
        if found:
            rows = tuple(_row(course) for course in found)
            yield Folded(f"Over \u201c{name}\u201d", (PageTable(_HEADINGS, rows),))


def _row(course: Course) -> tuple[Cell | str, ...]:
    return (
        course.product,
        _cell(course.price, lambda log: short(math.exp(log))),
        _cell(course.users, lambda log: short(math.exp(log))),
        _cell(course.satisfaction, short),
        _cell(course.reputation, short),
        _cell(course.share, lambda share: short(100.0 * share)),
    )


def _cell(interval: Interval, number: Callable[[float], str]) -> Cell | str:
    if not interval.replications:
        return ""
    tone: Tone = "settled" if interval.settled else ""
    return Cell(number(interval.centre), interval.bounds(number), tone=tone)

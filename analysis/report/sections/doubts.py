"""What should make a reader doubt the runs of a page."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.doubts import RULES, Doubt, Rule, doubts
from analysis.report.section import Block, Bullets, Cell, Folded, Heading, PageTable, section
from analysis.words import joined
from analysis.worlds import Worlds


@section("what-to-doubt", place=5, title="What to doubt", notice=True)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write a line for every doubt, with the worlds in which it arises, and the rules."""
    found = {name: doubts(run) for name, run in worlds.items()}
    if not any(found.values()):
        return
    yield Bullets(tuple(_lines(found)))
    yield Folded(
        f"The {len(RULES)} rules",
        (
            PageTable(
                (
                    Heading("rule"),
                    Heading("threshold", "number"),
                    Heading("held against it", "wrap"),
                ),
                tuple(
                    (rule.name, f"{rule.threshold:g}", Cell(rule.meaning, _untried(rule, worlds)))
                    for rule in RULES
                ),
            ),
        ),
    )


def _untried(rule: Rule, worlds: Worlds) -> str:
    """Say why a rule was not tried, and in which worlds if not in all; empty if it was."""
    why: dict[str, list[str]] = {}
    for world, run in worlds.items():
        if reason := rule.untried(run):
            why.setdefault(reason, []).append(world)
    return "; ".join(
        f"not tried: {reason}"
        if len(names) == len(worlds)
        else f"not tried in {joined(names)}: {reason}"
        for reason, names in why.items()
    )


def _lines(found: dict[str, list[Doubt]]) -> Iterator[str]:
    for rule in RULES:
        texts: dict[str, list[str]] = {}
        for world, spoken in found.items():
            for doubt in spoken:
                if doubt.rule is rule:
                    texts.setdefault(doubt.text, []).append(world)
        for text, names in texts.items():
            yield text if len(names) == len(found) else f"{text} (In: {' and '.join(names)}.)"

"""What was published, held against the run."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.facts import Verdict, evaluate
from analysis.report.section import Block, Cell, Heading, PageTable, Tone, section
from analysis.statistics import MONTE_CARLO, short
from analysis.words import sentence_case
from analysis.worlds import AS_HAPPENED, Worlds, others, peace_among, subject

_HEADINGS = (
    Heading("published", "wrap"),
    Heading("measure", "path"),
    Heading("role"),
    Heading("range", "number"),
    Heading("simulated median, 95% interval", "number"),
    Heading("verdict", "wrap"),
    Heading("source", "wrap"),
)


def _has_facts(worlds: Worlds) -> bool:
    return bool(subject(worlds).scenario.facts)


@section("facts", place=60, title="Published facts against this run", applies=_has_facts)
def write(worlds: Worlds) -> Iterator[Block]:
    """Write what a verdict means, and a row a fact."""
    verdicts = evaluate(subject(worlds), peace_among(worlds))
    score = _sentence(_score(verdicts, "this run"))
    record = {}
    if AS_HAPPENED in others(worlds):
        found = evaluate(worlds[AS_HAPPENED], peace_among(worlds))
        # Who moved when, and how deeply, is given in that world.
        record = {it.fact: it for it in found if not it.fact.name.startswith("follower_")}
        first = next(iter(worlds))
        score = _sentence(
            f"{_score(verdicts, f'the world “{first}”')}; "
            f"{_score(list(record.values()), f'the world “{AS_HAPPENED}”')}"
        )
    yield (
        f"{score} A fact judges only if it is marked as validation: no parameter was set by it. "
        "It is a hit if the simulated median lies in its range. Parameters were set so that those "
        "marked as calibration come out: meeting them is no evidence, and the distance is shown. "
        f"One whose role is unstated judges nothing either. Intervals: {MONTE_CARLO}."
    )
    headings: tuple[Heading, ...] = _HEADINGS
    rows = tuple(_row(verdict) for verdict in verdicts)
    if record:
        headings = (*headings, Heading(AS_HAPPENED, "number"), Heading("verdict on it", "wrap"))
        rows = tuple(
            (*row, *_beside(record.get(it.fact))) for row, it in zip(rows, verdicts, strict=True)
        )
    yield PageTable(headings, rows)


def _sentence(text: str) -> str:
    return f"{sentence_case(text)}."


def _score(verdicts: list[Verdict], whom: str) -> str:
    judged = [verdict for verdict in verdicts if verdict.judged]
    if not judged:
        return f"none of these facts judges {whom}"
    hits = sum(verdict.hit for verdict in judged)
    return f"of the {len(judged)} facts that judge {whom}, hits: {hits}"


def _beside(verdict: Verdict | None) -> tuple[Cell | str, Cell | str]:
    if verdict is None:
        return "", "given there"
    return _simulated(verdict), Cell(verdict.text, tone=_tone(verdict))


def _simulated(verdict: Verdict) -> Cell | str:
    if not verdict.measured:
        return ""
    return Cell(short(verdict.simulated.centre), verdict.simulated.bounds())


def _tone(verdict: Verdict) -> Tone:
    if not verdict.judged:
        return ""
    return "hit" if verdict.hit else "miss"


def _row(verdict: Verdict) -> tuple[Cell | str, ...]:
    fact = verdict.fact
    return (
        fact.description,
        Cell(fact.name, fact.provider or ""),
        fact.role,
        f"{fact.low:g} to {fact.high:g}",
        _simulated(verdict),
        Cell(verdict.text, tone=_tone(verdict)),
        fact.source,
    )

"""The page: everything that a reader of a run needs, in one file."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.comparison import Contrast, compare
from analysis.facts import Verdict, evaluate
from analysis.figures.plates import Print, collected, print_all
from analysis.outcomes import Outcome, outcomes_of
from analysis.report.answer import at_start, sentences
from analysis.report.numbers import grouped, numbers_of
from analysis.statistics import Interval, short, student
from analysis.worlds import Worlds, others, peace_among, subject
from sim.errors import ResultError
from sim.record.run import Run
from sim.record.tables import TABLES

PAGE = "report.html"


def build(
    worlds: Run | Worlds,
    out: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Path:
    """Draw the figures of a run, or of several worlds side by side, and write their page.

    Parameters
    ----------
    worlds
        A finished run; or finished runs by name, with the same seed and dates, of which the page is
        about the first.
    out
        Folder for ``report.html`` and ``figures/``; None: the first run's own.
    progress
        Told what was drawn last, and the share of the work that is done.

    Returns
    -------
    pathlib.Path
        The page: one file without references to any other.

    Raises
    ------
    ResultError
        If the first run has no finished replication, or the folder cannot be written.
    """
    named: Worlds = {"this run": worlds} if isinstance(worlds, Run) else worlds
    run = subject(named)
    if not run.replications:
        raise ResultError(
            f"{run.folder}: no replication has finished, so there is nothing to report.\n"
            "  Run the scenario again."
        )
    folder = run.folder if out is None else out
    try:
        drawn = []
        for printed in print_all(named, folder / "figures"):
            drawn.append(printed)
            if progress is not None:
                progress(printed.title, len(drawn) / len(collected()))
        page = folder / PAGE
        page.write_text(_render(named, drawn), encoding="utf-8")
    except OSError as error:
        raise ResultError(
            f"{folder}: the report cannot be written ({error.strerror}).\n"
            "  Choose another folder with --out."
        ) from error
    return page


def _render(worlds: Worlds, drawn: list[Print]) -> str:
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    run = subject(worlds)
    numbers = numbers_of(run)
    return environment.get_template("page.html.j2").render(
        style=(here / "page.css").read_text(encoding="utf-8"),
        scenario=run.scenario,
        manifest=run.manifest,
        finished=len(run.replications),
        name=next(iter(worlds)),
        others=others(worlds),
        answer=sentences(worlds),
        key_numbers=_key_numbers(worlds),
        figures=[_figure(printed) for printed in drawn],
        verdicts=[_verdict(verdict) for verdict in evaluate(run, peace_among(worlds))],
        assumptions=grouped(it for it in numbers if it.is_assumption),
        sourced=grouped(it for it in numbers if it.source and not it.is_assumption),
        unsourced=grouped(it for it in numbers if not it.source),
        tables=[(table, run.manifest["tables"][table.name]["rows"]) for table in TABLES.values()],
    )


def _breakable(identifier: str) -> Markup:
    """Let a long identifier wrap after its dots and underscores."""
    return Markup(re.sub(r"([._\]])", r"\1<wbr>", str(escape(identifier))))  # noqa: S704 - escaped


def _figure(printed: Print) -> dict[str, str]:
    content = base64.b64encode(printed.svg.read_bytes()).decode("ascii")
    return {
        "name": printed.plate.name,
        "title": printed.title,
        "caption": printed.caption,
        "data": f"data:image/svg+xml;base64,{content}",
    }


def _key_numbers(worlds: Worlds) -> list[dict[str, Any]]:
    """Rows of the table of key numbers: first week, this run, and what each other world has."""
    run = subject(worlds)
    comparisons = [compare(run, other) for other in others(worlds).values()]
    if not comparisons:
        return [
            _row(outcome, run, student(outcome.measure(run).to_numpy()), [])
            for outcome in outcomes_of(run)
        ]
    return [
        _row(it.outcome, run, it.first, [comparison[it.outcome.name] for comparison in comparisons])
        for it in comparisons[0].contrasts
        if all(it.outcome.name in comparison for comparison in comparisons)
    ]


def _row(outcome: Outcome, run: Run, own: Interval, contrasts: list[Contrast]) -> dict[str, Any]:
    def cell(interval: Interval) -> dict[str, Any]:
        return {
            "centre": outcome.number(interval.centre),
            "bounds": interval.bounds(outcome.number),
            "settled": interval.settled,
        }

    return {
        "label": outcome.label,
        "unit": outcome.unit.symbol,
        "first": _first(outcome, run),
        "own": cell(own),
        "others": [
            {
                "level": cell(contrast.second),
                "difference": cell(contrast.difference),
                "reduction": contrast.variance_reduction_text,
            }
            for contrast in contrasts
        ],
    }


def _first(outcome: Outcome, run: Run) -> str:
    """Where the run began, for outcomes taken at its end; nothing for means over the run."""
    if not outcome.column:
        return ""
    return outcome.number(float(at_start(run.market, outcome.column).mean()))


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "fact": verdict.fact,
        "centre": short(verdict.simulated.centre) if verdict.measured else "",
        "bounds": verdict.simulated.bounds() if verdict.measured else "",
        "hit": verdict.hit,
        "measured": verdict.measured,
        "text": verdict.text,
    }

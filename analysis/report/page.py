"""The page: everything that a reader of a run needs, in one file."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.comparison import compare
from analysis.facts import Verdict, evaluate
from analysis.figures.plates import PLATES, Print, print_all
from analysis.outcomes import Outcome, outcomes_of
from analysis.report.answer import at_start, sentences
from analysis.report.numbers import grouped, numbers_of
from analysis.statistics import Interval, short, student
from sim.errors import ResultError
from sim.record.tables import TABLES

if TYPE_CHECKING:
    from sim.record.run import Run

PAGE = "report.html"


def build(
    run: Run,
    counterfactual: Run | None = None,
    out: Path | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Path:
    """Draw the figures of a run and write its page.

    Parameters
    ----------
    run
        A finished run.
    counterfactual
        The same market without the war, with the same seed, or None.
    out
        Folder for ``report.html`` and ``figures/``; None: the run's own.
    progress
        Told what was drawn last, and the share of the work that is done.

    Returns
    -------
    pathlib.Path
        The page: one file without references to any other.

    Raises
    ------
    ResultError
        If the run has no finished replication, or the folder cannot be written.
    """
    if not run.replications:
        raise ResultError(
            f"{run.folder}: no replication has finished, so there is nothing to report.\n"
            "  Run the scenario again."
        )
    folder = run.folder if out is None else out
    try:
        drawn = []
        for printed in print_all(run, counterfactual, folder / "figures"):
            drawn.append(printed)
            if progress is not None:
                progress(printed.plate.title, len(drawn) / len(PLATES))
        page = folder / PAGE
        page.write_text(_render(run, counterfactual, drawn), encoding="utf-8")
    except OSError as error:
        raise ResultError(
            f"{folder}: the report cannot be written ({error.strerror}).\n"
            "  Choose another folder with --out."
        ) from error
    return page


def _render(run: Run, counterfactual: Run | None, drawn: list[Print]) -> str:
    here = Path(__file__).parent
    environment = Environment(
        loader=FileSystemLoader(here),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["breakable"] = _breakable
    numbers = numbers_of(run)
    return environment.get_template("page.html.j2").render(
        style=(here / "page.css").read_text(encoding="utf-8"),
        scenario=run.scenario,
        manifest=run.manifest,
        finished=len(run.replications),
        counterfactual=counterfactual,
        answer=sentences(run, counterfactual),
        key_numbers=_key_numbers(run, counterfactual),
        figures=[_figure(printed) for printed in drawn],
        verdicts=[_verdict(verdict) for verdict in evaluate(run, counterfactual)],
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
        "title": printed.plate.title,
        "caption": printed.caption,
        "data": f"data:image/svg+xml;base64,{content}",
    }


def _key_numbers(run: Run, counterfactual: Run | None) -> list[dict[str, Any]]:
    """Rows of the table of key numbers: first week, end, without the war, difference."""
    if counterfactual is None:
        return [
            _row(outcome, run, [student(outcome.measure(run).to_numpy())])
            for outcome in outcomes_of(run)
        ]
    return [
        {
            **_row(it.outcome, run, [it.first, it.second, it.difference]),
            "settled": it.difference.settled,
            "reduction": it.variance_reduction_text,
        }
        for it in compare(run, counterfactual).contrasts
    ]


def _row(outcome: Outcome, run: Run, intervals: list[Interval]) -> dict[str, Any]:
    return {
        "label": outcome.label,
        "unit": outcome.unit.symbol,
        "first": _first(outcome, run),
        "cells": [(outcome.number(it.centre), it.bounds(outcome.number)) for it in intervals],
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

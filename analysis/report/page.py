"""The page: everything that a reader of a run needs, in one file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from analysis.figures.plates import Print, print_all
from analysis.report.answer import sentences
from analysis.report.collecting import write_all
from analysis.report.numbers import grouped, numbers_of
from analysis.report.rendering import PAGE, embedded, rendered, written_into
from analysis.worlds import KeptUnder, Worlds, others, require_replications, subject
from sim.record.run import Run
from sim.record.tables import TABLES


def build(
    worlds: Run | Worlds,
    out: Path | None = None,
    progress: Callable[[str, float], None] = lambda *_: None,
) -> Path:
    """Draw the figures of a run, or of several worlds side by side, and write their page.

    Parameters
    ----------
    worlds
        A finished run; or finished runs by name, with the same seed and dates, of which the page is
        about the first.
    out
        Folder for ``report.html`` and ``figures/``, and where worlds are looked for besides; None:
        the first run's own.
    progress
        Called before each step with what it is and the share of the work done.

    Returns
    -------
    pathlib.Path
        The page: one file without references to any other.

    Raises
    ------
    ResultError
        If a run has no finished replication, or the folder cannot be written.
    """
    named = KeptUnder({"this run": worlds} if isinstance(worlds, Run) else worlds, out)
    run = subject(named)
    require_replications(*named.values())
    folder = run.folder if out is None else out
    page = folder / PAGE
    with written_into(folder):
        drawn = list(print_all(named, folder / "figures", progress))
        progress("writing the page", 1.0)
        page.write_text(_render(named, drawn), encoding="utf-8")
    return page


def _render(worlds: Worlds, drawn: list[Print]) -> str:
    run = subject(worlds)
    numbers = numbers_of(run)
    return rendered(
        "page.html.j2",
        heading=run.scenario.title,
        question=run.scenario.question,
        versions=run.manifest["versions"],
        scenario=run.scenario,
        manifest=run.manifest,
        finished=len(run.replications),
        others=others(worlds),
        answer=sentences(worlds),
        sections=list(write_all(worlds)),
        figures=[embedded(it.plate.name, it.title, it.caption, it.svg) for it in drawn],
        assumptions=grouped(it for it in numbers if it.is_assumption),
        sourced=grouped(it for it in numbers if it.source and not it.is_assumption),
        unsourced=grouped(it for it in numbers if not it.source),
        tables=[(table, run.manifest["tables"][table.name]["rows"]) for table in TABLES.values()],
    )

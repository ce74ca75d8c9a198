"""The page: everything that a reader of a run needs, in one file."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from analysis.figures.plates import Print, print_all
from analysis.report.answer import sentences
from analysis.report.collecting import write_all
from analysis.report.numbers import grouped, numbers_of
from analysis.report.section import Bullets, PageTable
from analysis.worlds import KeptUnder, Worlds, others, require_replications, subject
from sim.errors import ResultError
from sim.record.run import Run
from sim.record.tables import TABLES

PAGE = "report.html"


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
    try:
        drawn = list(print_all(named, folder / "figures", progress))
        progress("writing the page", 1.0)
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
    environment.tests["listing"] = lambda block: isinstance(block, Bullets)
    environment.tests["table"] = lambda block: isinstance(block, PageTable)
    run = subject(worlds)
    numbers = numbers_of(run)
    return environment.get_template("page.html.j2").render(
        style=(here / "page.css").read_text(encoding="utf-8"),
        scenario=run.scenario,
        manifest=run.manifest,
        finished=len(run.replications),
        others=others(worlds),
        answer=sentences(worlds),
        sections=list(write_all(worlds)),
        figures=[_figure(printed) for printed in drawn],
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

"""The page of a sweep: what its outcomes hang on, and under which conditions they come about."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from analysis.figures.style import save
from analysis.figures.sweeps import conditions, interaction, response_surface, tornado
from analysis.report.rendering import PAGE, embedded, rendered, written_into
from analysis.report.section import Cell, Folded, Heading, PageTable
from analysis.sensitivity.index import INDISTINGUISHABLE, Measure
from analysis.sensitivity.outcome_indices import OutcomeIndices
from analysis.sensitivity.sensitivity import Sensitivity, sensitivity
from analysis.sensitivity.surface import Surface, surface_of
from analysis.sensitivity.telling import note
from analysis.statistics import short
from sim.errors import ResultError
from sim.record.sweep_folder import SweepFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.figure import Figure

    from sim.record.sweep import Sweep

_MOST_POINTS: Final = 500


def build_sweep_page(
    sweep: Sweep,
    out: Path | None = None,
    *,
    where: str | None = None,
    progress: Callable[[str, float], None] = lambda *_: None,
) -> Path:
    """Analyse a sweep, draw its figures with their data beside them, and write its page.

    Parameters
    ----------
    sweep
        Finished, or as far as it is.
    out
        Folder for ``report.html``, ``figures/`` and ``sensitivity/``; None: the sweep's own.
    where
        A condition on outcomes that is to come about; None: a good war, if there is a contrast.
    progress
        Called before each step with what it is and the share of the work done.

    Returns
    -------
    pathlib.Path
        The page: one file without references to any other.

    Raises
    ------
    ResultError
        If there is nothing to analyse, or the folder cannot be written.
    """
    folder = sweep.path if out is None else out
    found = sensitivity(sweep, where=where, progress=progress)
    found.write(folder / "sensitivity")
    page = folder / PAGE
    with written_into(folder):
        figures = [_printed(folder / "figures", *one) for one in _figures(found)]
        page.write_text(_render(sweep, found, figures), encoding="utf-8")
    return page


def _figures(found: Sensitivity) -> Iterator[tuple[str, str, str, Figure, pd.DataFrame]]:
    """Yield name, title, caption, figure and data of each figure."""
    yield "tornado", tornado.TITLE, tornado.CAPTION, tornado.draw(found), tornado.data(found)
    surfaces = _surfaces(found)
    if surfaces:
        data = response_surface.data(surfaces)
        yield (
            "response-surface",
            response_surface.TITLE,
            response_surface.CAPTION,
            response_surface.draw(found, surfaces),
            data,
        )
        drawn = interaction.draw(found, surfaces)
        yield "interaction", interaction.TITLE, interaction.CAPTION, drawn, data
    if found.discovery is not None:
        yield (
            "conditions",
            conditions.TITLE,
            conditions.CAPTION,
            conditions.draw(found.discovery),
            conditions.data(found.discovery),
        )


def _surfaces(found: Sensitivity) -> dict[str, Surface]:
    """Return the surface of each outcome that varies; none where the points do not make one."""
    surfaces = {}
    for one in found.outcomes:
        if not one.varies:
            continue
        try:
            surfaces[one.outcome.name] = surface_of(found.responses, one)
        except ResultError:
            return {}
    return surfaces


def _printed(
    folder: Path, name: str, title: str, caption: str, figure: Figure, data: pd.DataFrame
) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    _, svg = save(figure, folder, name)
    data.to_csv(folder / f"{name}.csv", index=False)
    return embedded(name, title, caption, svg)


def _render(sweep: Sweep, found: Sensitivity, figures: list[dict[str, str]]) -> str:
    record: dict[str, Any] = SweepFolder(sweep.path).read_record("sweep.json")
    return rendered(
        "sweep_page.html.j2",
        heading=record.get("title") or record["name"],
        question=record.get("question", ""),
        versions=record["versions"],
        record=record,
        done=sweep.done,
        planned=len(sweep.plan),
        replications=found.responses.replications,
        points=len(found.responses.points),
        answer=found.sentences(),
        tables=[(one.outcome.label, [_table(one), note(one)]) for one in found.outcomes],
        figures=figures,
        conditions=_conditions(found),
        points_table=_points_table(found),
        command=" ".join(record.get("command", ())) or "from Python",
        design=(sweep.path / "design.yaml").read_text(encoding="utf-8"),
    )


def _table(one: OutcomeIndices) -> PageTable:
    measures = [it for it in Measure if it is not Measure.PAIR and one.of_measure(it)]
    unit = one.outcome.unit_for(*(it.interval.centre for it in one.indices))
    symbol = "" if measures[0].is_share else f", {unit.symbol}"
    headings = (
        Heading("parameter"),
        *(Heading(f"{measure.value}{symbol}", "wrap") for measure in measures),
    )
    rows: list[tuple[Cell | str, ...]] = [
        (
            name,
            *(
                Cell(
                    one[name, it].text(unit.factor),
                    tone="settled" if one[name, it].is_above_zero else "",
                )
                for it in measures
            ),
        )
        for name in one.ranking
    ]
    rows += [
        (pair.parameter, "", pair.text(), *[""] * (len(measures) - 2))
        for pair in one.of_measure(Measure.PAIR)
        if INDISTINGUISHABLE not in pair.text()
    ]
    return PageTable(headings, tuple(rows))


def _conditions(found: Sensitivity) -> list[str | PageTable]:
    """Return the sentence and the table of the box that was discovered; nothing if none was."""
    discovery = found.discovery
    if discovery is None:
        return []
    rows = tuple(
        (name, words, f"{discovery.p_values[name]:.2g}")
        for name, words in discovery.conditions.items()
    )
    headings = (
        Heading("parameter"),
        Heading("condition", "wrap"),
        Heading("chance of doing as well without meaning", "wrap"),
    )
    return [discovery.sentence, *([PageTable(headings, rows)] if rows else [])]


def _points_table(found: Sensitivity) -> Folded:
    """Return a row a point: its parameters, and its mean outcomes."""
    names = [axis.name for axis in found.responses.axes]
    units = {one.outcome.name: one.outcome for one in found.outcomes}
    frame = found.points_frame.head(_MOST_POINTS)
    headings = (
        Heading("point", "number"),
        *(Heading(name, "number") for name in names),
        *(Heading(f"{it.label}, {it.unit.stored}", "wrap") for it in units.values()),
    )
    rows = tuple(
        (
            str(row["point"]),
            *(_value(row[name]) for name in names),
            *("left out" if row[name] != row[name] else short(row[name]) for name in units),
        )
        for row in frame.to_dict("records")
    )
    more = "" if len(found.points_frame) <= _MOST_POINTS else f", the first {_MOST_POINTS}"
    return Folded(
        f"All points{more}: parameters and means over replications", (PageTable(headings, rows),)
    )


def _value(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return short(float(str(value))) if is_number else str(value)

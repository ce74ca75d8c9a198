"""Dates of interventions, marked wherever a figure has time on its horizontal axis."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from analysis.figures.style import GREY, days, has_date_axis, shortened
from analysis.worlds import Worlds
from sim.interventions.line import line_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST: Final = 34
_MOST_NAMED: Final = 4


def mark_interventions(figure: Figure, worlds: Worlds) -> None:
    """Draw a dotted line at each day on which an intervention of a world begins or ends.

    In the first panel that has dates, and if they are few, each is named beside its line.

    Parameters
    ----------
    figure
        As drawn.
    worlds
        Whose interventions are marked.
    """
    dates = intervention_dates(worlds)
    panels = [axes for axes in figure.axes if has_date_axis(axes)]
    for number, axes in enumerate(panels):
        low, high = axes.get_xlim()
        for date, line in dates.items():
            (at,) = days([date])
            if not low <= at <= high:
                continue
            axes.axvline(at, color=GREY, linewidth=0.9, linestyle=":", zorder=1.5)
            if number == 0 and len(dates) <= _MOST_NAMED:
                axes.annotate(
                    shortened(line, _LONGEST), (at, 0.98), xytext=(2, 0), rotation=90, size=6,
                    xycoords=("data", "axes fraction"), textcoords="offset points", color=GREY,
                    ha="left", va="top", annotation_clip=True,
                )  # fmt: skip
        axes.set_xlim(low, high)


def intervention_dates(worlds: Worlds) -> dict[dt.date, str]:
    """Return the days on which interventions of any world begin or end, with the first's words."""
    found: dict[dt.date, str] = {}
    for run in worlds.values():
        for one in run.scenario.interventions:
            found.setdefault(one.date, line_of(one))
            if one.last_date is not None:
                found.setdefault(one.last_date, f"end: {one.kind}")
    return dict(sorted(found.items()))

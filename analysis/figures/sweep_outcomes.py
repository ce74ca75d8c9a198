"""What a sweep's points come to: outcomes of the last week along its first parameter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from analysis.figures.style import LIGHT, PALETTE, axis_text, save, sheet, styled
from analysis.statistics import student
from sim.errors import ResultError
from sim.record.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.ticker import Locator

    from sim.record.sweep import Sweep

OUTCOMES = (
    "adopters_share",
    "tokens_mtok_per_day",
    "spend_usd_per_day",
    "consumer_surplus_usd_per_day",
)
_WIDE = 8.0
"""Values that span more than this ratio stand on a logarithmic axis."""
_MOST_LINES = len(PALETTE)


def draw_outcomes(sweep: Sweep, folder: Path | None = None) -> Path:
    """Draw the outcomes of a sweep over one or two parameters, and return the picture's path.

    Parameters
    ----------
    sweep
        Its first parameter, of numbers, is the horizontal axis; each value of the second, a line.
    folder
        Where to write; None: ``figures`` in the sweep's folder.

    Raises
    ------
    ResultError
        If nothing has finished, or the sweep's parameters are more than two, no numbers, or a
        second one of more values than there are colours.
    """
    rows = _last_week(sweep)
    along, lines = _axes_of(sweep, rows)
    figure = _draw(rows, along, lines)
    place = sweep.path / "figures" if folder is None else folder
    place.mkdir(parents=True, exist_ok=True)
    return save(figure, place, "outcomes")[0]


def _last_week(sweep: Sweep) -> pd.DataFrame:
    rows = sweep.market
    if rows.empty:
        raise ResultError(f"{sweep.path}: no run has finished, so there is nothing to draw.")
    return rows[rows["time_days"] == rows.groupby("point")["time_days"].transform("max")]


def _axes_of(sweep: Sweep, rows: pd.DataFrame) -> tuple[str, str | None]:
    names = sweep.parameters
    if not 1 <= len(names) <= 2 or not np.issubdtype(rows[names[0]].to_numpy().dtype, np.number):
        raise ResultError(
            f"{sweep.path}: a figure takes one or two parameters, the first of numbers; this "
            f"sweep has {', '.join(names) or 'none'}."
        )
    second = names[1] if len(names) == 2 else None
    if second is not None and rows[second].nunique() > _MOST_LINES:
        raise ResultError(
            f"{sweep.path}: {second} has more values than the {_MOST_LINES} lines of a figure."
        )
    return names[0], second


@styled
def _draw(rows: pd.DataFrame, along: str, lines: str | None) -> Figure:
    figure = sheet(5.0)
    panels = figure.subplots(2, 2, sharex=True).flat
    groups = [("", rows)] if lines is None else [(str(at), own) for at, own in rows.groupby(lines)]
    for axes, name in zip(panels, OUTCOMES, strict=True):
        column = TABLES["market"][name]
        unit = column.unit.readable(float(rows[name].abs().max()))
        for (label, group), colour in zip(groups, PALETTE, strict=False):
            _line(axes, group, along, name, unit.factor, colour, label)
        axes.set_title(column.label, size=8.5)
        axes.set_ylabel(axis_text(column, unit))
        axes.grid(color=LIGHT)
        values = rows[name].to_numpy()
        if _is_wide(values):
            axes.set_yscale("log")
            _label_plainly(axes.yaxis, LogLocator(subs=(1.0, 2.0, 5.0)))
        if _is_wide(rows[along].to_numpy()):
            axes.set_xscale("log")
            _label_plainly(axes.xaxis, FixedLocator(sorted(rows[along].unique())))
    for axes in figure.axes[2:]:
        axes.set_xlabel(along.replace("_", " "))
    if lines is not None:
        figure.axes[0].legend(title=lines.replace("_", " "), title_fontsize=8)
    return figure


def _label_plainly(axis: Axis, places: Locator) -> None:
    """Write the numbers of a logarithmic axis as people do, and at these places alone."""
    axis.set_major_locator(places)
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _is_wide(values: np.ndarray) -> bool:
    return bool(values.min() > 0.0 and values.max() > _WIDE * values.min())


def _line(
    axes: Axes,
    group: pd.DataFrame,
    along: str,
    name: str,
    factor: float,
    colour: str,
    label: str,
) -> None:
    points = [
        (float(one[along].iloc[0]), student(one[name].to_numpy()))
        for _, one in group.groupby(along)
    ]
    where = [at for at, _ in points]
    axes.plot(where, [factor * it.centre for _, it in points], "o-", color=colour, label=label,
              markersize=3)  # fmt: skip
    low = [factor * it.low for _, it in points]
    high = [factor * it.high for _, it in points]
    axes.fill_between(where, low, high, color=colour, alpha=0.15, linewidth=0)

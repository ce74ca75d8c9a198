"""A calibration: how well parameters are known, and how far the moments are from what was observed.

Their data are `estimates.csv` and `moments.csv` beside them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.figure import Figure

from analysis.figures.style import BLUE, GREY, LIGHT, VERMILION, save, sheet, shortened, styled
from analysis.statistics import short

if TYPE_CHECKING:
    import pandas as pd

_ROW_IN: Final = 0.34
_LEAST_IN: Final = 1.1
_LONGEST: Final = 38
_FAR_SD: Final = 2.0


def write_figures(estimates: pd.DataFrame, moments: pd.DataFrame, folder: Path) -> None:
    """Write ``estimates`` and ``moments`` as ``.png`` and ``.svg``.

    Parameters
    ----------
    estimates, moments
        From `analysis.estimation.tables`.
    folder
        Where.
    """
    save(draw_estimates(estimates), folder, "estimates")
    save(draw_moments(moments), folder, "moments")


@styled
def draw_estimates(estimates: pd.DataFrame) -> Figure:
    """Draw a row a parameter over its searched range: estimate, interval, and profile (wide)."""
    figure = sheet(_LEAST_IN + _ROW_IN * len(estimates))
    axes = figure.subplots()
    labels = []
    for place, row in enumerate(estimates.to_dict("records")):
        known = row["identified"]
        colour = BLUE if known else GREY
        ends, wide = _within(row, "low", "high"), _within(row, "profile_low", "profile_high")
        named = (None, None) if place else ("profile", "90% interval")
        axes.plot(wide, [place] * 2, color=LIGHT, lw=7, solid_capstyle="butt", label=named[0])
        axes.plot(ends, [place] * 2, color=colour, lw=1.5, label=named[1])
        axes.plot(_within(row, "value"), [place], "o", color=colour, markersize=4)
        parameter = shortened(row["parameter"], _LONGEST)
        labels.append(
            f"{parameter} = {short(row['value'])}" + ("" if known else ", not identified")
        )
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0.0, 1.0], ["lowest searched", "highest searched"])
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    if labels:
        axes.legend(loc="upper left", bbox_to_anchor=(0.0, -0.12), ncols=2)
    return figure


@styled
def draw_moments(moments: pd.DataFrame) -> Figure:
    """Draw a row a moment: how far the simulated one is from that observed."""
    figure = sheet(_LEAST_IN + _ROW_IN * len(moments))
    axes = figure.subplots()
    axes.axvspan(-_FAR_SD, _FAR_SD, color=LIGHT, alpha=0.5, linewidth=0.0)
    axes.axvline(0.0, color=GREY, linewidth=0.9)
    labels = []
    for place, row in enumerate(moments.to_dict("records")):
        away = -row["distance_sd"]
        axes.plot(
            [away], [place], "o", color=VERMILION if abs(away) > _FAR_SD else BLUE, markersize=5
        )
        found = f"{short(row['simulated'])} for {short(row['observed'])}"
        labels.append(f"{shortened(row['moment'], _LONGEST)}: {found}")
    widest = float(np.nanmax(np.abs(moments["distance_sd"]), initial=_FAR_SD))
    axes.set_xlim(-1.15 * widest, 1.15 * widest)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlabel("simulated less observed, standard deviations")
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    return figure


def _within(row: Mapping[Hashable, Any], *keys: str) -> list[float]:
    """Return values as shares of the searched range, on its scale."""
    scale = np.log if row["scale"] == "log" else float
    low, high = (float(scale(row[key])) for key in ("range_low", "range_high"))
    return [(float(scale(row[key])) - low) / (high - low) for key in keys]

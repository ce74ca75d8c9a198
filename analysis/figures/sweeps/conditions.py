"""Conditions: where in the design what is wanted comes about, and the box that was found."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.figures.style import BLACK, GREEN, GREY, sheet, styled
from analysis.figures.sweeps.parameter_axis import label_parameter

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.sensitivity.discovery import Discovery

TITLE = "Under which conditions it comes about"
CAPTION = (
    "Each point of the design: green, what is wanted comes about in at least half of its "
    "replications; grey, it does not. The frame is the box that scenario discovery (PRIM) found. "
    "Right: the boxes that were peeled off, from all points to the smallest, and the one chosen."
)


@styled
def draw(discovery: Discovery) -> Figure:
    """Draw the points over the first two limited parameters, and the trajectory of boxes."""
    figure = sheet(3.0)
    left, right = figure.subplots(1, 2)
    _points(left, discovery)
    boxes = discovery.trajectory
    right.plot([it.coverage for it in boxes], [it.density for it in boxes], "o-", color=GREY,
               markersize=3, linewidth=1.0)  # fmt: skip
    right.plot(discovery.box.coverage, discovery.box.density, "s", color=GREEN, label="chosen")
    right.set_xlabel("coverage: share of all cases within")
    right.set_ylabel("density: share within that are cases")
    right.set_ylim(0.0, 1.05)
    right.legend(loc="lower left")
    return figure


def data(discovery: Discovery) -> pd.DataFrame:
    """Return what is drawn: a row a point, with where it lies along each parameter."""
    import pandas as pd

    return pd.DataFrame(
        {**discovery.columns, "holds": discovery.holds, "inside": discovery.box.inside}
    )


def _points(axes: Axes, discovery: Discovery) -> None:
    names = [*discovery.box.limits, *(it.name for it in discovery.axes)]
    pair = next(combinations(dict.fromkeys(names), 2), None)
    by_name = {axis.name: axis for axis in discovery.axes}
    if pair is None:
        pair = (names[0], names[0])
    x, y = (discovery.columns[name] for name in pair)
    for holds, colour, size in ((False, GREY, 3.0), (True, GREEN, 4.0)):
        some = discovery.holds == holds
        axes.plot(x[some], y[some], "o", color=colour, markersize=size, alpha=0.8)
    ends = []
    for name in pair:
        limit = discovery.box.limits.get(name)
        inside = discovery.columns[name][discovery.box.inside]
        low, high = (float(np.min(inside)), float(np.max(inside))) if limit else (0.0, 1.0)
        ends.append((low, high))
    (left, right), (bottom, top) = ends
    axes.add_patch(
        Rectangle((left, bottom), right - left, top - bottom, fill=False, edgecolor=BLACK)
    )
    label_parameter(axes.xaxis, by_name[pair[0]])
    label_parameter(axes.yaxis, by_name[pair[1]])
    axes.grid(visible=False)

"""Response surface: each outcome over the two parameters that it hangs on most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from analysis.figures.style import BLACK, sheet, styled
from analysis.figures.sweeps.parameter_axis import label_parameter
from analysis.sensitivity.surface import Surface

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.sensitivity.sensitivity import Sensitivity

TITLE = "Outcomes over their two leading parameters"
CAPTION = (
    "Mean over the other parameters. Of a complete grid these are means of its runs; otherwise a "
    "surrogate's, whose error at points held out the tables say. Dots are the points that were run."
)


@styled
def draw(found: Sensitivity, surfaces: Mapping[str, Surface]) -> Figure:
    """Draw a panel an outcome."""
    count = len(surfaces)
    rows = (count + 1) // 2
    figure = sheet(2.7 * rows)
    panels = figure.subplots(rows, 2, squeeze=False).flat
    for axes, (name, surface) in zip(panels, surfaces.items(), strict=False):
        outcome = found.responses.outcome(name)
        unit = outcome.unit_for(*surface.values.ravel().tolist())
        x, y = surface.first_shares, surface.second_shares
        values = unit.factor * surface.values.T
        if surface.surrogate is None or min(values.shape) < 3:
            drawn = axes.pcolormesh(x, y, values, shading="nearest", cmap="cividis")
        else:
            drawn = axes.contourf(x, y, values, levels=12, cmap="cividis")
            _points(axes, found, surface)
        figure.colorbar(drawn, ax=axes, label=unit.words or "number")
        label_parameter(axes.xaxis, surface.first)
        label_parameter(axes.yaxis, surface.second)
        axes.set_title(outcome.label, size=8.5)
        axes.grid(visible=False)
    for axes in list(figure.axes)[: rows * 2][count:]:
        axes.set_visible(False)
    return figure


def data(surfaces: Mapping[str, Surface]) -> pd.DataFrame:
    """Return what is drawn: a row an outcome and place."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "outcome": name,
                "first": surface.first.name,
                "second": surface.second.name,
                "first_value": surface.first.at(float(x)),
                "second_value": surface.second.at(float(y)),
                "mean": surface.values[row, column],
            }
            for name, surface in surfaces.items()
            for row, x in enumerate(surface.first_shares)
            for column, y in enumerate(surface.second_shares)
        ]
    )


def _points(axes: Axes, found: Sensitivity, surface: Surface) -> None:
    names = [axis.name for axis in found.responses.axes]
    shares = found.responses.shares
    x, y = (shares[:, names.index(axis.name)] for axis in (surface.first, surface.second))
    some = np.random.default_rng(0).permutation(x.size)[:300]
    axes.plot(x[some], y[some], ".", color=BLACK, markersize=2, alpha=0.5)

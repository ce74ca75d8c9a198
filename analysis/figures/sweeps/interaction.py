"""Interaction: outcomes along the leading parameter, a line for values of the second."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from analysis.figures.style import LIGHT, PALETTE, sheet, styled
from analysis.figures.sweeps.parameter_axis import label_parameter, value_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analysis.sensitivity.sensitivity import Sensitivity
    from analysis.sensitivity.surface import Surface

TITLE = "Do the two leading parameters act apart?"
CAPTION = (
    "The same surfaces, cut along the leading parameter at values of the second. Where lines are "
    "parallel, each parameter does the same whatever the other is; where they are not, no number "
    "of one of them alone says what it does."
)
_LINES = 4


@styled
def draw(found: Sensitivity, surfaces: Mapping[str, Surface]) -> Figure:
    """Draw a panel an outcome."""
    rows = (len(surfaces) + 1) // 2
    figure = sheet(2.4 * rows)
    panels = list(figure.subplots(rows, 2, squeeze=False).flat)
    for axes, (name, surface) in zip(panels, surfaces.items(), strict=False):
        outcome = found.responses.outcome(name)
        unit = outcome.unit_for(*surface.values.ravel().tolist())
        shown = np.unique(np.linspace(0, surface.second_shares.size - 1, _LINES).astype(int))
        for column, colour in zip(shown, PALETTE, strict=False):
            value = value_text(surface.second.at(float(surface.second_shares[column])))
            style = "o-" if surface.surrogate is None else "-"
            axes.plot(surface.first_shares, unit.factor * surface.values[:, column], style,
                      color=colour, markersize=3, label=value)  # fmt: skip
        label_parameter(axes.xaxis, surface.first)
        axes.set_ylabel(unit.words or "number")
        axes.set_title(outcome.label, size=8.5)
        axes.grid(color=LIGHT)
        axes.legend(title=surface.second.name.replace("_", " "), title_fontsize=7, fontsize=7)
    for axes in panels[len(surfaces) :]:
        axes.set_visible(False)
    return figure

"""An axis of a figure along a parameter of a design: places are shares, labels its values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.style import shortened
from analysis.statistics import rounded_text

if TYPE_CHECKING:
    from matplotlib.axis import Axis

    from analysis.sensitivity.design_axis import DesignAxis


def label_parameter(axis: Axis, parameter: DesignAxis) -> None:
    """Write a parameter's name and some of its values along an axis of shares."""
    count = len(parameter.values) if 0 < len(parameter.values) <= 6 else 4
    places = np.linspace(0.0, 1.0, count)
    axis.set_ticks(places.tolist(), labels=[value_text(parameter.at(float(at))) for at in places])
    axis.set_label_text(parameter.name.replace("_", " "))


def value_text(value: object) -> str:
    """Write a value of a parameter shortly."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        large = abs(value) >= 1e6
        return f"{value:.2g}" if large else rounded_text(float(value), 2)
    return shortened(str(value), 14)

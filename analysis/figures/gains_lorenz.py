"""How surplus, and what one world adds to another's, is spread over users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from analysis.comparison import paired_replications
from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import GREY, VERMILION, blank, sheet
from analysis.inequality import lorenz
from analysis.statistics import student
from analysis.welfare import surplus_by_type, users_by_type
from analysis.worlds import Worlds, others, subject
from sim.quantities import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@plate(
    "gains-lorenz",
    place=81,
    title="How gains are spread",
    caption=(
        "Lorenz curves of consumer surplus over all users, those with the least first; on the "
        "diagonal all would have the same. Users of a type count as equal. Means over "
        "replications, without intervals."
    ),
    paired=(
        "Left: the surplus of each world. Right: what users gain, {pairs}; below zero, types "
        "that lose. A difference has a curve only if users as a whole gain by more than chance."
    ),
    tables=("welfare",),
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: levels, and beside them differences where there are several worlds."""
    if not all(len(run.welfare) for run in worlds.values()):
        return blank("There is no table of the types of users.")
    users = users_by_type(subject(worlds))
    own = {name: surplus_by_type(run)[users.index] for name, run in worlds.items()}
    colours = world_colours(worlds)
    figure = sheet(3.0)
    panels = figure.subplots(1, 2 if len(worlds) > 1 else 1, squeeze=False)[0]
    weights = np.asarray(users, dtype=np.float64)
    levels = {name: values.to_numpy().mean(axis=0) for name, values in own.items()}
    _curves(panels[0], levels, weights, colours, "Surplus")
    if len(worlds) > 1:
        first, run = next(iter(worlds)), subject(worlds)
        gains = {}
        for name, other in others(worlds).items():
            paired = list(paired_replications(run, other))
            gain = (own[first].loc[paired] - own[name].loc[paired]).to_numpy()
            whole = student(gain.sum(axis=1))
            told = whole.settled or not whole.known
            gains[f"{first} minus {name}"] = gain.mean(axis=0) * told
        shades = (
            dict.fromkeys(gains, VERMILION)
            if len(gains) == 1
            else dict(zip(gains, [colours[name] for name in others(worlds)], strict=True))
        )
        _curves(panels[1], gains, weights, shades, "Gains")
    return figure


def _curves(
    axes: Axes,
    amounts: dict[str, FloatArray],
    users: FloatArray,
    colours: dict[str, str],
    title: str,
) -> None:
    axes.plot([0, 100], [0, 100], color=GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    for name, amount in amounts.items():
        if amount.sum() > 0.0:
            x, y = lorenz(amount, users)
            axes.plot(100 * x, 100 * y, color=colours[name], label=name)
    axes.set_title(title)
    axes.set_xlabel("% of users")
    axes.set_ylabel("% of the sum")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="upper left")

"""Who paid for the fall of prices, and who gained by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import BLACK, GREY, sheet
from analysis.money import provider_profits, yearly_flows, yearly_gains
from analysis.statistics import student
from analysis.worlds import Worlds, subject
from sim.record.unit import Unit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.run import Run

TITLE = "Who paid, who gained"
CAPTION = (
    "Money a year over the run, not discounted. Top left: what each side is left with, providers "
    "before and after training, data and staff, which are inputs of the scenario. Top right: what "
    "moved, from the ledger. Bottom: profit of each provider after all that it paid, without what "
    "its owner put in. Whiskers: 95% intervals of the mean."
)
PAIRED = "Filled bars: {first}; outlined: {others}."


@plate(
    "money",
    place=80,
    title=TITLE,
    caption=CAPTION,
    tables=("market", "providers", "ledger"),
    paired=PAIRED,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: gains, flows and the providers' profits."""
    providers = len(dict.fromkeys(subject(worlds).providers["provider"]))
    figure = sheet(3.2 + 0.24 * providers)
    grid = figure.add_gridspec(2, 2, height_ratios=(2.5, 0.7 + 0.24 * providers))
    panels = [figure.add_subplot(place) for place in (grid[0, 0], grid[0, 1], grid[1, :])]
    _bars(panels[0], yearly_gains, worlds, "What each side is left with")
    _bars(panels[1], yearly_flows, worlds, "What moved")
    _bars(panels[2], provider_profits, worlds, "Profit by provider")
    return figure


def _bars(
    axes: Axes,
    measure: Callable[[Run], dict[str, pd.Series[float]]],
    worlds: Worlds,
    title: str,
) -> None:
    tables = [measure(run) for run in worlds.values()]
    names = [name for name in tables[0] if any((table[name] != 0).any() for table in tables)]
    height = 0.8 / len(worlds)
    colours = world_colours(worlds).values()
    for index, (table, colour) in enumerate(zip(tables, colours, strict=True)):
        for row, name in enumerate(names):
            interval = student(table[name].to_numpy())
            at = row + height * (index - (len(worlds) - 1) / 2)
            axes.barh(
                at, interval.centre, height=0.9 * height, edgecolor=colour, linewidth=1.0,
                color=colour if index == 0 else "white",
            )  # fmt: skip
            axes.plot([interval.low, interval.high], [at, at], color=BLACK, linewidth=1.0)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
    axes.set_title(title)
    unit = Unit("USD/year").readable(max(map(abs, axes.get_xlim())))
    axes.set_xlabel(unit.words)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda usd, _: f"{unit.factor * usd:g}"))
    axes.axvline(0, color=GREY, linewidth=0.7)
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x")

"""Prices at equal quality: two indices, the frontier's price, and what was used for nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator

from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import GREY, axis_text, band, date_axis, days, sheet
from analysis.price_indices import INDICES, first_window
from analysis.scales import scale_of
from analysis.statistics import bands
from analysis.worlds import Worlds
from sim.record.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.run import Run

TITLE = "Prices at equal quality"
CAPTION = (
    "First week = 1, log scale. Price index: rolling-window GEKS with mean splice, product by "
    "product, so that a new product is no price change; hedonic index: prices at equal capability, "
    "so that it is. Neither has a level before week 13, and none is revised later; dotted: the "
    "levels of the first window, which became known in week 13, at the dot. Frontier price: "
    "cheapest offer as capable as the best of the first day, within one standard error of its "
    "capability. Both indices leave out tokens sold at a price of zero: the last panel shows their "
    "share. Bands: 95% intervals of the mean."
)
PAIRED = "A colour a world: {all}."
_FRONTIER: Final = "frontier_price_usd_per_mtok"
_FREE: Final = "free_tokens_share"


@plate(
    "price-indices",
    place=25,
    title=TITLE,
    caption=CAPTION,
    tables=("market", "products"),
    paired=PAIRED,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a panel an index, one for the frontier, one for free tokens."""
    columns = TABLES["market"]
    figure = sheet(4.4)
    panels = figure.subplots(2, 2, sharex=True)
    for axes, name in zip(panels[0], INDICES, strict=True):
        levels = [_index(axes, run, name, colour) for run, colour in _layers(worlds)]
        _index_scale(axes, [level for one in levels for level in one])
        axes.set_title(columns[name].label)
        axes.set_ylabel(columns[name].unit.words)
    frontier, free = panels[1]
    for run, colour in _layers(worlds):
        band(frontier, _weekly(run, _FRONTIER), colour)
        band(free, _weekly(run, _FREE), colour, scale=columns[_FREE].unit.factor)
    frontier.set_title(columns[_FRONTIER].label)
    frontier.set_ylabel(columns[_FRONTIER].unit.words)
    _price_scale(frontier, worlds)
    free.set_title(columns[_FREE].label)
    free.set_ylabel(axis_text(columns[_FREE]))
    free.set_ylim(0, 100)
    for axes in panels[1]:
        date_axis(axes)
    if len(worlds) > 1:
        for height, (world, colour) in enumerate(world_colours(worlds).items()):
            free.text(
                0.03, 0.9 - 0.11 * height, world, color=colour, ha="left", weight="bold",
                transform=free.transAxes,
            )  # fmt: skip
    return figure


def _layers(worlds: Worlds) -> Iterator[tuple[Run, str]]:
    """Yield each world with its colour, the first last: it lies on top."""
    colours = world_colours(worlds)
    for name, run in reversed(list(worlds.items())):
        yield run, colours[name]


def _weekly(run: Run, name: str) -> pd.DataFrame:
    return bands(run.market, name, scale_of(TABLES["market"][name]))


def _index(axes: Axes, run: Run, name: str, colour: str) -> list[float]:
    """Draw the levels of an index, a dot where they begin; return their means."""
    before, weekly = bands(first_window(run, name), name), _weekly(run, name)
    axes.plot(days(before["date"]), before["mean"], color=colour, linestyle=":", linewidth=1.2)
    band(axes, weekly, colour)
    known = weekly.dropna(subset=["mean"])
    axes.plot(days(known["date"][:1]), known["mean"][:1], "o", color=colour, markersize=3.5)
    return [*before["mean"].dropna(), *known["mean"]]


def _index_scale(axes: Axes, levels: list[float]) -> None:
    """Set a log scale with a few round levels, which holds the means; say so if there are none."""
    if not levels:
        axes.text(0.5, 0.5, "no level", color=GREY, ha="center", transform=axes.transAxes)
        axes.set_yticks([])
        return
    axes.set_yscale("log")
    axes.set_ylim(min(levels) / 1.6, max(levels) * 1.6)
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.minorticks_off()


def _price_scale(axes: Axes, worlds: Worlds) -> None:
    """Set a log scale that has room for a price of zero."""
    prices = [run.market[_FRONTIER] for run in worlds.values()]
    positive = [float(price[price > 0].min()) for price in prices if (price > 0).any()]
    if not positive:
        return
    lowest = 10.0 ** math.floor(math.log10(min(positive)))
    highest = max(float(price.max()) for price in prices)
    axes.set_yscale("symlog", linthresh=lowest, linscale=0.4)
    axes.set_ylim(0.0, 2.0 * highest)
    powers = range(round(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    axes.set_yticks([0.0, *(10.0**power for power in powers)])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}" if y else "free"))
    axes.minorticks_off()

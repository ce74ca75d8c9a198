"""The run at a glance: what people paid, how many adopted, how much they used."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import (
    GREY,
    axis_text,
    band,
    date_axis,
    days,
    sheet,
)
from analysis.reactions import main_trigger, war_moves
from analysis.scales import scale_of
from analysis.statistics import bands
from analysis.worlds import Worlds, subject
from sim.record.tables import TABLES

TITLE = "Prices, adoption and use at a glance"
CAPTION = (
    "Average price paid, users who use a product, and tokens a day. Dashed line: what set the war "
    "off, if there was one. Bands: 95% intervals of the mean."
)
PAIRED = "A colour a world: {all}."
_COLUMNS = ("price_paid_usd_per_mtok", "adopters_share", "tokens_mtok_per_day")


@plate(
    "overview",
    place=10,
    title=TITLE,
    caption=CAPTION,
    tables=("market",),
    paired=PAIRED,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: three panels with a line a world."""
    figure = sheet(2.6)
    panels = figure.subplots(1, 3)
    run, colours = subject(worlds), world_colours(worlds)
    trigger = main_trigger(run)
    for axes, name in zip(panels, _COLUMNS, strict=True):
        column = TABLES["market"][name]
        unit = column.unit.readable(float(run.market[name].max()))
        for world, shown in reversed(list(worlds.items())):
            band(
                axes, bands(shown.market, name, scale_of(column)), colours[world], scale=unit.factor
            )
        axes.set_title(axis_text(column, unit), size=8.5)
        axes.set_ylim(bottom=0)
        date_axis(axes)
        if trigger is not None and not war_moves(run).empty:
            day = days([run.scenario.start_date])[0] + trigger.time_days
            axes.axvline(day, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    if len(worlds) > 1:
        for height, world in enumerate(reversed(list(worlds))):
            panels[1].text(
                0.97, 0.08 + 0.12 * height, world, color=colours[world], ha="right", weight="bold",
                transform=panels[1].transAxes,
            )  # fmt: skip
    return figure

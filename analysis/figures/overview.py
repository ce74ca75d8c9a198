"""The run at a glance: what people paid, how many adopted, how much they used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from analysis.figures.style import (
    GREY,
    NO_WAR,
    WAR,
    band,
    date_axis,
    days,
    sheet,
    styled,
    tokens_unit,
)
from analysis.reactions import main_trigger, war_moves
from analysis.statistics import bands

if TYPE_CHECKING:
    from sim.record.run import Run

TITLE = "Prices, adoption and use at a glance"
CAPTION = (
    "Average price paid, users who use a product, and tokens a day. Dashed line: what set the war "
    "off, if there was one. Bands: 95% intervals of the mean."
)
PAIRED = (
    "Red: the market with the war; blue: the same market without it, where every provider keeps to "
    "its policy of peace."
)


@styled
def draw(run: Run, counterfactual: Run | None = None) -> Figure:
    """Draw the figure: three panels, with and without the war."""
    figure = sheet(2.6)
    panels = figure.subplots(1, 3)
    trigger = main_trigger(run)
    factor, tokens = tokens_unit(float(run.market["tokens_mtok_per_day"].max()))
    contents = (
        ("price_paid_usd_per_mtok", 1.0, "price paid, USD per Mtok"),
        ("adopters_share", 100.0, "users with a product, % of all"),
        ("tokens_mtok_per_day", factor, f"{tokens} a day"),
    )
    for axes, (column, scale, title) in zip(panels, contents, strict=True):
        if counterfactual is not None:
            band(axes, bands(counterfactual.market, column), NO_WAR, scale=scale)
        band(axes, bands(run.market, column), WAR, scale=scale)
        axes.set_title(title, size=8.5)
        axes.set_ylim(bottom=0)
        date_axis(axes)
        if trigger is not None and not war_moves(run).empty:
            day = days([run.scenario.start_date])[0] + trigger.time_days
            axes.axvline(day, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    if counterfactual is not None:
        for colour, text, height in ((WAR, "with the war", 0.2), (NO_WAR, "without", 0.08)):
            panels[1].text(
                0.97, height, text, color=colour, ha="right", weight="bold",
                transform=panels[1].transAxes,
            )  # fmt: skip
    return figure

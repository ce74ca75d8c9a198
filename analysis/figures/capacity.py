"""Where capacity ran out: accelerators, refusals and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.figures.plate import plate
from analysis.figures.style import PALETTE, band, blank, date_axis, sheet, shortened
from analysis.scales import SHARE, SIGNED, Scale
from analysis.statistics import bands
from analysis.worlds import Worlds, subject
from sim.record.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.run import Run

_MOST_PRODUCTS = 5
_LEAST_REFUSED_SHARE = 0.01
"""A product that never refused more in a week, on average over replications, is not drawn."""


def _refusing(run: Run) -> list[str]:
    """Return the products that refused the most tokens, in that order."""
    weekly = run.products.groupby(["product", "time_days"])["refused_share"].mean()
    most = weekly.groupby("product").max()
    rows = run.products
    lost = (rows["refused_share"] * rows["asked_mtok_per_day"]).groupby(rows["product"]).sum()
    names = [name for name in most.index if most[name] >= _LEAST_REFUSED_SHARE]
    return sorted(names, key=lambda name: -float(lost[name]))[:_MOST_PRODUCTS]


@plate(
    "capacity",
    place=75,
    title="Where capacity ran out",
    caption=(
        "Products that refused the most. Left: accelerators that serve each, leased and by the "
        "hour. Middle: share of the tokens asked for that was refused. Right: how long those who "
        "were served waited, as users see it. Bands: 95% Monte-Carlo intervals of the mean."
    ),
    tables=("products", "clouds"),
    applies=lambda worlds: bool(_refusing(subject(worlds))),
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: fleets, refusals and delays by product."""
    run = subject(worlds)
    names = _refusing(run)
    if not names:
        return blank("No product refused requests for want of capacity.")
    colours = dict(zip(names, PALETTE, strict=False))
    figure = sheet(2.9)
    fleets, refused, delay = figure.subplots(1, 3)
    clouds = run.clouds.groupby(["replication", "time_days", "date", "product"])
    accelerators = clouds["fleet_accelerators"].sum().reset_index()
    _lines(fleets, accelerators, "fleet_accelerators", colours)
    fleets.set_ylabel(f"{TABLES['clouds']['fleet_accelerators'].label.lower()} (accelerators)")
    _lines(refused, run.products, "refused_share", colours, SHARE)
    refused.set_ylabel("tokens refused")
    refused.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    _lines(delay, run.products, "delay_s", colours)
    delay.set_ylabel("delay (s)")
    for axes in (fleets, refused, delay):
        axes.set_ylim(bottom=0.0)
        date_axis(axes)
    figure.legend(loc="outside lower center", ncols=min(len(names), 3))
    return figure


def _lines(
    axes: Axes,
    rows: pd.DataFrame,
    column: str,
    colours: dict[str, str],
    scale: Scale = SIGNED,
) -> None:
    """Draw a line with its band for each product."""
    for name, colour in colours.items():
        weekly = bands(rows[rows["product"] == name].dropna(subset=[column]), column, scale)
        band(axes, weekly, colour)
        if column == "refused_share":
            axes.plot([], [], color=colour, label=shortened(name))

"""Shares of tokens by provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.figures.colours import OTHERS, provider_colours, provider_ranking
from analysis.figures.plate import plate
from analysis.figures.style import PALETTE, band, date_axis, days, end_labels, sheet
from analysis.scales import SHARE
from analysis.statistics import bands
from analysis.worlds import Worlds, subject
from sim.errors import ResultError
from sim.record.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

TITLE = "Shares by provider"
CAPTION = (
    "Share of all tokens by provider: stacked means on the left, each with its 95% band on the "
    "right. The smallest providers are taken together."
)


@plate(
    "shares",
    place=70,
    title=TITLE,
    caption=CAPTION,
    tables=("providers",),
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: stacked means beside lines with bands.

    Raises
    ------
    ResultError
        If nothing was sold.
    """
    run = subject(worlds)
    table = _grouped(run)
    if table.empty:
        raise ResultError("nothing was sold in this run.")
    names = [name for name in [*provider_ranking(run), OTHERS] if (table["provider"] == name).any()]
    colours = provider_colours(run)
    weekly = {
        name: bands(table[table["provider"] == name], "tokens_share", SHARE) for name in names
    }
    figure = sheet(3.4)
    stack, lines = figure.subplots(1, 2, width_ratios=(1, 1))
    means = np.stack([weekly[name]["mean"].to_numpy() for name in names])
    x = days(weekly[names[0]]["date"])
    stack.stackplot(x, means, colors=[colours[name] for name in names], linewidth=0.4,
                    edgecolor="white")  # fmt: skip
    stack.set_title("Stacked")
    stack.set_ylabel(TABLES["providers"]["tokens_share"].label.lower())
    stack.set_ylim(0, 1)
    stack.margins(x=0)
    lines.set_title("With bands")
    for name in names:
        band(lines, weekly[name], colours[name])
    lines.set_ylim(0, min(1.0, lines.get_ylim()[1]))
    for axes in (stack, lines):
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        date_axis(axes)
    ends = [(name, float(weekly[name]["mean"].iloc[-1]), colours[name]) for name in names]
    end_labels(lines, ends)
    return figure


def _grouped(run: Run) -> pd.DataFrame:
    """Sum the smallest providers into one; weeks in which nothing was sold are left out."""
    rows = run.providers.dropna(subset=["tokens_share"])
    large = set(provider_ranking(run)[: len(PALETTE) - 1])
    named = rows.assign(provider=rows["provider"].where(rows["provider"].isin(large), OTHERS))
    keys = ["replication", "time_days", "date", "provider"]
    return named.groupby(keys)["tokens_share"].sum().reset_index()

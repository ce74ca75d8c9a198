"""What differs between worlds: the first minus each of the others, replication by replication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from analysis.comparison import paired_replications
from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import (
    BLACK,
    GREY,
    VERMILION,
    band,
    date_axis,
    sheet,
)
from analysis.scales import scale_of, scale_of_difference
from analysis.statistics import bands
from analysis.worlds import Worlds, others, subject
from sim.record.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

TITLE = "{pairs}"
CAPTION = (
    "Paired difference, {pairs}, replication by replication. {differing}. All draws are shared, so "
    "what is left is the effect of that. Where the band clears zero, chance alone does not make "
    "that week's difference; of many weeks and panels some clear it by chance. Bands: 95% "
    "intervals of the mean."
)
_COLUMNS = (
    "price_paid_usd_per_mtok",
    "adopters_share",
    "tokens_mtok_per_day",
    "consumer_surplus_usd_per_day",
    "producer_surplus_usd_per_day",
    "hhi_tokens",
)


def _has_others(worlds: Worlds) -> bool:
    return len(worlds) > 1


@plate(
    "difference",
    place=50,
    title=TITLE,
    caption=CAPTION,
    tables=("market",),
    applies=_has_others,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a panel an outcome; a line of text where there is one world."""
    if not _has_others(worlds):
        figure = sheet(1.0)
        figure.text(0.5, 0.5, "There is no other world to compare with.", ha="center")
        return figure
    figure = sheet(4.6)
    panels = figure.subplots(2, 3)
    run, colours = subject(worlds), _colours(worlds)
    differences = {
        name: paired_difference(run, other, list(_COLUMNS))
        for name, other in others(worlds).items()
    }
    for axes, name in zip(panels.flat, _COLUMNS, strict=True):
        column = TABLES["market"][name]
        unit = column.unit.readable(
            max(float(rows[name].abs().max()) for rows in differences.values())
        )
        axes.axhline(0, color=GREY, linewidth=0.9)
        for world, rows in differences.items():
            band(
                axes,
                bands(rows, name, scale_of_difference(scale_of(column))),
                colours[world],
                scale=unit.factor,
            )
        axes.set_title(column.label, color=BLACK, size=8.5)
        axes.set_ylabel(f"difference, {unit.of_difference}")
        axes.margins(y=0.1)
        date_axis(axes)
    if len(differences) > 1:
        for height, world in enumerate(differences):
            panels[0, 0].text(
                0.97, 0.08 + 0.12 * height, f"minus {world}", color=colours[world], ha="right",
                weight="bold", transform=panels[0, 0].transAxes,
            )  # fmt: skip
    return figure


def _colours(worlds: Worlds) -> dict[str, str]:
    """Return a colour for each difference: that of the other world, where there are several."""
    if len(worlds) == 2:
        return dict.fromkeys(others(worlds), VERMILION)
    return world_colours(worlds)


def paired_difference(run: Run, other: Run, columns: list[str]) -> pd.DataFrame:
    """Subtract the weekly market tables replication by replication, ``run`` minus the other.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``time_days``, ``date`` and the columns.
    """
    paired = list(paired_replications(run, other))
    keys = ["replication", "time_days", "date"]
    first, second = (
        world.market[world.market["replication"].isin(paired)].set_index(keys)[columns]
        for world in (run, other)
    )
    return (first - second).reset_index()

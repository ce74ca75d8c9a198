"""What the war added: the market with it minus the same market without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from analysis.comparison import paired_replications
from analysis.figures.style import (
    BLACK,
    GREY,
    VERMILION,
    band,
    date_axis,
    sheet,
    styled,
    tokens_unit,
    usd_unit,
)
from analysis.statistics import bands

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

TITLE = "What the war added"
CAPTION = (
    "Paired difference, with the war minus without it, replication by replication: both worlds "
    "share every draw, so what is left is the effect of the war policies. Where the band clears "
    "zero the sign is settled. "
    "Bands: 95% intervals of the mean."
)
_PANELS = (
    ("price_paid_usd_per_mtok", "Price paid"),
    ("adopters_share", "Users with a product"),
    ("tokens_mtok_per_day", "Tokens"),
    ("consumer_surplus_usd_per_day", "Consumer surplus"),
    ("producer_surplus_usd_per_day", "Producer surplus"),
    ("hhi_tokens", "Concentration of tokens"),
)


@styled
def draw(run: Run, counterfactual: Run | None = None) -> Figure:
    """Draw the figure: a panel an outcome; a line of text without a counterfactual."""
    if counterfactual is None:
        figure = sheet(1.0)
        figure.text(0.5, 0.5, "There is no run without the war to compare with.", ha="center")
        return figure
    figure = sheet(4.6)
    panels = figure.subplots(2, 3)
    differences = paired_difference(run, counterfactual, [column for column, _ in _PANELS])
    for axes, (column, title) in zip(panels.flat, _PANELS, strict=True):
        scale, unit = _unit(column, float(differences[column].abs().max()))
        axes.axhline(0, color=GREY, linewidth=0.9)
        band(axes, bands(differences, column), VERMILION, scale=scale)
        axes.set_title(title, color=BLACK)
        axes.set_ylabel(f"difference, {unit}")
        axes.margins(y=0.1)
        date_axis(axes)
    return figure


def _unit(column: str, most: float) -> tuple[float, str]:
    if column == "adopters_share":
        return 100.0, "% points"
    if column == "hhi_tokens":
        return 1.0, "HHI points"
    if column == "price_paid_usd_per_mtok":
        return 1.0, "USD per Mtok"
    scale, unit = tokens_unit(most) if column.startswith("tokens") else usd_unit(most)
    return scale, f"{unit} a day"


def paired_difference(run: Run, counterfactual: Run, columns: list[str]) -> pd.DataFrame:
    """Subtract the weekly market tables replication by replication, ``run`` minus the other.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``time_days``, ``date`` and the columns.
    """
    paired = list(paired_replications(run, counterfactual))
    keys = ["replication", "time_days", "date"]
    first, second = (
        world.market[world.market["replication"].isin(paired)].set_index(keys)[columns]
        for world in (run, counterfactual)
    )
    return (first - second).reset_index()

"""How much busier the busiest hour of a product is than its mean hour."""

from __future__ import annotations

from matplotlib.figure import Figure

from analysis.figures.plate import plate
from analysis.figures.style import PALETTE, band, date_axis, sheet, shortened
from analysis.scales import SIGNED
from analysis.statistics import bands
from analysis.worlds import Worlds, subject
from sim.record.run import Run

_MOST_PRODUCTS = 5
_EVEN = 1.001


def _uneven(worlds: Worlds) -> bool:
    return bool((subject(worlds).products["peak_ratio"] > _EVEN).any())


def _largest(run: Run) -> list[str]:
    """Return the products that sold the most tokens, in that order."""
    sold = run.products.groupby("product")["tokens_mtok_per_day"].sum()
    return [str(name) for name in sold[sold > 0.0].nlargest(_MOST_PRODUCTS).index]


@plate(
    "busy-hours",
    place=76,
    title="The busiest hour",
    caption=(
        "Tokens of a product's busiest hour of the day over those of its mean hour: 1 is an even "
        "load. Bands: 95% Monte-Carlo intervals of the mean."
    ),
    tables=("products",),
    applies=_uneven,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a line a product."""
    run = subject(worlds)
    figure = sheet(2.6)
    axes = figure.subplots()
    for name, colour in zip(_largest(run), PALETTE, strict=False):
        rows = run.products[run.products["product"] == name].dropna(subset=["peak_ratio"])
        band(axes, bands(rows, "peak_ratio", SIGNED), colour)
        axes.plot([], [], color=colour, label=shortened(name))
    axes.set_ylabel("busiest over mean hour")
    axes.set_ylim(bottom=1.0)
    date_axis(axes)
    figure.legend(loc="outside lower center", ncols=3)
    return figure

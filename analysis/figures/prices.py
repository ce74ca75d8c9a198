"""List prices by product over time, with the cuts of the war marked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from analysis.figures.colours import provider_ranking
from analysis.figures.plate import plate
from analysis.figures.style import (
    GREY,
    PALETTE,
    axis_text,
    date_axis,
    days,
    end_labels,
    sheet,
    shortened,
)
from analysis.reactions import Trigger, main_trigger, war_moves
from analysis.worlds import Worlds, subject
from sim.record.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.run import Run

TITLE = "Prices by product"
CAPTION = (
    "List price of every product, USD per million tokens (blend of input, cached input and "
    "output), log scale, a panel a provider, largest first. Line: median replication; shade: the "
    "range that holds 95% of replications; triangles: moves in answer to a rival, or replayed, in "
    "any replication; dashed line: what set the war off. The grey strip holds free products."
)
_COLUMNS = 2
_PANEL_IN, _LABEL_IN = 1.1, 0.135
_COLOURS = PALETTE[:-1]
Dashes = str | tuple[float, tuple[float, ...]]
_DASHES: tuple[Dashes, ...] = ("-", (0, (4, 1.5)), (0, (1, 1)))


@plate(
    "prices",
    place=20,
    title=TITLE,
    caption=CAPTION,
    tables=("products", "providers"),
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a panel a provider, log scale with a strip for free products."""
    run = subject(worlds)
    providers = [p for p in provider_ranking(run) if (run.products["provider"] == p).any()]
    products = run.products.groupby("provider")["product"].nunique()
    heights = _heights([int(products[provider]) for provider in providers])
    figure = sheet(0.5 + sum(heights) + 0.35 * len(heights))
    panels = figure.subplots(
        len(heights), _COLUMNS, sharex=True, sharey=True, squeeze=False, height_ratios=heights
    )
    listed = run.products[run.products["listed"]]
    prices = listed["price_usd_per_mtok"]
    free_at = _free_at(prices)
    moves, trigger = war_moves(run), main_trigger(run)
    for axes, provider in zip(panels.flat, providers, strict=False):
        _panel(axes, provider, listed[listed["provider"] == provider], moves, free_at)
        _mark(axes, trigger, run)
    for axes in panels.flat[len(providers) :]:
        axes.remove()
    shared = panels.flat[0]
    _price_axis(shared, prices, free_at)
    date_axis(shared)
    for number, (axes, provider) in enumerate(zip(panels.flat, providers, strict=False)):
        axes.axhspan(free_at / 2, free_at * 2, color="#f1f1f1", linewidth=0, zorder=0)
        gap = _LABEL_IN / heights[number // _COLUMNS]
        _label(axes, listed[listed["provider"] == provider], free_at, gap)
    figure.supylabel(axis_text(TABLES["products"]["price_usd_per_mtok"]), size=8.5)
    return figure


def _free_at(prices: pd.Series[float]) -> float:
    """Height at which free products are drawn: below all others, wherever they are."""
    paid = prices[prices > 0]
    return float(paid.min()) / 4 if len(paid) else 1.0


def _heights(products: list[int]) -> list[float]:
    """Heights of the rows of panels in inches: room for the names of all products."""
    rows = [products[start : start + _COLUMNS] for start in range(0, len(products), _COLUMNS)]
    return [max(_PANEL_IN, _LABEL_IN * max(row)) for row in rows]


def _panel(
    axes: Axes, provider: str, rows: pd.DataFrame, moves: pd.DataFrame, free_at: float
) -> None:
    axes.set_title(shortened(provider, 40))
    strokes = _strokes(rows)
    for product, own in rows.groupby("product", sort=False):
        colour, dashes = strokes[str(product)]
        price = own["price_usd_per_mtok"].clip(lower=free_at)
        weekly = price.groupby(own["date"])
        x = days(weekly.groups)
        low, middle, high = (
            weekly.quantile(q, interpolation="nearest").to_numpy() for q in (0.025, 0.5, 0.975)
        )
        axes.fill_between(x, low, high, step="post", color=colour, alpha=0.12, linewidth=0)
        axes.step(x, middle, where="post", color=colour, linestyle=dashes)
        made = moves[moves["product"] == product]
        axes.plot(
            days(made["date"]), made["new"].clip(lower=free_at), "v", color=colour, markersize=4,
            markeredgewidth=0, alpha=max(0.25, 1 / max(1, len(made))),
        )  # fmt: skip


def _mark(axes: Axes, trigger: Trigger | None, run: Run) -> None:
    if trigger is None or war_moves(run).empty:
        return
    x = days([run.scenario.start_date])[0] + trigger.time_days
    axes.axvline(x, color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))


def _price_axis(axes: Axes, prices: pd.Series[float], free_at: float) -> None:
    lowest = 4 * free_at
    highest = max(lowest, float(prices.max()))
    some_free = bool((prices == 0).any())
    bottom, top = (free_at / 2 if some_free else lowest / 2), highest * 2
    steps = (1, 2, 5) if top / lowest < 60 else (1,)
    powers = range(math.floor(math.log10(lowest)) - 1, math.ceil(math.log10(top)) + 1)
    ticks = [step * 10.0**power for power in powers for step in steps]
    axes.set_yscale("log")
    axes.set_ylim(bottom, top)
    shown = [tick for tick in ticks if free_at * 2 < tick < top]
    axes.set_yticks([free_at, *shown] if some_free else shown)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: "free" if y == free_at else f"{y:g}"))
    axes.minorticks_off()


def _label(axes: Axes, rows: pd.DataFrame, free_at: float, gap: float) -> None:
    last = rows[rows["time_days"] == rows.groupby("product")["time_days"].transform("max")]
    ends = last.groupby("product", sort=False)["price_usd_per_mtok"].median()
    strokes = _strokes(rows)
    labels = [
        (str(product), max(free_at, float(price)), strokes[str(product)][0])
        for product, price in ends.items()
    ]
    end_labels(axes, labels, gap=gap, size=6.8)


def _strokes(rows: pd.DataFrame) -> dict[str, tuple[str, Dashes]]:
    """Return a colour for each product of a panel, and dashes where the colours run out."""
    return {
        str(product): (_COLOURS[number % len(_COLOURS)], _DASHES[number // len(_COLOURS) % 3])
        for number, product in enumerate(dict.fromkeys(rows["product"]))
    }

"""An account of the change of the average price in one world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from analysis.figures.plate import plate
from analysis.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    sheet,
)
from analysis.price_account import LABELS, PriceAccount, price_account
from analysis.worlds import Worlds, subject
from sim.record.unit import USD_PER_MTOK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.statistics import Interval

TITLE = "Account of the price change in this world: {first}"
CAPTION = (
    "An account of one world, not an attribution: other worlds have changes and accounts of their "
    "own. Change of the token-weighted average list price from the first to the last week, USD per "
    "million tokens, split without remainder (chained Bennet indicator). Within products: cost "
    "changes by compression, hardware and rent, and the margin of price over cost; between "
    "products: tokens moving to models launched during the run, and among older models. Top: "
    "the whole market; bottom: the same parts, in the same colours, by provider. "
    "Whiskers: 95% intervals of the mean."
)
COLOURS = {
    "compression": GREEN,
    "hardware": BLUE,
    "rent": SKY,
    "other_cost": GREY,
    "margin": VERMILION,
    "new_models": ORANGE,
    "mix": PURPLE,
}
_MOST_PROVIDERS = 12


@plate(
    "price-account",
    place=40,
    title=TITLE,
    caption=CAPTION,
    tables=("products",),
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a waterfall of the market above bars by provider."""
    run = subject(worlds)
    account = price_account(run)
    intervals = account.parts()
    parts = {name: intervals[name] for name in account.moving_parts()}
    providers = _largest(account.by_provider())
    figure = sheet(3.0 + 0.26 * len(providers))
    top, bottom = figure.subplots(2, 1, height_ratios=(2.6, 0.5 + 0.26 * len(providers)))
    _waterfall(top, account, parts)
    _by_provider(bottom, providers, list(parts))
    return figure


def _waterfall(axes: Axes, account: PriceAccount, parts: dict[str, Interval]) -> None:
    level = account.start.centre
    axes.bar(0, level, color="#a9a9a9", width=0.7)
    _tell(axes, 0, level, f"{level:.3g}")
    for at, (name, interval) in enumerate(parts.items(), start=1):
        axes.plot([at - 1.35, at + 0.35], [level, level], color=GREY, linewidth=0.7)
        axes.bar(at, interval.centre, bottom=level, color=COLOURS[name], width=0.7)
        if interval.known:
            axes.plot([at, at], [level + interval.low, level + interval.high], color=BLACK,
                      linewidth=1.0)  # fmt: skip
        highest = max(level, level + np.nanmax([interval.centre, interval.high]))
        _tell(axes, at, highest, f"{interval.centre:+.3g}")
        level += interval.centre
    last = len(parts) + 1
    axes.plot([last - 1.35, last + 0.35], [level, level], color=GREY, linewidth=0.7)
    axes.bar(last, level, color="#a9a9a9", width=0.7)
    _tell(axes, last, level, f"{level:.3g}")
    names = ["first week", *(LABELS[name] for name in parts), "last week"]
    axes.set_xticks(range(last + 1), [name.replace(" ", "\n", 1) for name in names], size=7.5)
    axes.tick_params(axis="x", length=0)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.set_ylabel(USD_PER_MTOK.words)
    axes.set_title("Average price of the market")
    axes.set_ylim(axes.get_ylim()[0], axes.get_ylim()[1] * 1.12)


def _tell(axes: Axes, at: float, height: float, text: str) -> None:
    axes.annotate(text, (at, height), (0, 3), textcoords="offset points", ha="center", size=8)


def _by_provider(axes: Axes, providers: dict[str, dict[str, Interval]], parts: list[str]) -> None:
    for row, contributions in enumerate(providers.values()):
        up = down = 0.0
        for part in parts:
            value = contributions[part].centre
            start = up if value > 0 else down
            axes.barh(row, value, left=start, color=COLOURS[part], height=0.68)
            up, down = (up + value, down) if value > 0 else (up, down + value)
        axes.plot(up + down, row, "D", color=BLACK, markersize=3.5)
    axes.set_yticks(range(len(providers)), list(providers))
    axes.set_ylim(len(providers) - 0.5, -0.5)
    axes.axvline(0, color=GREY, linewidth=0.7)
    axes.set_xlabel(
        f"contribution to the change of the market's average price, {USD_PER_MTOK.words}"
    )
    axes.set_title("By provider (diamond: sum)")
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x")


def _largest(providers: dict[str, dict[str, Interval]]) -> dict[str, dict[str, Interval]]:
    def size(name: str) -> float:
        return sum(abs(interval.centre) for interval in providers[name].values())

    order = sorted(providers, key=size, reverse=True)
    return {name: providers[name] for name in order[:_MOST_PROVIDERS]}

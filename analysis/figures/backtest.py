"""A back-test: what was forecast, what happened, and what naive forecasts said."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from analysis.backtests.fans import fans_frame
from analysis.backtests.naive import NAIVE
from analysis.backtests.target import CHANGE, DEPTH, MOVED
from analysis.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT,
    PALETTE,
    VERMILION,
    date_axis,
    save,
    sheet,
    shortened,
    styled,
)
from sim.files.durable import write_whole

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from analysis.backtests.frozen import Forecast
    from analysis.backtests.scoring import Scores

NAME: Final = "forecast_and_observed"
_FAN_IN: Final = 2.0
_ROW_IN: Final = 0.22
_MOVES_IN: Final = 1.0
_LEGEND: Final = "grey, dot: forecast, 80%, median; |: drift; \u00d7: happened"


def draw_backtest(forecast: Forecast, scores: Scores, folder: Path) -> Path:
    """Draw a back-test, write what is drawn as CSV beside it, and return the picture's path.

    Series are fans: the 80% and 95% intervals of the draws and their median by date. Of price
    moves it is the chance of a cut, and how deep prices end; naive forecasts are drawn by their
    means, and only series have more than two.

    Parameters
    ----------
    forecast
        What was forecast.
    scores
        What it was scored against.
    folder
        Where to write; it exists.
    """
    frame = fans_frame(forecast, scores)
    write_whole(folder / f"{NAME}.csv", frame.to_csv(index=False).encode())
    origin = dt.date.fromisoformat(str(forecast.record["origin"]))
    return save(_draw(frame, origin), folder, NAME)[0]


@styled
def _draw(frame: pd.DataFrame, origin: dt.date) -> Figure:
    series = list(dict.fromkeys(frame["target"][frame["quantity"] == CHANGE]))
    movers = list(dict.fromkeys(frame["target"][frame["quantity"] == DEPTH]))
    heights = [_FAN_IN] * -(-len(series) // 2)
    if movers:
        heights.append(_MOVES_IN + _ROW_IN * len(movers))
    figure = sheet(sum(heights) + 0.8)
    grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
    meant: dict[str, Artist] = {}
    for number, target in enumerate(series):
        axes = figure.add_subplot(grid[number // 2, number % 2])
        _fan(axes, _of(frame, target, CHANGE), target, origin)
        handles, labels = axes.get_legend_handles_labels()
        meant |= dict(zip(labels, handles, strict=True))
    if meant:
        figure.legend(
            meant.values(), meant.keys(), loc="outside upper center", ncols=5, frameon=False
        )
    if movers:
        chances = figure.add_subplot(grid[-1, 0])
        depths = figure.add_subplot(grid[-1, 1], sharey=chances)
        _chances(chances, [_of(frame, target, MOVED) for target in movers], movers)
        _depths(depths, [_of(frame, target, DEPTH) for target in movers])
        chances.set_xlabel(_LEGEND)
    return figure


def _of(frame: pd.DataFrame, target: str, quantity: str) -> pd.DataFrame:
    return frame[(frame["target"] == target) & (frame["quantity"] == quantity)]


def _fan(axes: Axes, rows: pd.DataFrame, title: str, origin: dt.date) -> None:
    start = np.datetime64(origin)
    drawn = rows[rows["median"].notna()]
    days = np.concatenate([[start], drawn["date"].to_numpy()])
    for level, colour in ((95, LIGHT), (80, GREY)):
        if drawn[f"low_{level}"].isna().all():
            continue  # too few draws
        low, high = (np.concatenate([[0.0], drawn[f"{end}_{level}"]]) for end in ("low", "high"))
        axes.fill_between(days, low, high, color=colour, alpha=0.6, lw=0.0, label=f"{level}%")
    axes.plot(days, np.concatenate([[0.0], drawn["median"]]), color=BLUE, label="median")
    for name, colour in zip(NAIVE, PALETTE[1:], strict=False):
        if drawn[name].notna().any():
            axes.plot(
                drawn["date"],
                drawn[name],
                color=colour,
                lw=0.9,
                ls="--",
                label=name.replace("_", " "),
            )
    seen = rows[rows["observed"].notna()]
    axes.plot(seen["date"], seen["observed"], color=BLACK, marker=".", ms=3.0, label="observed")
    axes.set_title(shortened(title, 44), loc="left")
    axes.set_ylabel("change since the origin")
    date_axis(axes)


def _chances(axes: Axes, moves: Sequence[pd.DataFrame], names: Sequence[str]) -> None:
    places = np.arange(len(names))[::-1]
    axes.barh(places, [float(one["median"].iloc[-1]) for one in moves], 0.6, color=LIGHT)
    for place, one in zip(places, moves, strict=True):
        axes.plot(one["drift"].iloc[-1:], [place], "|", color=VERMILION, ms=9.0, mew=1.5)
        axes.plot(one["observed"].iloc[-1:], [place], "x", color=BLACK, ms=4.0)
    axes.set_yticks(places, [shortened(name.removesuffix(" moves"), 26) for name in names])
    axes.set_xlim(-0.03, 1.03)
    axes.set_title("Chance of a cut", loc="left")


def _depths(axes: Axes, depths: Sequence[pd.DataFrame]) -> None:
    places = np.arange(len(depths))[::-1]
    for place, one in zip(places, depths, strict=True):
        last = one.iloc[-1]
        axes.plot([last["low_80"], last["high_80"]], [place, place], color=GREY, lw=3.0)
        axes.plot([last["median"]], [place], "o", color=BLUE, ms=3.0)
        axes.plot([last["drift"]], [place], "|", color=VERMILION, ms=9.0, mew=1.5)
        axes.plot([last["observed"]], [place], "x", color=BLACK, ms=4.0)
    axes.tick_params(labelleft=False)
    axes.set_title("Price at the end", loc="left")
    axes.set_xlabel("change in logs")

"""Who answered whom, when and how deeply."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.figures.plate import plate
from analysis.figures.style import BLACK, BLUE, GREY, VERMILION, sheet
from analysis.reactions import Response, followers, main_trigger, responses, war_moves
from analysis.worlds import Worlds, subject

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.run import Run

TITLE = "Who reacted to whom, and when"
CAPTION = (
    "Left: days from what set the war off to each provider's first answer, with the share of "
    "replications that has one and what it mostly was; dots are replications, diamonds medians "
    "with their 95% interval. Middle: how much cheaper the products that it cut became. Right: "
    "moves by who made them (rows) and whose price they answered (columns), mean number a "
    "replication over the whole run."
)
_WIDTHS = (1.5, 0.8, 1.3)


def _has_reactions(worlds: Worlds) -> bool:
    run = subject(worlds)
    return main_trigger(run) is not None and not war_moves(run).empty


@plate(
    "reactions",
    place=30,
    title=TITLE,
    caption=CAPTION,
    tables=("events", "providers"),
    applies=_has_reactions,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: lags, depths, and the matrix of who answered whom."""
    run = subject(worlds)
    trigger = main_trigger(run)
    if trigger is None or war_moves(run).empty:
        figure = sheet(1.0)
        figure.text(0.5, 0.5, "No provider answered another in this run.", ha="center")
        return figure
    answers = responses(run, trigger)
    followed = followers(run, trigger)
    names = [answer.provider for answer in answers]
    figure = sheet(1.3 + 0.3 * len(names))
    answered = _answered(run)
    panels = 3 if answered else 2
    lag, depth, *rest = figure.subplots(1, panels, width_ratios=_WIDTHS[:panels])
    _dots(lag, followed, names, "lag_days", VERMILION)
    _dots(depth, followed, names, "cut_depth_share", BLUE)
    for row, answer in enumerate(answers):
        _medians(lag, depth, row, answer)
    after = trigger.product or trigger.provider or "the trigger"
    lag.set_title("First answer")
    lag.set_xlabel(f"days after {after}")
    lag.set_xlim(0, None)
    lag.set_yticks(range(len(names)), names)
    depth.set_title("Depth")
    depth.set_xlabel("price cut by")
    depth.set_xlim(0, 1.05)
    depth.xaxis.set_major_formatter(PercentFormatter(1.0))
    depth.set_yticks([])
    for axes in (lag, depth):
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(visible=False)
        axes.grid(visible=True, axis="x")
    for matrix in rest:
        _matrix(matrix, run, names, answered)
    return figure


def _answered(run: Run) -> list[str]:
    """List the providers that were answered by name; replayed history names none."""
    named = set(war_moves(run)["trigger_provider"].dropna())
    return [provider for provider in dict.fromkeys(run.providers["provider"]) if provider in named]


def _dots(axes: Axes, followed: pd.DataFrame, names: list[str], column: str, colour: str) -> None:
    rows = followed["provider"].map({name: row for row, name in enumerate(names)})
    axes.plot(followed[column], rows + 0.22, "o", color=colour, alpha=0.35, markersize=3.2,
              markeredgewidth=0)  # fmt: skip


def _medians(lag: Axes, depth: Axes, row: int, answer: Response) -> None:
    if answer.followed_share == 0:
        lag.text(0.02, row, "no answer", color=GREY, va="center", size=7.5,
                 transform=lag.get_yaxis_transform())  # fmt: skip
        return
    for axes, interval in ((lag, answer.lag_days), (depth, answer.cut_depth_share)):
        if interval.known:
            axes.plot([interval.low, interval.high], [row, row], color=BLACK, linewidth=1.0)
        axes.plot(interval.centre, row, "D", color=BLACK, markersize=4)
    text = f"{answer.followed_share:.0%}, {answer.first_move}"
    lag.text(0.995, row - 0.3, text, size=6.3, color=GREY, ha="right", va="center",
             transform=lag.get_yaxis_transform())  # fmt: skip


def _matrix(axes: Axes, run: Run, names: list[str], columns: list[str]) -> None:
    moves = war_moves(run)
    counts = moves.groupby(["provider", "trigger_provider"]).size() / len(run.replications)
    grid = np.array([[counts.get((row, column), 0.0) for column in columns] for row in names])
    axes.imshow(grid, cmap="Blues", aspect="auto", vmin=0, vmax=max(1.0, 1.3 * grid.max()))
    for (row, column), value in np.ndenumerate(grid):
        if value > 0:
            axes.text(column, row, f"{value:.1f}", ha="center", va="center", size=7,
                      color="white" if value > 0.7 * grid.max() else BLACK)  # fmt: skip
    axes.set_title("Whom they answered")
    axes.grid(visible=False)
    axes.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks([])
    axes.set_xlabel("moves a replication, in answer to")

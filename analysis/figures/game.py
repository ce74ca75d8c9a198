"""A game: its payoffs with intervals, and where replicator dynamics lead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from analysis.amounts import in_unit
from analysis.figures.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT,
    PALETTE,
    VERMILION,
    end_labels,
    save,
    sheet,
    shortened,
    styled,
)
from analysis.game.replicator import even_mix, inner_starts, paths, velocity
from analysis.game.table import TITLES, payoff_text, unit_of
from analysis.statistics import student
from analysis.words import sentence_case
from sim.files.durable import write_whole

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.game.analysis import GameAnalysis
    from sim.quantities import FloatArray

_LONGEST_NAME: Final = 26
_MOST_PATHS: Final = 16
_SHORT: Final = 40.0
"""Time in which paths are drawn: most of what happens does so by then."""
_FEW_PROFILES: Final = 40


def draw_game(game: GameAnalysis, folder: Path) -> Path:
    """Draw a game, write what is drawn as CSV beside it, and return the picture's path.

    Parameters
    ----------
    game
        What to draw.
    folder
        Where to write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "paths.csv", paths_frame(game).to_csv(index=False).encode())
    return save(_draw(game), folder, "game")[0]


def paths_frame(game: GameAnalysis) -> pd.DataFrame:
    """Return the paths of the right panel: a row a path, time, role and strategy."""
    import pandas as pd

    rows = []
    for number, walked in enumerate(paths(game.mean, _starts(game), _SHORT)):
        for role, name in enumerate(game.mean.names):
            for s, strategy in enumerate(game.mean.strategies[role]):
                rows += [
                    {"path": number, "time": t, "player": name, "strategy": strategy, "share": x}
                    for t, x in zip(walked.times, walked.shares[role][:, s], strict=True)
                ]
    return pd.DataFrame(rows)


def _is_plane(game: GameAnalysis) -> bool:
    return game.mean.shape == (2, 2)


def _starts(game: GameAnalysis) -> list[tuple[FloatArray, ...]]:
    return inner_starts(game.mean, _MOST_PATHS) if _is_plane(game) else [even_mix(game.mean)]


@styled
def _draw(game: GameAnalysis) -> Figure:
    rows = game.mean.shape[0] if len(game.mean.shape) < 3 else min(_count(game), _FEW_PROFILES) / 3
    height = max(3.2, 1.4 + 0.5 * rows)
    if _is_plane(game):
        figure = sheet(height)
        left, right = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    else:
        figure = sheet(height + 2.6)
        left, right = figure.subplots(2, 1, height_ratios=(height, 2.6))
    if len(game.mean.shape) < 3:
        _matrix(left, game)
    else:
        _profiles(left, game)
    if _is_plane(game):
        _portrait(right, game)
    else:
        _courses(right, game)
    return figure


def _count(game: GameAnalysis) -> int:
    return int(np.prod(game.mean.shape))


def _matrix(axes: Axes, game: GameAnalysis) -> None:
    """Draw a cell a profile: what each player gets, darker where regret is smaller."""
    names, shape = game.mean.names, game.mean.shape
    rows, columns = shape[0], shape[-1]
    number = in_unit(unit_of(game))
    symmetric = len(names) == 1
    regrets = np.zeros((rows, columns))
    texts: dict[tuple[int, ...], str] = {}
    if symmetric:  # a cell is one member against the rest; the profiles are on the diagonal
        values = game.samples.payoffs[0]
        for s, t in np.ndindex(rows, columns):
            texts[s, t] = student(values[:, s, t]).text(number)
            regrets[s, t] = float(game.mean.payoffs[0][:, t].max() - game.mean.payoffs[0][s, t])
    else:
        for key, group in game.profiles.groupby([f"plays {name}" for name in names], sort=False):
            place = tuple(
                game.mean.strategies[role].index(str(text)) for role, text in enumerate(key)
            )
            records = group.to_dict("records")
            texts[place] = "\n".join(payoff_text(game, row) for row in records)
            regrets[place] = np.sum([_relative(row, game) for row in records])
    palette = LinearSegmentedColormap.from_list("regret", ["#cfe3f1", "#ffffff"])
    axes.imshow(_ranked(regrets), cmap=palette, aspect="auto")
    held = {tuple(map(int, np.ravel(one.supports))) for one in game.equilibria if one.is_pure}
    for (row, column), text in texts.items():
        is_held = ((row,) if symmetric and row == column else (row, column)) in held
        axes.text(column, row, text, ha="center", va="center", size=6.4 if columns > 3 else 7.2,
                  weight="bold" if is_held else "normal", color=BLACK)  # fmt: skip
        if is_held:
            axes.add_patch(_frame(column, row))
    other = "the others" if symmetric else names[1]
    axes.set_xticks(range(columns), [_short(text) for text in game.mean.strategies[-1]])
    axes.set_yticks(range(rows), [_short(text) for text in game.mean.strategies[0]])
    axes.tick_params(length=0, labelsize=7, top=True, labeltop=True, bottom=False,
                     labelbottom=False)  # fmt: skip
    axes.set_xlabel(f"{other} plays" if not symmetric else f"{other} play")
    axes.set_ylabel(f"{names[0]} plays")
    axes.spines[:].set_visible(False)
    who = "" if symmetric else f": {names[0]} above, {names[1]} below"
    axes.set_title(f"{_title(game)}{who}", pad=22)
    axes.grid(visible=False)


def _frame(column: int, row: int) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((column - 0.49, row - 0.49), 0.98, 0.98, fill=False, color=VERMILION, lw=1.6)


def _relative(row: dict[Any, Any], game: GameAnalysis) -> float:
    role = game.mean.names.index(row["player"])
    return float(row["regret"]) / (float(np.ptp(game.mean.payoffs[role])) or 1.0)


def _ranked(values: FloatArray) -> FloatArray:
    """Return values by rank, so that one large regret does not hide the others."""
    order = values.ravel().argsort(kind="stable").argsort(kind="stable")
    return np.asarray(order.reshape(values.shape), dtype=np.float64)


def _profiles(axes: Axes, game: GameAnalysis) -> None:
    """Draw a line a profile, of more than two players: payoffs, intervals, least regret first."""
    unit = unit_of(game)
    regrets = game.profiles.groupby([f"plays {name}" for name in game.mean.names], sort=False)
    ordered = sorted(regrets, key=lambda one: one[1]["regret"].sum())[:_FEW_PROFILES]
    for place, (_, group) in enumerate(ordered):
        for colour, (offset, row) in zip(
            PALETTE, enumerate(group.to_dict("records")), strict=False
        ):
            at = place + 0.16 * (offset - (len(group) - 1) / 2)
            mean, low, high = (
                unit.factor * row[f"{game.payoff}{end}"] for end in ("", "_low", "_high")
            )
            axes.plot(mean, at, "o", color=colour, markersize=3, label=row["player"])
            axes.plot([low, high], [at, at], color=colour, lw=1)
        if bool(group["is_equilibrium"].iloc[0]):
            axes.axhspan(place - 0.5, place + 0.5, color=VERMILION, alpha=0.12, lw=0)
    axes.set_yticks(
        range(len(ordered)), [" / ".join(map(_short, map(str, key))) for key, _ in ordered]
    )
    axes.tick_params(axis="y", labelsize=6)
    axes.invert_yaxis()
    handles = {name: handle for handle, name in zip(*axes.get_legend_handles_labels(), strict=True)}
    axes.legend(handles.values(), handles.keys())
    axes.set_xlabel(f"{TITLES[game.payoff]}, {unit.symbol}")
    axes.set_title(_title(game))


def _title(game: GameAnalysis) -> str:
    unit = unit_of(game)
    return f"{sentence_case(TITLES[game.payoff])}, {unit.symbol} (95% interval)"


def _portrait(axes: Axes, game: GameAnalysis) -> None:
    """Draw the phase portrait of two players with two strategies each."""
    grid = np.linspace(0.04, 0.96, 12)
    x, y = np.meshgrid(grid, grid)
    mixes = tuple(np.stack([1 - share, share], axis=-1) for share in (x, y))
    speed = [one[..., 1] for one in velocity(game.mean, mixes)]
    if np.any(speed):
        axes.quiver(grid, grid, *speed, color=LIGHT, pivot="mid")
    for walked in paths(game.mean, _starts(game), _SHORT):
        axes.plot(walked.shares[0][:, 1], walked.shares[1][:, 1], color=BLUE, lw=0.9, alpha=0.8)
    for one in game.equilibria:
        axes.plot(one.mix[0][1], one.mix[1][1], "o", color=VERMILION, markersize=6, clip_on=False,
                  zorder=5)  # fmt: skip
    for set_label, role in ((axes.set_xlabel, 0), (axes.set_ylabel, 1)):
        set_label(f"{game.mean.names[role]}: share of {_short(game.mean.strategies[role][1])}")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_aspect("equal")
    axes.set_title("Replicator dynamics")


def _courses(axes: Axes, game: GameAnalysis) -> None:
    """Draw shares of strategies over time, from all equally likely."""
    (walked,) = paths(game.mean, _starts(game), _SHORT)
    labels = []
    styles = ("-", "--", ":", "-.")
    for role, name in enumerate(game.mean.names):
        for s, strategy in enumerate(game.mean.strategies[role]):
            colour = PALETTE[s % len(PALETTE)]
            share = walked.shares[role][:, s]
            axes.plot(walked.times, share, styles[role % len(styles)], color=colour, lw=1.2)
            if share[-1] > 0.05:
                labels.append((f"{shortened(name, 12)}: {_short(strategy)}", share[-1], colour))
    axes.set_xlabel("time, without a unit")
    axes.set_ylabel("share of a strategy")
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color=LIGHT)
    end_labels(axes, labels, size=6.5)
    axes.set_title("Replicator dynamics from even shares", pad=14)
    axes.title.set_color(BLACK)
    if len(game.mean.names) > 1:
        lines = ", ".join(
            f"{name} {word}"
            for name, word in zip(
                game.mean.names, ("solid", "dashed", "dotted", "dash-dot"), strict=False
            )
        )
        axes.text(0.0, 1.02, lines, transform=axes.transAxes, size=6.5, color=GREY)


def _short(text: str) -> str:
    return shortened(text, _LONGEST_NAME)

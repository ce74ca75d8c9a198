"""A decision: what each option brings, and which assumptions that hangs on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.figures.style import BLUE, GREY, LIGHT, VERMILION, save, sheet, shortened, styled
from analysis.provider_outcomes import USD_PER_YEAR
from analysis.whatif.choices import HOLD
from analysis.whatif.rows import ends_frame, options_frame, swings_frame
from sim.files.durable import write_whole

if TYPE_CHECKING:
    import pandas as pd

    from analysis.contrast import Contrast
    from analysis.whatif.outcomes import Ranking
    from analysis.whatif.swings import End, Swing

_ROW_IN: Final = 0.3
_LEAST_IN: Final = 1.3
_LONGEST: Final = 42
_TITLES: Final = {"Share of tokens at the end": "Share of tokens", "Chance of a loss": "Loss"}


def write_options(ranking: Ranking, folder: Path) -> Path:
    """Write ``options.png``, ``.svg`` and ``.csv``; return the picture's path."""
    _write(options_frame(ranking), folder / "options.csv")
    return save(draw_options(ranking), folder, "options")[0]


def write_assumptions(
    swings: Sequence[Swing], ends: Sequence[End], shown: int, names: tuple[str, str], folder: Path
) -> Path:
    """Write ``assumptions.png``, ``.svg``, ``.csv``, and the ends' ``ends.csv``.

    Parameters
    ----------
    swings
        Of all assumptions, widest first.
    ends
        How the options rank at the ends of the widest.
    shown
        How many are drawn.
    names
        The option and what it is held against.
    folder
        Where.
    """
    _write(swings_frame(swings), folder / "assumptions.csv")
    _write(ends_frame(ends), folder / "ends.csv")
    return save(draw_swings(swings[:shown], names), folder, "assumptions")[0]


@styled
def draw_options(ranking: Ranking) -> Figure:
    """Draw a panel an outcome, a row an option; whiskers are 95% intervals."""
    results = ranking.results
    figure = sheet(_LEAST_IN + _ROW_IN * len(results))
    panels = figure.subplots(1, 4, sharey=True, width_ratios=(3, 3, 3, 2))
    rows = [(it.profit, it.tokens_share, it.loss) for it in results]
    for axes, contrasts in zip(panels, zip(*rows, strict=True), strict=False):
        _gains(axes, contrasts, ranking)
    chances = [100.0 * it.probability_best for it in results]
    colours = [VERMILION if it.option == ranking.best else LIGHT for it in results]
    panels[3].barh(range(len(results)), np.nan_to_num(chances), color=colours, height=0.6)
    panels[3].set_xlim(0, 100)
    panels[3].set_title("Best", size=8.5)
    panels[3].set_xlabel("probability, %")
    names = [shortened(it.option, _LONGEST) for it in results]
    panels[0].set_yticks(range(len(results)), names)
    panels[0].set_ylim(len(results) - 0.5, -0.5)
    return figure


def _gains(axes: Axes, contrasts: Sequence[Contrast], ranking: Ranking) -> None:
    outcome = contrasts[0].outcome
    unit = outcome.unit_for(*(it.difference.centre for it in contrasts))
    axes.axvline(0.0, color=GREY, linewidth=0.9)
    for row, (contrast, result) in enumerate(zip(contrasts, ranking.results, strict=True)):
        gain = contrast.difference
        centre = unit.factor * gain.centre
        ends = unit.factor * np.array([gain.low, gain.high])
        reach = np.nan_to_num(np.abs(ends - centre))[:, None]
        if result.option == HOLD:
            reach *= 0.0  # by definition, whatever the interval's method
        colour = VERMILION if result.option == ranking.best else BLUE
        axes.errorbar([centre], [row], xerr=reach, fmt="o", color=colour, markersize=3.5,
                      linewidth=1.0)  # fmt: skip
    axes.set_title(_TITLES.get(outcome.label, outcome.label), size=8.5)
    axes.set_xlabel(f"gain, {unit.of_difference}")
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")


@styled
def draw_swings(swings: Sequence[Swing], names: tuple[str, str]) -> Figure:
    """Draw a tornado: a bar an assumption, from the gain at its low end to that at its high one."""
    figure = sheet(_LEAST_IN + _ROW_IN * len(swings))
    axes = figure.subplots()
    ends = [end for it in swings for end in (it.low.centre, it.high.centre)]
    unit = USD_PER_YEAR.readable(max(map(abs, ends), default=0.0))
    for row, it in enumerate(swings):
        stated = unit.factor * it.stated.centre
        for end, name, colour in ((it.low, "low end", BLUE), (it.high, "high end", VERMILION)):
            reach = unit.factor * end.centre - stated
            label = None if row else name
            axes.barh(row, reach, left=stated, color=colour, height=0.6, label=label)
    if swings:
        axes.axvline(unit.factor * swings[0].stated.centre, color=GREY, linewidth=0.9)
        axes.legend(loc="lower right")
    axes.set_yticks(range(len(swings)), [shortened(it.assumption, _LONGEST) for it in swings])
    axes.set_ylim(len(swings) - 0.5, -0.5)
    axes.set_xlabel(f"gain of \u201c{names[0]}\u201d over \u201c{names[1]}\u201d, {unit.words}")
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")
    return figure


def _write(frame: pd.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, frame.to_csv(index=False, lineterminator="\n").encode())

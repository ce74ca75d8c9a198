"""What each factor is worth: Shapley values beside first-in and last-in; and interactions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure

from analysis.attribution.in_play import in_words
from analysis.attribution.quantities import LOG
from analysis.attribution.telling import unit_of
from analysis.figures.style import BLACK, BLUE, GREY, LIGHT, VERMILION, save, sheet, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.attribution.attribution import AttributedQuantity, Attribution

FACTORS: Final = "attribution"
INTERACTIONS: Final = "interactions"
_COLUMNS: Final = 2
_HOW_TO_READ: Final = (
    "Blue: they stand in for each other.\nRed: each makes the other do more.\n"
    "White: neither.\n"
    "In parentheses: the 95% interval includes zero."
)


def draw_attribution(attribution: Attribution, folder: Path) -> tuple[Path, ...]:
    """Draw an attribution, each figure with its data beside it, and return the pictures' paths.

    Parameters
    ----------
    attribution
        What to draw.
    folder
        Where to write; it is made if need be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    attribution.frame.to_csv(folder / f"{FACTORS}.csv", index=False)
    paths = [save(draw_factors(attribution), folder, FACTORS)[0]]
    if len(attribution.factors) > 1 and attribution.quantities[0].pairs:
        attribution.interactions.to_csv(folder / f"{INTERACTIONS}.csv", index=False)
        paths.append(save(draw_interactions(attribution), folder, INTERACTIONS)[0])
    return tuple(paths)


@styled
def draw_factors(attribution: Attribution) -> Figure:
    """Draw bars of Shapley values with intervals; beside each, first in, last in and the range."""
    rows = math.ceil(len(attribution.quantities) / _COLUMNS)
    figure = sheet(0.7 + rows * (0.75 + 0.27 * len(attribution.factors)))
    panels = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes, one in zip(panels, attribution.quantities, strict=False):
        _panel(axes, one)
    for axes in panels[len(attribution.quantities) :]:
        axes.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    spare = panels[-1] if len(panels) > len(attribution.quantities) else None
    if spare is not None:
        spare.legend(handles, labels, loc="center left")
    else:
        figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure


def _panel(axes: Axes, one: AttributedQuantity) -> None:
    unit = unit_of(one)
    places = np.arange(len(one.factors))
    for at, effect in zip(places, one.factors, strict=True):
        value, first = unit.factor * effect.shapley.centre, at == 0
        axes.barh(at, value, height=0.5, color=BLUE, label="worth (Shapley)" if first else None)
        if effect.shapley.known:
            axes.plot(
                [unit.factor * effect.shapley.low, unit.factor * effect.shapley.high],
                [at, at],
                color=BLACK,
                linewidth=1.2,
                label="its 95% interval" if first else None,
            )
        axes.plot(
            [unit.factor * effect.least, unit.factor * effect.most],
            [at + 0.36, at + 0.36],
            color=GREY,
            linewidth=1.0,
            label="least to most, over all before it" if first else None,
        )
        for marker, end, label in (
            ("o", effect.first_in, "first in"),
            ("D", effect.last_in, "last in"),
        ):
            axes.plot(
                unit.factor * end.centre,
                at + 0.36,
                marker,
                color=VERMILION,
                markersize=3.5,
                linestyle="none",
                label=label if first else None,
            )
    axes.axvline(0, color=GREY, linewidth=0.7)
    axes.set_yticks(places, [in_words(effect.factor) for effect in one.factors])
    axes.set_ylim(len(one.factors) - 0.3, -0.6)
    axes.set_title(one.quantity.label, size=8.5)
    axes.set_xlabel("difference of logs" if unit.symbol == LOG.symbol else unit.of_difference)
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x", color=LIGHT)


@styled
def draw_interactions(attribution: Attribution) -> Figure:
    """Draw a map of interactions an outcome: blue where two stand in for each other."""
    names = [in_words(name) for name in attribution.factors]
    rows = math.ceil(len(attribution.quantities) / _COLUMNS)
    figure = sheet(rows * (0.9 + 0.36 * len(names)))
    panels = list(figure.subplots(rows, _COLUMNS, squeeze=False).flat)
    for axes, one in zip(panels, attribution.quantities, strict=False):
        _map(axes, one, names, attribution.factors)
    for axes in panels[len(attribution.quantities) :]:
        axes.set_axis_off()
    if len(panels) > len(attribution.quantities):
        panels[-1].text(0.5, 0.5, _HOW_TO_READ, ha="center", va="center", color=GREY)
    return figure


def _map(axes: Axes, one: AttributedQuantity, names: list[str], factors: tuple[str, ...]) -> None:
    """Colour by how two go together, as strongly as they interact, whatever the signs."""
    unit = unit_of(one)
    shown = np.full((len(names), len(names)), np.nan)
    for pair in one.pairs:
        row, column = sorted((factors.index(name) for name in pair.factors), reverse=True)
        shown[row, column] = pair.joint * abs(pair.interaction.centre)
        text = f"{unit.factor * pair.interaction.centre:.3g}"
        axes.text(
            column,
            row,
            text if pair.interaction.settled else f"({text})",
            ha="center",
            va="center",
            size=6.5,
        )
    shown = shown[1:, :-1]
    largest = float(np.nanmax(np.abs(shown))) or 1.0
    axes.imshow(
        shown,
        cmap="RdBu_r",
        vmin=-1.6 * largest,
        vmax=1.6 * largest,
        extent=(-0.5, len(names) - 1.5, len(names) - 0.5, 0.5),
        aspect="auto",
    )
    axes.set_xticks(range(len(names) - 1), [name.replace(" ", "\n") for name in names[:-1]], size=7)
    axes.set_yticks(range(1, len(names)), names[1:], size=7)
    symbol = "logs" if unit.symbol == LOG.symbol else unit.of_difference
    axes.set_title(f"{one.quantity.label.removesuffix(', in logs')}, {symbol}", size=8)
    axes.tick_params(length=0)
    axes.grid(visible=False)

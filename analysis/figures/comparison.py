"""What each provider gains or loses between worlds: a point with its interval for each of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.comparison import Comparison, frame_of
from analysis.contrast import Contrast
from analysis.figures.style import GREY, PALETTE, save, sheet, shortened, styled
from analysis.pairing import PRECISION_SHARE
from sim.files.durable import write_whole

NAME: Final = "comparison"
_OUTCOMES: Final = ("profit_usd_per_year", "tokens_share_end", "loss")
_ROW_IN: Final = 0.22
_LEAST_IN: Final = 1.6


def write_comparison(
    comparisons: Mapping[str, Comparison], folder: Path, precision_share: float = PRECISION_SHARE
) -> Path:
    """Write ``comparison.png``, ``.svg`` and, with all rows, ``.csv``; return the picture's path.

    Parameters
    ----------
    comparisons
        Of one world with each of the others, by their names.
    folder
        Where.
    precision_share
        As of :func:`analysis.comparison.frame_of`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = frame_of(comparisons, precision_share).to_csv(index=False, lineterminator="\n")
    write_whole(folder / f"{NAME}.csv", text.encode())
    return save(draw_comparison(comparisons), folder, NAME)[0]


@styled
def draw_comparison(comparisons: Mapping[str, Comparison]) -> Figure:
    """Draw a panel an outcome, a row a provider, a colour a world; whiskers are 95% intervals."""
    names = list(dict.fromkeys(own.provider for it in comparisons.values() for own in it.providers))
    figure = sheet(_LEAST_IN + _ROW_IN * len(names) * len(comparisons))
    panels = figure.subplots(1, len(_OUTCOMES), sharey=True, squeeze=False)[0]
    first = next(iter(comparisons.values())).names[0]
    for axes, outcome in zip(panels, _OUTCOMES, strict=True):
        _panel(axes, outcome, comparisons, names)
    panels[0].set_yticks(range(len(names)), [shortened(name) for name in names])
    panels[0].set_ylim(len(names) - 0.5, -0.5)
    panels[0].legend(title=f"{first} minus", loc="upper left", bbox_to_anchor=(0.0, -0.28), ncols=3)
    return figure


def _panel(
    axes: Axes, outcome: str, comparisons: Mapping[str, Comparison], names: list[str]
) -> None:
    found: list[tuple[str, int, Contrast]] = [
        (world, names.index(own.provider), own[outcome])
        for world, comparison in comparisons.items()
        for own in comparison.providers
    ]
    if not found:
        return
    shown = found[0][2].outcome
    sizes = [abs(it.difference.centre) for _, _, it in found]
    unit = shown.unit_for(*sizes)
    places = np.linspace(-0.3, 0.3, len(comparisons)) if len(comparisons) > 1 else [0.0]
    axes.axvline(0.0, color=GREY, linewidth=0.9)
    for number, world in enumerate(comparisons):
        own = [(row, it.difference) for name, row, it in found if name == world]
        centres = unit.factor * np.array([it.centre for _, it in own])
        low, high = (
            unit.factor * np.array([getattr(it, side) for _, it in own]) for side in ("low", "high")
        )
        whiskers = np.nan_to_num(np.abs(np.vstack([centres - low, high - centres])))
        axes.errorbar(
            centres, [row + places[number] for row, _ in own], xerr=whiskers, fmt="o",
            color=PALETTE[number % len(PALETTE)], markersize=3.5, linewidth=1.0, label=world,
        )  # fmt: skip
    axes.set_title(shown.label, size=8.5)
    axes.set_xlabel(f"difference, {unit.of_difference}")
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")

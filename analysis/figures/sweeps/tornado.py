"""Tornado: what each parameter moves an outcome by, beside the indices and the noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from analysis.figures.style import (
    BLUE,
    GREY,
    LIGHT,
    ORANGE,
    SKY,
    VERMILION,
    sheet,
    shortened,
    styled,
)
from analysis.sensitivity.index import Index, Measure
from analysis.sensitivity.outcome_indices import OutcomeIndices
from analysis.sensitivity.surface import swings_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.sensitivity.sensitivity import Sensitivity

TITLE = "What each outcome hangs on"
CAPTION = (
    "Left, what is measured: the mean outcome over the points at which a parameter is lowest, and "
    "at which it is highest, around the mean over all points. Right, indices with 95% intervals, "
    "where there are replications or blocks enough for them (three); those whose bar is pale are "
    "not distinguishable from zero, or have no interval. Grey: what chance alone makes of the "
    "variance of a single run, or of an elementary effect."
)


@styled
def draw(found: Sensitivity) -> Figure:
    """Draw a row an outcome."""
    rows = len(found.outcomes)
    names = len(found.responses.axes)
    figure = sheet(0.5 + rows * (0.75 + 0.21 * names))
    panels = figure.subplots(rows, 2, squeeze=False, gridspec_kw={"width_ratios": (1.0, 1.0)})
    for (left, right), one in zip(panels, found.outcomes, strict=True):
        _swings(left, found, one)
        _indices(right, one)
    return figure


def data(found: Sensitivity) -> pd.DataFrame:
    """Return what is drawn: a row an outcome and parameter, with the ends of its swing."""
    import pandas as pd

    return pd.DataFrame(
        [
            {"outcome": one.outcome.name, "parameter": it.parameter, "low": it.low, "high": it.high}
            for one in found.outcomes
            for it in swings_of(found.responses, one.outcome.name)
        ],
        columns=["outcome", "parameter", "low", "high"],
    )


def _swings(axes: Axes, found: Sensitivity, one: OutcomeIndices) -> None:
    swings = swings_of(found.responses, one.outcome.name)[::-1]
    unit = one.outcome.unit_for(*(end for swing in swings for end in (swing.low, swing.high)))
    mean = unit.factor * float(np.nanmean(found.responses.values[one.outcome.name]))
    for place, swing in enumerate(swings):
        for end, text, colour in (
            (swing.low, swing.low_text, BLUE),
            (swing.high, swing.high_text, VERMILION),
        ):
            label = text if place == len(swings) - 1 else None
            axes.barh(
                place, unit.factor * end - mean, left=mean, color=colour, height=0.6, label=label
            )
    axes.axvline(mean, color=GREY, linewidth=0.8)
    axes.set_yticks(range(len(swings)), [shortened(swing.parameter, 22) for swing in swings])
    axes.set_title(one.outcome.label, size=8.5)
    axes.set_xlabel(unit.words or "number")
    axes.grid(axis="x", color=LIGHT)
    if swings:
        axes.legend(loc="center right", fontsize=7)


def _indices(axes: Axes, one: OutcomeIndices) -> None:
    ranking = one.ranking[::-1]
    if one.leading is Measure.STAR:
        _effects(axes, one, ranking)
        return
    for place, name in enumerate(ranking, start=1):
        for measure, shift, colour in ((Measure.TOTAL, 0.2, SKY), (Measure.FIRST, -0.2, BLUE)):
            label = measure.value if place == len(ranking) else None
            _bar(axes, place + shift, one[name, measure], 1.0, colour, label)
    if one.noise.centre == one.noise.centre:
        axes.barh(0, one.noise.centre, color=GREY, height=0.4)
    axes.set_yticks(
        range(len(ranking) + 1), ["replication noise", *(shortened(it, 22) for it in ranking)]
    )
    axes.set_xlabel("share of variance")
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.grid(axis="x", color=LIGHT)
    axes.legend(loc="center right", fontsize=7)


def _effects(axes: Axes, one: OutcomeIndices, ranking: list[str]) -> None:
    unit = one.outcome.unit_for(*(one[name, Measure.STAR].interval.centre for name in ranking))
    for place, name in enumerate(ranking):
        last = place == len(ranking) - 1
        star = one[name, Measure.STAR]
        _bar(axes, place, star, unit.factor, ORANGE, "mu*" if last else None, height=0.5)
        noise = one[name, Measure.NOISE].interval.centre
        label = "of noise alone" if last else None
        axes.barh(place - 0.35, unit.factor * noise, color=GREY, height=0.18, label=label)
    axes.set_yticks(range(len(ranking)), [shortened(name, 22) for name in ranking])
    axes.set_xlabel(f"change over the range, {unit.words}".rstrip(", "))
    axes.grid(axis="x", color=LIGHT)
    axes.legend(loc="center right", fontsize=7)


def _bar(
    axes: Axes,
    place: float,
    index: Index,
    factor: float,
    colour: str,
    label: str | None,
    height: float = 0.38,
) -> None:
    interval = index.interval
    if interval.centre != interval.centre:
        return
    alpha = 1.0 if index.is_above_zero else 0.35
    width = factor * max(interval.centre, 0.0)
    axes.barh(place, width, color=colour, height=height, label=label, alpha=alpha)
    if interval.known:
        ends = [factor * interval.low, factor * interval.high]
        axes.plot(ends, [place, place], color=GREY, linewidth=1.0)

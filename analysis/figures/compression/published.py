"""Published losses and our own, group by group, with the curves fitted to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.compression.fitting.shapes import position
from analysis.figures.compression.looks import (
    LARGEST_BILLION,
    SMALLEST_BILLION,
    nats_axis,
    size_colour,
    size_words,
)
from analysis.figures.style import BLACK, GREY, end_labels, sheet, styled_with_mathematics
from sim.compression.groups import CACHE, METHODS, SIZE_BILLION, curve_position
from sim.compression.sampling import sampled_curves
from sim.quantities import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.compression.fitting.fit import FittedCurves
    from sim.compression.curves import CompressionCurves, GroupCurve


SIZES_BILLION: Final = (0.135, 8.0, 70.0)
"""Models that curves are drawn for: ours, and two that providers serve."""

_DRAWS, _SEED = 400, 20240506
_INTERVAL, _NORMAL_95 = (2.5, 97.5), 1.96
_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Panel:
    """How one group is drawn.

    Attributes
    ----------
    start, scale
        What people read is ``start + scale * share``, where the share is that of weights set to
        zero in scattered pruning, and that of bytes or parameters left in all other groups.
    """

    title: str
    label: str
    start: float
    scale: float


PANELS: Final = {
    "quantization": Panel("Quantization", "effective bits a weight, scales included", 0.0, 16.0),
    "scattered": Panel("Scattered pruning", "weights set to zero, %", 0.0, 100.0),
    "structured": Panel("Structured pruning", "parameters removed, %", 100.0, -100.0),
    "low_rank": Panel("Low rank", "parameters removed by factoring, %", 100.0, -100.0),
    "distillation": Panel("Distillation", "parameters left in the student, %", 0.0, 100.0),
    CACHE: Panel("KV cache", "bits of a cached number, scales included", 0.0, 16.0),
}
_SHARES = np.linspace(0.002, 0.998, 4000)


@styled_with_mathematics
def draw(fitted: FittedCurves) -> Figure:
    """Draw the figure: a panel a group, and the key in a place of its own."""
    groups = [group for group in fitted.curves.groups if group.name in PANELS]
    lines = -(-(len(groups) + 1) // _COLUMNS)
    figure = sheet(2.45 * lines + 0.1)
    panels = figure.subplots(lines, _COLUMNS, squeeze=False)
    draws = list(_draws(fitted.curves))
    for number, (axes, group) in enumerate(zip(panels.flat, groups, strict=False)):
        _panel(axes, fitted, group, draws)
        if number % _COLUMNS == 0:
            axes.set_ylabel("loss, nats per token")
    for axes in panels.flat[len(groups) :]:
        axes.axis("off")
    _key(panels.flat[len(groups)])
    return figure


def band(
    group: GroupCurve, draws: list[GroupCurve], x: FloatArray, billion: float
) -> list[FloatArray]:
    """Return the loss of a group's reference [nats], and the ends of its 95% interval."""
    losses = [_nats(one, x, billion) for one in draws]
    low, high = np.percentile(losses, _INTERVAL, axis=0)
    return [_nats(group, x, billion), np.asarray(low), np.asarray(high)]


def strength_read(group: str, x: FloatArray | float) -> FloatArray:
    """Return what people read as a strength, from the strength as the group's curve takes it."""
    panel = PANELS[group]
    known = np.array([curve_position(group, share, share) for share in _SHARES])
    order = np.argsort(known)
    return np.asarray(panel.start + panel.scale * np.interp(x, known[order], _SHARES[order]))


def _nats(group: GroupCurve, x: FloatArray, billion: float) -> FloatArray:
    size = np.log(min(billion, group.largest_billion) / SIZE_BILLION)
    reached = x if group.mildest_x is None else np.maximum(x, group.mildest_x)
    height = group.level.best + group.shape.best * (reached - group.centre)
    return np.asarray(np.exp(height - group.size_slope.best * size), dtype=np.float64)


def _draws(curves: CompressionCurves) -> list[CompressionCurves]:
    generator = np.random.Generator(np.random.Philox(_SEED))
    return [
        sampled_curves(curves, lambda _name, _ordinal: float(generator.standard_normal()))
        for _ in range(_DRAWS)
    ]


def _panel(
    axes: Axes, fitted: FittedCurves, group: GroupCurve, draws: list[CompressionCurves]
) -> None:
    panel = PANELS[group.name]
    theirs = [loss for loss, _ in fitted.levels[group.name].residuals]
    ours = [row for row, _ in fitted.shapes[group.name].residuals]
    wanted = METHODS[group.reference].published_class
    for loss in theirs:
        same = loss.published_class == wanted
        axes.plot(
            strength_read(group.name, loss.x), loss.nats, "o", color=size_colour(
                loss.parameters_billion), markersize=4.4 if same else 2.6,
            markeredgecolor=BLACK if same else "none", markeredgewidth=0.5,
            alpha=1.0 if same else 0.55, zorder=3 if same else 2,
        )  # fmt: skip
    for row in ours:
        same = row.methods[0] == group.reference
        at, nats = strength_read(group.name, position(row)), row.delta_nll_nats or 0.0
        half, colour = (
            _NORMAL_95 * (row.delta_nll_se_nats or 0.0),
            size_colour(row.parameters / 1e9),
        )
        axes.plot([at, at], [max(nats - half, nats / 10), nats + half], color=colour, linewidth=0.8,
                  alpha=1.0 if same else 0.55, zorder=3)  # fmt: skip
        axes.plot(
            at, nats, "D", color=colour, markersize=4.4 if same else 2.6,
            markeredgecolor=BLACK if same else "none", markeredgewidth=0.5,
            alpha=1.0 if same else 0.55, zorder=4 if same else 2,
        )  # fmt: skip
    every = [loss.x for loss in theirs] + [position(row) for row in ours]
    own = [next(g for g in one.groups if g.name == group.name) for one in draws]
    if group.name in ("quantization", "distillation", CACHE):
        axes.invert_xaxis()
    losses = [loss.nats for loss in theirs] + [row.delta_nll_nats or 0.0 for row in ours]
    axes.set_yscale("log")
    axes.set_ylim(min(losses) / 1.6, max(losses) * 4.0)
    strongest = fitted.levels[group.name].strongest_x
    _curves(
        axes,
        group,
        own,
        np.linspace(min(every), max(every) if strongest is None else strongest, 80),
    )
    nats_axis(axes)
    axes.minorticks_off()
    axes.grid(visible=True, axis="x")
    axes.set_xlabel(panel.label)
    axes.set_title(f"{panel.title}: {group.reference.replace('_', ' ')}")
    beta = group.size_slope
    says = (
        f"larger models lose less: $N^{{-{beta.best:.2f}}}$ ({beta.low:.2f} to {beta.high:.2f})"
        if beta.best > 0.0
        else "published losses show no fall with size:\none curve for all sizes"
    )
    axes.text(0.025, 0.975, says, size=6.6, color=GREY, va="top", transform=axes.transAxes)


def _curves(axes: Axes, group: GroupCurve, draws: list[GroupCurve], x: FloatArray) -> None:
    at = strength_read(group.name, x)
    sizes = SIZES_BILLION if group.size_slope.best > 0.0 else SIZES_BILLION[-1:]
    labels = []
    for billion in sizes:
        middle, low, high = band(group, draws, x, billion)
        colour = size_colour(billion) if len(sizes) > 1 else BLACK
        axes.fill_between(at, low, high, color=colour, alpha=0.16, linewidth=0, zorder=1)
        axes.plot(at, middle, color=colour, linewidth=1.3, zorder=5)
        labels.append((size_words(billion), float(middle[-1]), colour))
    if len(sizes) > 1:
        end_labels(axes, labels, gap=0.06, size=6.8)


def _key(axes: Axes) -> None:
    def key(label: str, marker: str, size: float, edge: str) -> Line2D:
        return Line2D([], [], linestyle="none", marker=marker, markersize=size, color=GREY,
                      markeredgecolor=edge, markeredgewidth=0.5, label=label)  # fmt: skip

    keys = [
        key("published, the method named above the panel", "o", 4.4, BLACK),
        key("published, other methods of the group", "o", 2.6, "none"),
        key("measured by us, the method named; bar: 95%", "D", 4.4, BLACK),
        key("measured by us, other methods of the group", "D", 2.6, "none"),
        Line2D([], [], color=BLACK, linewidth=1.3, label="curve of the method named, 95% band"),
    ]
    axes.legend(handles=keys, loc="upper left", fontsize=7, borderaxespad=0.0)
    colours = [size_colour(b) for b in np.geomspace(SMALLEST_BILLION, LARGEST_BILLION, 128)]
    scale = ScalarMappable(LogNorm(SMALLEST_BILLION, LARGEST_BILLION), ListedColormap(colours))
    inside = axes.inset_axes((0.03, 0.2, 0.9, 0.06))
    bar = axes.figure.colorbar(scale, cax=inside, orientation="horizontal")
    ticks = (0.01, 0.135, 1.0, 8.0, 70.0, 400.0)
    bar.set_ticks(ticks, labels=[size_words(tick) for tick in ticks])
    bar.ax.minorticks_off()
    bar.outline.set_visible(False)
    bar.set_label("parameters of the model", size=mpl.rcParams["legend.fontsize"])

"""Loss against bytes for every configuration, and the frontier of those worth choosing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.figures.compression.looks import (
    FAMILIES,
    FAMILY_NAMES,
    MODEL_NAMES,
    TASK_NAMES,
    method_look,
    nats_axis,
    percent_axis,
)
from analysis.figures.style import BLACK, GREY, sheet, styled_with_mathematics
from sim.compression.frontier import TradeOff, pareto
from sim.compression.groups import RECOVERED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.compression.measured_rows import MeasuredRow

SMALLEST_NATS: Final = 1e-3
"""Smaller losses go into the strip of those that cannot be told from none."""

_STRIP_TOP, _STRIP, _STRIP_BOTTOM = SMALLEST_NATS, 6e-4, 3.6e-4
_NORMAL_95, _STANDARD_ERRORS = 1.96, 2.0
_COLUMNS = 2
_SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0)


@styled_with_mathematics
def draw(rows: Sequence[MeasuredRow]) -> Figure:
    """Draw the figure: a panel a model and task, and the legend in a place of its own.

    Rows of the KV cache are left out: they leave the bytes of weights as they are.
    """
    shown = [row for row in rows if row.delta_nll_nats is not None and row.cache_bits is None]
    shown.sort(key=lambda row: (not row.is_language, -row.parameters))
    tasks = list(dict.fromkeys((row.model, row.task) for row in shown))
    lines = -(-(len(tasks) + 1) // _COLUMNS)
    figure = sheet(2.55 * lines + 0.1)
    panels = figure.subplots(lines, _COLUMNS, sharex=True, sharey=True, squeeze=False)
    for axes, (model, task) in zip(panels.flat, tasks, strict=False):
        own = [row for row in shown if (row.model, row.task) == (model, task)]
        _panel(axes, own)
        axes.set_title(
            f"{MODEL_NAMES.get(model, model)}: {TASK_NAMES.get(task, task)}, n = {len(own)}"
        )
        axes.set_ylabel("loss, nats per token" if own[0].is_language else "loss, nats")
        axes.yaxis.get_label().set_visible(axes.get_subplotspec().is_first_col())
    shared = panels.flat[0]
    _limits(shared, shown)
    for number, axes in enumerate(panels.flat):
        lowest = number + _COLUMNS >= len(tasks)
        axes.tick_params(labelbottom=lowest)
        axes.set_xlabel("bytes kept, share of 16 bits" if lowest else "")
    for axes in panels.flat[len(tasks) :]:
        axes.axis("off")
    _legend(panels.flat[len(tasks)], shown)
    return figure


def is_noise(row: MeasuredRow) -> bool:
    """Whether a loss lies within two standard errors of none."""
    return (row.delta_nll_nats or 0.0) <= _STANDARD_ERRORS * (row.delta_nll_se_nats or 0.0)


def frontier_of(rows: Sequence[MeasuredRow]) -> list[MeasuredRow]:
    """Return the configurations that no other beats in bytes and loss, from the largest on.

    Controls count as others do; losses that cannot be told from none do not, but for the smallest
    of them in bytes, from which the frontier starts.
    """
    noise = [row for row in rows if is_noise(row) or (row.delta_nll_nats or 0.0) < SMALLEST_NATS]
    clear = [row for row in rows if row not in noise]
    start = min(noise, key=lambda row: row.keep_bytes_share, default=None)
    outcomes = [
        TradeOff(row, row.keep_bytes_share, row.delta_nll_nats or 0.0, row.label)
        for row in clear
        if start is None or row.keep_bytes_share < start.keep_bytes_share
    ]
    found = [outcome.choice for outcome in pareto(outcomes)]
    return found if start is None else [start, *found]


def _panel(axes: Axes, rows: Sequence[MeasuredRow]) -> None:
    axes.axhspan(_STRIP_BOTTOM, _STRIP_TOP, color="#f1f1f1", linewidth=0, zorder=0)
    axes.grid(visible=True, axis="x")
    edge = [(row.keep_bytes_share, _height(row)) for row in frontier_of(rows)]
    axes.step(*zip(*edge, strict=True), where="pre", color=BLACK, linewidth=0.9, zorder=2)
    for row in rows:
        _point(axes, row)


def _point(axes: Axes, row: MeasuredRow) -> None:
    colour, at, height = FAMILIES[row.family], row.keep_bytes_share, _height(row)
    nats, half = row.delta_nll_nats or 0.0, _NORMAL_95 * (row.delta_nll_se_nats or 0.0)
    low, high = max(nats - half, _STRIP_TOP), max(nats + half, _STRIP_TOP)
    hidden = is_noise(row)
    if high > low:
        axes.plot([at, at], [_STRIP if hidden else low, high], color=colour, linewidth=0.8,
                  alpha=0.8, zorder=3)  # fmt: skip
    axes.plot(
        at, height, marker=_marker(row), markersize=4.2, color=colour, zorder=4,
        markerfacecolor="white" if hidden else colour,
        markeredgecolor=BLACK if _is_recovered(row) else (colour if hidden else "white"),
        markeredgewidth=0.9 if hidden or _is_recovered(row) else 0.35,
    )  # fmt: skip


def _height(row: MeasuredRow) -> float:
    nats = row.delta_nll_nats or 0.0
    return _STRIP if is_noise(row) or nats < SMALLEST_NATS else nats


def _is_recovered(row: MeasuredRow) -> bool:
    return any(method.endswith(RECOVERED) for method in row.methods)


def _marker(row: MeasuredRow) -> str:
    if row.family == "stack":
        return "o" if len(row.methods) < 3 else "s"
    return method_look(row.methods[0])[1]


def _limits(axes: Axes, rows: Sequence[MeasuredRow]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.88 * min(row.keep_bytes_share for row in rows), 1.12)
    axes.set_ylim(_STRIP_BOTTOM, 1.6 * max(_height(row) for row in rows))
    percent_axis(axes, _SHARES)
    nats_axis(axes)
    ticks = [tick for tick in axes.get_yticks() if tick > _STRIP_TOP]
    axes.set_yticks([_STRIP, *ticks], ["none seen", *(f"{tick:g}" for tick in ticks)])
    axes.minorticks_off()


def _legend(axes: Axes, rows: Sequence[MeasuredRow]) -> None:
    """Explain families by colour and methods by marker, in two columns."""

    def key(label: str, **look: object) -> Line2D:
        look = {"linestyle": "none", "markersize": 4.6, "markeredgewidth": 0.35,
                "markeredgecolor": "white", **look}  # fmt: skip
        return Line2D([], [], label=label, **look)  # type: ignore[arg-type]

    keys: list[Line2D] = []
    for family, colour in FAMILIES.items():
        own = [row for row in rows if row.family == family]
        if not own:
            continue
        keys.append(key(FAMILY_NAMES[family], marker="none"))
        looks = (
            {"of two": "o", "of three": "s"}
            if family == "stack"
            else {words: marker for row in own for words, marker in [method_look(row.methods[0])]}
        )
        present = {_marker(row) for row in own}
        keys += [
            key(words, marker=marker, color=colour)
            for words, marker in looks.items()
            if marker in present
        ]
    keys.append(key("in all panels", marker="none"))
    keys.append(key("trained on afterwards", marker="o", color=GREY, markeredgecolor=BLACK,
                    markeredgewidth=0.9))  # fmt: skip
    keys.append(key("within 2 s.e. of no loss", marker="o", color="white", markeredgecolor=GREY,
                    markeredgewidth=0.9))  # fmt: skip
    keys.append(key("Pareto frontier", marker="none", linestyle="-", color=BLACK, linewidth=0.9))
    legend = axes.legend(
        handles=keys, ncols=2, loc="upper left", fontsize=6.6, labelspacing=0.22, handlelength=1.2,
        columnspacing=1.0, borderaxespad=0.0,
    )  # fmt: skip
    headings = {*FAMILY_NAMES.values(), "in all panels"}
    for text, handle in zip(legend.get_texts(), keys, strict=True):
        if handle.get_marker() == "none" and text.get_text() in headings:
            text.set_fontweight("bold")

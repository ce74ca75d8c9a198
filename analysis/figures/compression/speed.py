"""Speed against size: measured where kernels exist, and what bytes alone would allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from analysis.figures.compression.looks import FAMILIES, FAMILY_NAMES, MODEL_NAMES, percent_axis
from analysis.figures.style import BLACK, GREY, sheet, styled_with_mathematics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.compression.measured_rows import MeasuredRow

_ORIGINAL_BYTES = 2.0
"""Of a weight at 16 bits."""
_MARKERS: Final = {"smollm2-135m": "o", "gpt-3m": "s", "minilm": "D", "digits-convnet": "^"}
_GGUF, _ORIGINAL = "gguf_", "gguf_f16"
_PLACES: Final = {"Q4_1": (-5, 0), "Q5_0": (-5, 0), "Q5_1": (-2, -7), "Q8_0": (-1, -7)}
"""Where names stand that would lie on the line or on each other, in points."""
_SPEEDS = (0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0, 10.0)
_SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)


@dataclass(frozen=True, slots=True)
class SpeedPoint:
    """One configuration's speed.

    Attributes
    ----------
    share
        Of what sets the pace: bytes of the whole model, or its multiply-adds.
    speed
        Relative to the original on the same engine.
    spread
        Interquartile range of repeats over their median; of a derived speed, the largest relative
        residual of the roofline.
    """

    row: MeasuredRow
    share: float
    speed: float
    spread: float

    @property
    def is_measured(self) -> bool:
        """Whether kernels ran it, rather than a roofline derived it."""
        return self.row.speed_kind == "measured"


@styled_with_mathematics
def draw(rows: Sequence[MeasuredRow]) -> Figure:
    """Draw the figure: writing tokens on the left, reading a prompt or batch on the right."""
    figure = sheet(3.9)
    writing, reading = figure.subplots(1, 2)
    written = decode_points(rows)
    _draw_roofline(writing, written)
    _points(writing, written)
    _name_formats(writing, written, _PLACES)
    writing.set_title("Writing, token by token")
    writing.set_xlabel("bytes left of the whole model at 16 bits")
    read = [point for point in reading_points(rows) if point.is_measured]
    _points(reading, read)
    _name_formats(reading, read, {})
    shares = np.geomspace(*_limits([point.share for point in read], top=1.1), 50)
    reading.plot(shares, 1.0 / shares, color=BLACK, linewidth=0.9, zorder=1)
    reading.set_title("Reading a prompt, texts, images")
    reading.set_xlabel("multiply-adds left of the whole model")
    for axes, points in ((writing, written), (reading, read)):
        _axes(axes, points)
    writing.set_ylabel("speed, original on the same engine = 1")
    _legend(figure, [*written, *read])
    return figure


def decode_points(rows: Sequence[MeasuredRow]) -> list[SpeedPoint]:
    """Return how fast models write, against the bytes that a token needs."""
    return [
        SpeedPoint(row, _bytes_share(row), rate / base, row.speed_spread or 0.0)
        for row in rows
        if (rate := row.decode_tok_per_s) and (base := row.decode_base_tok_per_s)
    ]


def reading_points(rows: Sequence[MeasuredRow]) -> list[SpeedPoint]:
    """Return how fast models read, against the multiply-adds that it takes; each model once."""
    first = {(row.model, row.method, row.strength): row for row in reversed(rows)}
    return [
        SpeedPoint(row, _work_share(row), rate / base, row.speed_spread or 0.0)
        for row in first.values()
        if (rate := row.prefill_tok_per_s) and (base := row.prefill_base_tok_per_s)
    ]


def has_speeds(rows: Sequence[MeasuredRow]) -> bool:
    """Whether there is something to draw."""
    return bool(decode_points(rows)) and any(row.speed_kind == "measured" for row in rows)


def _bytes_share(row: MeasuredRow) -> float:
    return (row.bytes_disk or 0.0) / (_ORIGINAL_BYTES * row.parameters)


def _work_share(row: MeasuredRow) -> float:
    """Return the share of multiply-adds left; a language model's output head is never compressed.

    The share of weights that lie in compressed matrices follows from both accounts of bytes.
    """
    kept_bytes, kept = row.keep_bytes_share, row.keep_flops_share
    if row.task != "language" or kept_bytes == 1.0:
        return kept
    compressed = (1.0 - _bytes_share(row)) / (1.0 - kept_bytes)
    return 1.0 - compressed * (1.0 - kept)


def roofline(points: Sequence[SpeedPoint]) -> tuple[float, float] | None:
    """Return the line of derived speeds: time fixed, and that of all bytes, original = 1 in sum.

    None where there are no two derived speeds.
    """
    derived = [point for point in points if not point.is_measured]
    if len({point.share for point in derived}) < 2:
        return None
    times = [1.0 / point.speed for point in derived]
    slope, fixed = np.polyfit([point.share for point in derived], times, 1)
    return float(fixed), float(slope)


def _draw_roofline(axes: Axes, points: Sequence[SpeedPoint]) -> None:
    line = roofline(points)
    if line is None:
        return
    shares = np.geomspace(*_limits([point.share for point in points], top=1.1), 100)
    speeds = 1.0 / (line[0] + line[1] * shares)
    off = max(point.spread for point in points if not point.is_measured)
    axes.plot(shares, speeds, color=BLACK, linewidth=0.9, zorder=1)
    axes.fill_between(shares, speeds / (1.0 + off), speeds * (1.0 + off), color=GREY, alpha=0.2,
                      linewidth=0, zorder=0)  # fmt: skip
    axes.text(
        0.03, 0.03,
        f"roofline: time = {line[0]:.2f} + {line[1]:.2f} x share of bytes;\n"
        f"shade: its largest residual, {100 * off:.0f}%",
        size=7, color=BLACK, transform=axes.transAxes, va="bottom",
    )  # fmt: skip


def _points(axes: Axes, points: Sequence[SpeedPoint]) -> None:
    for point in sorted(points, key=lambda point: point.is_measured):
        colour, half = FAMILIES[point.row.family], point.spread / 2
        if point.is_measured:
            axes.plot([point.share] * 2, [point.speed * (1 - half), point.speed * (1 + half)],
                      color=colour, linewidth=0.9, zorder=3)  # fmt: skip
        axes.plot(
            point.share, point.speed, _MARKERS.get(point.row.model, "h"), markersize=4.4,
            color=colour, markerfacecolor=colour if point.is_measured else "white",
            markeredgecolor="white" if point.is_measured else colour,
            markeredgewidth=0.35 if point.is_measured else 0.8,
            zorder=4 if point.is_measured else 2,
        )  # fmt: skip


def _name_formats(
    axes: Axes, points: Sequence[SpeedPoint], places: Mapping[str, tuple[int, int]]
) -> None:
    """Name the formats of engines, of which there is one point each: on the right, or as told."""
    for point in points:
        method = point.row.method
        if method == _ORIGINAL or not method.startswith((_GGUF, "onnx")):
            continue
        name = method.removeprefix(_GGUF).upper() if _GGUF in method else "8 bits, onnxruntime"
        place = places.get(name, (5, 0))
        axes.annotate(
            name, (point.share, point.speed), place, size=6.5, textcoords="offset points",
            va="center", ha="left" if place[0] > 0 else "right",
        )  # fmt: skip


def _axes(axes: Axes, points: Sequence[SpeedPoint]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*_limits([point.share for point in points], top=1.1))
    axes.set_ylim(*_limits([1.0, *(point.speed for point in points)], top=1.25))
    percent_axis(axes, _SHARES)
    low, high = axes.get_ylim()
    axes.set_yticks([speed for speed in _SPEEDS if low <= speed <= high])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda speed, _: f"{speed:g}x"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.grid(visible=True, axis="x")


def _limits(values: Sequence[float], *, top: float) -> tuple[float, float]:
    return min(values) / 1.12, top * max(values)


def _legend(figure: Figure, points: Sequence[SpeedPoint]) -> None:
    def key(label: str, marker: str, colour: str, face: str) -> Line2D:
        return Line2D([], [], linestyle="none", marker=marker, markersize=4.6, color=colour,
                      markerfacecolor=face, markeredgewidth=0.8, label=label)  # fmt: skip

    families = {point.row.family for point in points}
    models = {point.row.model for point in points}
    keys = [key(FAMILY_NAMES[f], "o", c, c) for f, c in FAMILIES.items() if f in families]
    keys += [
        key(MODEL_NAMES.get(model, model), _MARKERS.get(model, "h"), GREY, GREY)
        for model in sorted(models, key=[*_MARKERS, *models].index)
    ]
    keys += [
        key("measured; bar: interquartile range", "o", BLACK, BLACK),
        key("derived from bytes, no kernel here", "o", BLACK, "white"),
    ]
    figure.legend(handles=keys, loc="outside lower left", ncols=4, fontsize=7, columnspacing=1.4)

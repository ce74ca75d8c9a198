"""What in a table of measurements is hardly meant: the same run twice, losses out of line."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from analysis.compression.fitting.shapes import position
from analysis.compression.measured_rows import MeasuredRow, read_rows
from sim.compression.curves import CompressionCurves
from sim.compression.groups import METHODS
from sim.compression.shipped_curves import shipped_curves

_FAR = 5.0
"""A loss this many times off the others of its model is named, if"""
_FAR_FROM_OWN = 2.3
"""it is so many times off those of its own method too: methods differ by model."""
_FAR_MODEL = 40.0
"""A model all of whose losses are this many times off published ones: our own two lie within 20."""
_ERRORS = 4.0
_SMALLEST_NATS = 0.005
_FIRST_LINE = 2


def doubts(table: Path) -> tuple[str, ...]:
    """Return what is doubtful in a table, each with file and line.

    Parameters
    ----------
    table
        A table of measurements.

    Raises
    ------
    DataError
        The table cannot be read.
    """
    rows = read_rows(table)
    placed = [(number + _FIRST_LINE, row) for number, row in enumerate(rows)]
    found = [*_repeated(placed), *_not_monotonic(placed), *_out_of_line(placed, shipped_curves())]
    return tuple(f"{table.name}:{line}  {what}" for line, what in sorted(found))


Placed = Sequence[tuple[int, MeasuredRow]]


def _repeated(placed: Placed) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for line, row in placed:
        if row.run_id in first:
            yield (
                line,
                (
                    f"run_id {row.run_id} is that of line {first[row.run_id]} too: one measurement "
                    "counts twice.  Delete one of the lines."
                ),
            )
        first.setdefault(row.run_id, line)


def _not_monotonic(placed: Placed) -> Iterator[tuple[int, str]]:
    """Name rows that lose clearly less than a milder strength of the same method."""
    series: defaultdict[tuple[str, str, str, int], list[tuple[float, int, MeasuredRow]]]
    series = defaultdict(list)
    for line, row in _single(placed):
        series[row.model, row.task, row.methods[0], row.draw].append((position(row), line, row))
    for ordered in series.values():
        ordered.sort(key=lambda one: one[0])
        for (_, _, mild), (_, line, strong) in pairwise(ordered):
            less = (mild.delta_nll_nats or 0.0) - (strong.delta_nll_nats or 0.0)
            noise = math.hypot(mild.delta_nll_se_nats or 0.0, strong.delta_nll_se_nats or 0.0)
            if less > max(_ERRORS * noise, 0.2 * abs(mild.delta_nll_nats or 0.0), _SMALLEST_NATS):
                lost, before = strong.delta_nll_nats or 0.0, mild.delta_nll_nats or 0.0
                yield (
                    line,
                    f"{strong.model} {strong.label}: loses {lost:.3g} nats, less than "
                    f"{mild.label} with {before:.3g}.  Are the two swapped?",
                )


def _out_of_line(placed: Placed, curves: CompressionCurves) -> Iterator[tuple[int, str]]:
    """Name losses, or models, far from what the curves and the other losses of the model say."""
    groups: defaultdict[tuple[str, str], list[tuple[float, int, MeasuredRow]]]
    groups = defaultdict(list)
    for line, row in _single(placed):
        expected = _expected(row, curves)
        nats = row.delta_nll_nats or 0.0
        if expected is not None and nats > max(
            _SMALLEST_NATS, 2.0 * (row.delta_nll_se_nats or 0.0)
        ):
            group = METHODS[row.methods[0]].group
            groups[row.model, group].append((math.log(nats) - expected, line, row))
    levels: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for (model, _), apart in groups.items():
        middle = median(ratio for ratio, _, _ in apart)
        levels[model].append((middle, min(line for _, line, _ in apart)))
        for ratio, line, row in apart:
            own = [r for r, at, one in apart if one.methods == row.methods and at != line]
            near = min((abs(ratio - other) for other in own), default=math.inf)
            far = abs(ratio - middle) > math.log(_FAR) and near > math.log(_FAR_FROM_OWN)
            if len(apart) > 2 and far:
                yield (
                    line,
                    f"{row.model} {row.label}: {row.delta_nll_nats:.3g} nats are "
                    f"{_times(ratio - middle)} what the other losses of the model say.  Is the "
                    "decimal point in its place?",
                )
    for model, found in levels.items():
        middle = median(level for level, _ in found)
        if abs(middle) > math.log(_FAR_MODEL):
            yield (
                min(line for _, line in found),
                f"{model}: its losses are {_times(middle)} those of published models.  Are they "
                "in nats per token?",
            )


def _times(ratio: float) -> str:
    side = "above" if ratio > 0.0 else "below"
    return f"{math.exp(abs(ratio)):.0f} times {side}"


def _expected(row: MeasuredRow, curves: CompressionCurves) -> float | None:
    """Return ln of the nats that the shipped curves give a large model."""
    method = next((one for one in curves.methods if one.name == row.methods[0]), None)
    if method is None:
        return None
    group = next(one for one in curves.groups if one.name == method.group)
    x = position(row) - group.centre
    nats = math.exp(group.level.best + method.offset.best + group.shape.best * x)
    return math.log(nats + method.rounds_activations * curves.activation_nats.best)


def _single(placed: Placed) -> Iterator[tuple[int, MeasuredRow]]:
    """Yield language models' rows of single methods that follow a curve."""
    for line, row in placed:
        is_curve = len(row.methods) == 1 and bool(METHODS[row.methods[0]].group)
        if is_curve and row.is_language and 0.0 < row.keep_bytes_share < 1.0:
            yield line, row

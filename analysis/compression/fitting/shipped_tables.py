"""The two derived tables that ship with the package: fitted curves, and sizes of methods.

Run ``python -m analysis.compression.fitting.shipped_tables`` to write them anew, from the shipped
measurements; `sim.compression.shipped_curves` reads them.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.compression.fitting.fit import FittedCurves, fit_table
from analysis.compression.fitting.rounding import rounded, rounded_estimate
from sim.compression.curves import Estimate, MethodSize
from sim.compression.shipped_curves import CURVES, SIZES

Cell = str | int | float | None

_COLUMNS = ("scope", "name", "parameter", "best", "low", "high", "residual_sd", "rows", "reference")


def write_tables(fitted: FittedCurves, curves: Path = CURVES, sizes: Path = SIZES) -> None:
    """Write fitted curves as the two tables, every number in full."""
    _write(curves, _COLUMNS, _curve_lines(fitted))
    _write(
        sizes,
        ("method", *MethodSize.model_fields),
        (
            (method.name, *size.model_dump().values())
            for method in fitted.curves.methods
            for size in method.sizes
        ),
    )


def _write(path: Path, header: tuple[str, ...], lines: Iterable[tuple[Cell, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_text(cell) for cell in line] for line in lines)


def _text(cell: Cell) -> str:
    """Return the shortest text that reads back as the same number."""
    return "" if cell is None else str(cell).removesuffix(".0")


def _curve_lines(fitted: FittedCurves) -> Iterator[tuple[Cell, ...]]:
    curves = fitted.curves
    yield _line("all", "table", "sha256", reference=curves.table_sha256)
    yield _line(
        "all", "link", "capability_per_nat", curves.capability_per_nat,
        residual_sd=curves.capability_residual_sd, rows=len(fitted.pairs),
    )  # fmt: skip
    factors = sum(stack.rounds_factors for stack in fitted.stacks)
    yield _line(
        "all", "stacking", "sum", curves.stacking,
        residual_sd=curves.stacking_residual_sd, rows=len(fitted.stacks) - factors,
    )  # fmt: skip
    yield _line("all", "stacking", "sum_of_factors", curves.stacking_factors, rows=factors)
    yield _line("all", "activations", "nats", curves.activation_nats)
    for group in curves.groups:
        yield from _group_lines(fitted, group.name)
    for method in curves.methods:
        yield _line(
            "method", method.name, "offset", method.offset,
            residual_sd=method.residual_sd, rows=method.rows,
        )  # fmt: skip


def _group_lines(fitted: FittedCurves, name: str) -> Iterator[tuple[Cell, ...]]:
    group = next(group for group in fitted.curves.groups if group.name == name)
    shape, level = fitted.shapes[name], fitted.levels[name]
    ours, theirs = len(shape.residuals), len(level.residuals)
    yield _line(
        "group", name, "shape", group.shape,
        residual_sd=rounded(shape.residual_sd), rows=ours, reference=group.reference,
    )  # fmt: skip
    yield _line("group", name, "measured_shape", rounded_estimate(shape.shape), rows=ours)
    if level.published_shape is not None:
        published = rounded_estimate(level.published_shape)
        yield _line("group", name, "published_shape", published, rows=theirs)
    yield _line("group", name, "centre", group.centre, rows=theirs)
    yield _line("group", name, "level", group.level, residual_sd=group.residual_sd, rows=theirs)
    if group.mildest_x is not None:
        yield _line("group", name, "mildest_x", group.mildest_x)
    yield _line("group", name, "largest_billion", group.largest_billion, rows=theirs)
    yield _line("group", name, "size_slope", group.size_slope, rows=theirs)
    yield _line("group", name, "level_slope_correlation", group.level_slope_correlation)
    yield _line("group", name, "unknown_series", group.unknown, rows=len(group.series))
    for one in group.series:
        yield _line("series", name, "effect", one.effect, reference=one.name)


def _line(
    scope: str,
    name: str,
    parameter: str,
    value: Estimate | float | None = None,
    *,
    residual_sd: float | None = None,
    rows: int | None = None,
    reference: str = "",
) -> tuple[Cell, ...]:
    if isinstance(value, Estimate):
        numbers: tuple[Cell, ...] = (value.best, value.low, value.high)
    else:
        numbers = (value, None, None)
    return scope, name, parameter, *numbers, residual_sd, rows, reference


if __name__ == "__main__":
    write_tables(fit_table())

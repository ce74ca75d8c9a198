"""The fitted compression curves: ``compression_curves.csv`` and ``compression_sizes.csv``.

Both are derived from the measured and the published rows by `analysis.compression.fitting`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.compression.curves import (
    CompressionCurves,
    Estimate,
    GroupCurve,
    MethodCurve,
    MethodSize,
    SeriesEffect,
)
from sim.compression.groups import METHODS
from sim.data.table import TABLES, Row, read_table
from sim.errors import DataError

CURVES = TABLES / "compression_curves.csv"
SIZES = TABLES / "compression_sizes.csv"

_SCOPES = frozenset({"all", "group", "method", "series"})
_WIDEST = 1e3


@dataclass(frozen=True, slots=True)
class Parameter:
    """One line of the table of curves."""

    scope: str
    name: str
    parameter: str
    best: float
    estimate: Estimate
    residual_sd: float
    rows: int
    reference: str


def _parameter(row: Row) -> Parameter:
    best = row.optional_number("best", low=-_WIDEST, high=_WIDEST) or 0.0
    low = row.optional_number("low", low=-_WIDEST, high=_WIDEST)
    high = row.optional_number("high", low=-_WIDEST, high=_WIDEST)
    return Parameter(
        scope=row.choice("scope", _SCOPES),
        name=row.text("name"),
        parameter=row.text("parameter"),
        best=best,
        estimate=Estimate(
            best=best, low=best if low is None else low, high=best if high is None else high
        ),
        residual_sd=row.optional_number("residual_sd") or 0.0,
        rows=int(row.optional_number("rows") or 0.0),
        reference=row.optional_text("reference"),
    )


def _size(row: Row) -> tuple[str, MethodSize]:
    return row.choice("method", frozenset(METHODS)), MethodSize(
        strength=row.number("strength", low=1e-6),
        x=row.number("x", low=-_WIDEST, high=_WIDEST),
        values_share=row.number("values_share", high=1.0),
        footprint_share=row.number("footprint_share", high=1.0),
        side_share=row.number("side_share", high=1.0),
        keep_flops_share=row.number("keep_flops_share", high=1.0),
        cache_share=row.number("cache_share", high=1.0),
        work_tokens=row.number("work_tokens"),
        training_tokens_per_parameter=row.number("training_tokens_per_parameter"),
    )


@cache
def shipped_curves(curves: Path = CURVES, sizes: Path = SIZES) -> CompressionCurves:
    """Read the fitted curves.

    Raises
    ------
    DataError
        A table is damaged, or lacks a parameter.
    """
    lines = read_table(curves, _parameter)
    found = {(line.scope, line.name, line.parameter): line for line in lines}
    measured = read_table(sizes, _size)

    def line(scope: str, name: str, parameter: str) -> Parameter:
        try:
            return found[scope, name, parameter]
        except KeyError:
            raise DataError(f"{curves.name}: has no {parameter} of {name}") from None

    link = line("all", "link", "capability_per_nat")
    stacking = line("all", "stacking", "sum")
    return CompressionCurves(
        table_sha256=line("all", "table", "sha256").reference,
        groups=tuple(
            GroupCurve(
                name=shape.name,
                reference=shape.reference,
                shape=shape.estimate,
                centre=line("group", shape.name, "centre").best,
                mildest_x=_best(found.get(("group", shape.name, "mildest_x"))),
                level=line("group", shape.name, "level").estimate,
                size_slope=line("group", shape.name, "size_slope").estimate,
                largest_billion=line("group", shape.name, "largest_billion").best,
                residual_sd=line("group", shape.name, "level").residual_sd,
                level_slope_correlation=_best(
                    found.get(("group", shape.name, "level_slope_correlation"))
                )
                or 0.0,
                unknown=line("group", shape.name, "unknown_series").estimate,
                series=tuple(
                    SeriesEffect(name=one.reference, effect=one.estimate)
                    for one in lines
                    if (one.scope, one.name) == ("series", shape.name)
                ),
            )
            for shape in lines
            if shape.scope == "group" and shape.parameter == "shape"
        ),
        methods=tuple(_method(entry, measured) for entry in lines if entry.scope == "method"),
        activation_nats=line("all", "activations", "nats").estimate,
        stacking=stacking.estimate,
        stacking_factors=line("all", "stacking", "sum_of_factors").estimate,
        stacking_residual_sd=stacking.residual_sd,
        capability_per_nat=link.estimate,
        capability_residual_sd=link.residual_sd,
    )


def _best(line: Parameter | None) -> float | None:
    return None if line is None else line.best


def _method(entry: Parameter, measured: Sequence[tuple[str, MethodSize]]) -> MethodCurve:
    method = METHODS[entry.name]
    return MethodCurve(
        name=entry.name,
        family=method.family,
        group=method.group,
        offset=entry.estimate,
        residual_sd=entry.residual_sd,
        rows=entry.rows,
        sizes=tuple(size for name, size in measured if name == entry.name),
        rounds_activations=method.rounds_activations,
    )

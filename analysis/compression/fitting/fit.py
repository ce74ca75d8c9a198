"""Fit of the compression curves: shapes from our runs, levels from published measurements.

Run ``python -m analysis.compression.fitting.fit`` to write the two derived tables anew.
"""

import csv
import hashlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.compression.fitting.levels import GroupLevel, fit_activations, fit_level
from analysis.compression.fitting.link import Pair, fit_link, link_pairs
from analysis.compression.fitting.published_losses import published_losses
from analysis.compression.fitting.regression import Fit, interval
from analysis.compression.fitting.shapes import (
    LARGEST_NATS,
    GroupShape,
    Offset,
    fit_shapes,
    is_well_trained,
)
from analysis.compression.fitting.stacking import (
    Stack,
    fit_stacking,
    measured_stacks,
    usable_stacks,
)
from analysis.compression.fitting.work import (
    Work,
    distilled_tokens_per_parameter,
    reading_rates,
    student_work,
    work_of,
)
from analysis.compression.measured_rows import MEASURED, MeasuredRow, measured_rows
from sim.compression.curves import (
    CompressionCurves,
    Estimate,
    GroupCurve,
    MethodCurve,
    MethodSize,
)
from sim.compression.groups import METHODS, ORIGINAL_BITS, curve_position
from sim.compression.shipped_curves import CURVES, SIZES
from sim.data.published_compression import PublishedRow, published_rows


@dataclass(frozen=True, slots=True)
class FittedCurves:
    """The curves, and what they were fitted to, for tables and figures of residuals.

    Attributes
    ----------
    curves
        What recipes are made of.
    shapes, levels
        By group: the fit to our own runs, and that to published measurements.
    pairs, link
        Published pairs of loss and accuracy, and the fit to them; residuals are of
        ``-ln(retention)``.
    stacks
        Our stacks that are clear of noise.
    """

    curves: CompressionCurves
    shapes: dict[str, GroupShape]
    levels: dict[str, GroupLevel]
    pairs: tuple[Pair, ...]
    link: Fit
    stacks: tuple[Stack, ...]


def fit_table(path: Path = MEASURED) -> FittedCurves:
    """Fit the curves to a table of measurements.

    Raises
    ------
    DataError
        The table cannot be read, a row of it is damaged, or it lacks what the curves need.
    """
    return fit_curves(measured_rows(path), published_rows())


def fit_curves(rows: Sequence[MeasuredRow], published: Sequence[PublishedRow]) -> FittedCurves:
    """Fit the curves to measurements of our own and published ones."""
    pairs = link_pairs(published)
    link = fit_link(pairs)
    losses = published_losses(published, float(link.best[0]))
    shapes = fit_shapes(rows)
    levels = {group: fit_level(shape, losses) for group, shape in shapes.items()}
    stacks = usable_stacks(measured_stacks(rows))
    plain = tuple(stack for stack in stacks if not stack.rounds_factors)
    factors = tuple(stack for stack in stacks if stack.rounds_factors)
    stacking = fit_stacking(plain)
    curves = CompressionCurves(
        table_sha256=_digest(rows),
        groups=tuple(_group(shape, levels[group]) for group, shape in shapes.items()),
        methods=tuple(_methods(rows, shapes, levels, published)),
        activation_nats=_rounded(fit_activations(published)),
        stacking=_rounded(_gamma(stacking)),
        stacking_factors=_rounded(_gamma(fit_stacking(factors) if factors else stacking)),
        stacking_residual_sd=_short(stacking.residual_sd),
        retention_per_nat=_rounded(link.estimate(0)),
        retention_residual_sd=_short(link.residual_sd),
    )
    return FittedCurves(curves, shapes, levels, pairs, link, stacks)


def _digest(rows: Sequence[MeasuredRow]) -> str:
    """Return the SHA-256 of what the fit reads of a table."""
    said = "".join(
        f"{row.model} {row.task} {row.label} {row.parameters} {row.quality_base} "
        f"{row.keep_bytes_share} {row.keep_flops_share} "
        f"{row.delta_nll_nats} {row.delta_nll_se_nats} {row.recovery_tokens} "
        f"{row.cost_cpu_seconds} {row.prefill_base_tok_per_s} {row.speed_engine}\n"
        for row in rows
    )
    return hashlib.sha256(said.encode()).hexdigest()


def _gamma(fit: Fit) -> Estimate:
    return interval(math.exp(fit.best[0]), np.exp(fit.draws[:, 0]))


def _group(shape: GroupShape, level: GroupLevel) -> GroupCurve:
    return GroupCurve(
        name=shape.group,
        reference=shape.reference,
        shape=_rounded(level.shape),
        centre=_short(level.centre),
        mildest_x=None if level.mildest_x is None else _short(level.mildest_x),
        level=_rounded(level.level),
        size_slope=_rounded(level.size_slope),
        largest_billion=level.largest_billion,
        residual_sd=_short(level.residual_sd),
    )


def _methods(
    rows: Sequence[MeasuredRow],
    shapes: dict[str, GroupShape],
    levels: dict[str, GroupLevel],
    published: Sequence[PublishedRow],
) -> Iterator[MethodCurve]:
    """Give the curve of every method that has an offset, its own or that of its weights."""
    rates, text = reading_rates(rows), distilled_tokens_per_parameter(published)

    def work(row: MeasuredRow) -> Work:
        if METHODS[row.methods[0]].family == "distillation" and text is not None:
            return student_work(text, row.keep_bytes_share)
        return work_of(row, rates)

    for name, method in METHODS.items():
        shape = shapes.get(method.group)
        offset = shape.offsets.get(method.weights_like or name) if shape else None
        if offset is None:
            continue
        strongest = levels[method.group].strongest_x
        sizes = [s for s in _sizes(rows, name, work) if strongest is None or s.x <= strongest]
        if sizes:
            yield _method(name, offset, tuple(sizes))


def _method(name: str, offset: Offset, sizes: tuple[MethodSize, ...]) -> MethodCurve:
    method = METHODS[name]
    return MethodCurve(
        name=name,
        family=method.family,
        group=method.group,
        offset=_rounded(offset.estimate),
        residual_sd=_short(offset.residual_sd),
        rows=offset.rows,
        sizes=sizes,
        rounds_activations=method.rounds_activations,
    )


def _sizes(
    rows: Sequence[MeasuredRow], name: str, work: Callable[[MeasuredRow], Work]
) -> tuple[MethodSize, ...]:
    """Give what a method leaves and takes, at each strength, of the largest language model.

    In small matrices scales and codebooks weigh more: the largest model is nearest to those that
    providers serve. Strengths that broke it are left out, and strengths measured only on models of
    scant training, which bear much, if others were measured too.
    """
    own = [row for row in rows if row.methods == (name,) and row.is_language]
    trained = [row for row in own if is_well_trained(row)]
    largest: dict[float, MeasuredRow] = {}
    for row in trained or own:
        if (row.delta_nll_nats or 0.0) <= LARGEST_NATS:
            known = largest.setdefault(row.strengths[0], row)
            if row.parameters > known.parameters:
                largest[row.strengths[0]] = row
    return tuple(_size(row, work(row)) for _, row in sorted(largest.items()))


def _size(row: MeasuredRow, work: Work) -> MethodSize:
    method, strength = METHODS[row.methods[0]], row.strengths[0]
    values = footprint = row.keep_bytes_share
    if method.group == "quantization":
        values, footprint = strength / ORIGINAL_BITS, 1.0
    elif method.group == "scattered":
        values, footprint = 1.0 - strength, 1.0
    return MethodSize(
        strength=strength,
        x=_short(curve_position(method.group, strength, row.keep_bytes_share)),
        values_share=_short(values),
        footprint_share=_short(footprint),
        side_share=_short(max(0.0, row.keep_bytes_share - values)),
        keep_flops_share=_short(min(1.0, row.keep_flops_share)),
        work_tokens=_short(work.tokens),
        training_tokens_per_parameter=_short(work.training_tokens_per_parameter),
    )


def _short(value: float) -> float:
    """Round to the digits of the tables, so that what is written reads back as itself."""
    return float(f"{value:.6g}") if abs(value) > _NOTHING else 0.0


def _rounded(estimate: Estimate) -> Estimate:
    return Estimate(
        best=_short(estimate.best), low=_short(estimate.low), high=_short(estimate.high)
    )


_NOTHING = 1e-9
_CURVE_COLUMNS = ("scope", "name", "parameter", "best", "low", "high", "residual_sd", "rows")


def write_curves(fitted: FittedCurves, curves: Path = CURVES, sizes: Path = SIZES) -> None:
    """Write fitted curves as the two tables that `sim.compression.shipped_curves` reads."""
    with curves.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*_CURVE_COLUMNS, "reference"))
        writer.writerows(_curve_lines(fitted))
    with sizes.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("method", *MethodSize.model_fields))
        for method in fitted.curves.methods:
            for size in method.sizes:
                numbers = (f"{value:.6g}" for value in size.model_dump().values())
                writer.writerow((method.name, *numbers))


def _curve_lines(fitted: FittedCurves) -> Iterator[tuple[object, ...]]:
    curves = fitted.curves
    yield "all", "table", "sha256", "", "", "", "", "", curves.table_sha256
    link = (curves.retention_per_nat, curves.retention_residual_sd)
    yield "all", "link", "retention_per_nat", *_cells(*link), len(fitted.pairs), ""
    stacking = (curves.stacking, curves.stacking_residual_sd)
    factors = sum(stack.rounds_factors for stack in fitted.stacks)
    yield "all", "stacking", "sum", *_cells(*stacking), len(fitted.stacks) - factors, ""
    yield "all", "stacking", "sum_of_factors", *_cells(curves.stacking_factors), factors, ""
    yield "all", "activations", "nats", *_cells(curves.activation_nats), "", ""
    for group in curves.groups:
        shape, level = fitted.shapes[group.name], fitted.levels[group.name]
        ours, theirs = len(shape.residuals), len(level.residuals)
        begin = ("group", group.name)
        own = _cells(group.shape, shape.residual_sd)
        yield *begin, "shape", *own, ours, group.reference
        yield *begin, "measured_shape", *_cells(shape.shape), ours, ""
        if level.published_shape is not None:
            yield *begin, "published_shape", *_cells(level.published_shape), theirs, ""
        yield *begin, "centre", f"{group.centre:.6g}", "", "", "", theirs, ""
        yield *begin, "level", *_cells(group.level, group.residual_sd), theirs, ""
        if group.mildest_x is not None:
            yield *begin, "mildest_x", f"{group.mildest_x:.6g}", "", "", "", "", ""
        yield *begin, "largest_billion", f"{group.largest_billion:.6g}", "", "", "", theirs, ""
        yield *begin, "size_slope", *_cells(group.size_slope), theirs, ""
    for method in curves.methods:
        numbers = _cells(method.offset, method.residual_sd)
        yield "method", method.name, "offset", *numbers, method.rows, ""


def _cells(estimate: Estimate, residual_sd: float | None = None) -> tuple[str, ...]:
    last = "" if residual_sd is None else f"{residual_sd:.6g}"
    return (*(f"{x:.6g}" for x in (estimate.best, estimate.low, estimate.high)), last)


if __name__ == "__main__":
    write_curves(fit_table())

"""Fit of the compression curves: shapes from our runs, levels from published measurements."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.compression.fitting.draws import shipped_spreads
from analysis.compression.fitting.levels import GroupLevel, fit_activations, fit_level
from analysis.compression.fitting.link import Pair, capability_per_nat, fit_link, link_pairs
from analysis.compression.fitting.mixed import MixedFit
from analysis.compression.fitting.published_losses import PublishedLoss, published_losses
from analysis.compression.fitting.regression import Fit, interval
from analysis.compression.fitting.rounding import rounded, rounded_estimate
from analysis.compression.fitting.shapes import GroupShape, Offset, fit_shapes
from analysis.compression.fitting.sizes import method_sizes
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
from analysis.compression.measured_rows import MEASURED, MeasuredRow, read_rows
from sim.compression.curves import (
    CompressionCurves,
    Estimate,
    GroupCurve,
    MethodCurve,
    MethodSize,
    SeriesEffect,
)
from sim.compression.groups import GROUPS, METHODS
from sim.data.published_compression import PublishedRow, published_rows
from sim.errors import DataError

FIT = 3
"""Version of the fit, which is on record beside curves; raise it when it gives other numbers for
the same measurements."""


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
        Published pairs of loss and capability lost, and the fit to them.
    stacks
        Our stacks that are clear of noise.
    """

    curves: CompressionCurves
    shapes: dict[str, GroupShape]
    levels: dict[str, GroupLevel]
    pairs: tuple[Pair, ...]
    link: MixedFit
    stacks: tuple[Stack, ...]


def fit_table(path: Path = MEASURED) -> FittedCurves:
    """Fit the curves to a table of measurements.

    Raises
    ------
    DataError
        The table cannot be read, a row of it is damaged, or it lacks what the curves need.
    """
    return fit_curves(read_rows(path), published_rows())


def fit_curves(rows: Sequence[MeasuredRow], published: Sequence[PublishedRow]) -> FittedCurves:
    """Fit the curves to measurements of our own and published ones.

    Raises
    ------
    DataError
        The measurements lack what the curves need.
    """
    for row in rows:
        if row.is_language:
            _require_what_curves_need(row)
    pairs = link_pairs()
    link = fit_link(pairs)
    slope = capability_per_nat(link)
    losses = published_losses(published, slope.best)
    shapes = fit_shapes(rows, shipped_spreads())
    levels = _levels(shapes, losses)
    stacks = usable_stacks(measured_stacks(rows))
    plain = tuple(stack for stack in stacks if not stack.rounds_factors)
    factors = tuple(stack for stack in stacks if stack.rounds_factors)
    stacking = fit_stacking(plain)
    curves = CompressionCurves(
        table_sha256=_digest(rows),
        groups=tuple(_group(shape, levels[group]) for group, shape in shapes.items()),
        methods=tuple(_methods(rows, shapes, levels, published)),
        activation_nats=rounded_estimate(fit_activations(published)),
        stacking=rounded_estimate(_gamma(stacking)),
        stacking_factors=rounded_estimate(_gamma(fit_stacking(factors) if factors else stacking)),
        stacking_residual_sd=rounded(stacking.residual_sd),
        capability_per_nat=rounded_estimate(slope),
        capability_residual_sd=rounded(float(np.sqrt(np.mean(link.group_sd[0] ** 2))) / slope.best),
    )
    return FittedCurves(curves, shapes, levels, pairs, link, stacks)


def _require_what_curves_need(row: MeasuredRow) -> None:
    """Refuse a loss of unknown error, and one that its group's curve has no place for."""
    if row.delta_nll_se_nats is None:
        raise DataError(
            f"{row.model} {row.label}: has no delta_nll_se; measure it on a text of several parts"
        )
    if len(row.methods) > 1:
        return
    group, left = METHODS[row.methods[0]].group, row.keep_bytes_share
    if group == "scattered" and row.strengths[0] >= 1.0:
        raise DataError(f"{row.model} {row.label}: the strength must be a share below 1")
    if group in ("structured", "low_rank", "distillation") and left >= 1.0:
        raise DataError(f"{row.model} {row.label}: keep_bytes = {left:g} must be below 1")


def _digest(rows: Sequence[MeasuredRow]) -> str:
    """Return the SHA-256 of what the fit reads of a table."""
    content = "".join(
        f"{row.model} {row.task} {row.label} {row.parameters} {row.quality_base} "
        f"{row.keep_bytes_share} {row.keep_flops_share} "
        f"{row.delta_nll_nats} {row.delta_nll_se_nats} {row.recovery_tokens} "
        f"{row.cost_cpu_seconds} {row.prefill_base_tok_per_s} {row.speed_engine}\n"
        for row in rows
    )
    return hashlib.sha256(content.encode()).hexdigest()


def _levels(
    shapes: dict[str, GroupShape], losses: Sequence[PublishedLoss]
) -> dict[str, GroupLevel]:
    """Fit all levels; the spreads of quantisation, of which most is published, bound the others."""
    levels = {}
    spreads: tuple[float, ...] = ()
    for group, shape in sorted(shapes.items(), key=lambda item: GROUPS.index(item[0])):
        levels[group] = level = fit_level(shape, losses, spreads)
        if group == "quantization":
            spreads = (level.residual_sd, level.series_sd, level.model_sd)
    return {group: levels[group] for group in shapes}


def _gamma(fit: Fit) -> Estimate:
    return interval(math.exp(fit.best[0]), np.exp(fit.draws[:, 0]))


def _group(shape: GroupShape, level: GroupLevel) -> GroupCurve:
    return GroupCurve(
        name=shape.group,
        reference=shape.reference,
        shape=rounded_estimate(level.shape),
        centre=rounded(level.centre),
        mildest_x=None if level.mildest_x is None else rounded(level.mildest_x),
        level=rounded_estimate(level.level),
        size_slope=rounded_estimate(level.size_slope),
        largest_billion=level.largest_billion,
        residual_sd=rounded(level.residual_sd),
        level_slope_correlation=rounded(level.level_slope_correlation),
        unknown=rounded_estimate(level.unknown),
        series=tuple(
            SeriesEffect(name=name, effect=rounded_estimate(effect))
            for name, effect in level.series.items()
        ),
    )


def _methods(
    rows: Sequence[MeasuredRow],
    shapes: dict[str, GroupShape],
    levels: dict[str, GroupLevel],
    published: Sequence[PublishedRow],
) -> Iterator[MethodCurve]:
    """Yield the curve of every method that has an offset, its own or that of its weights."""
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
        sizes = [s for s in method_sizes(rows, name, work) if strongest is None or s.x <= strongest]
        if sizes:
            yield _method(name, offset, tuple(sizes))


def _method(name: str, offset: Offset, sizes: tuple[MethodSize, ...]) -> MethodCurve:
    method = METHODS[name]
    return MethodCurve(
        name=name,
        family=method.family,
        group=method.group,
        offset=rounded_estimate(offset.estimate),
        residual_sd=rounded(offset.residual_sd),
        rows=offset.rows,
        sizes=sizes,
        rounds_activations=method.rounds_activations,
    )

"""What a method leaves in bytes and operations, and takes in work, at each strength measured."""

from collections.abc import Callable, Sequence

from analysis.compression.fitting.rounding import rounded
from analysis.compression.fitting.shapes import LARGEST_NATS, is_well_trained
from analysis.compression.fitting.work import Work
from analysis.compression.measured_rows import MeasuredRow
from sim.compression.curves import MethodSize
from sim.compression.groups import CACHE, METHODS, ORIGINAL_BITS, curve_position


def method_sizes(
    rows: Sequence[MeasuredRow], name: str, work: Callable[[MeasuredRow], Work]
) -> tuple[MethodSize, ...]:
    """Return what a method leaves and takes, at each strength, of the largest language model.

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
        x=rounded(curve_position(method.group, strength, row.kept_share)),
        values_share=rounded(values),
        footprint_share=rounded(footprint),
        side_share=rounded(max(0.0, row.keep_bytes_share - values)),
        keep_flops_share=rounded(min(1.0, row.keep_flops_share)),
        cache_share=rounded(row.kept_share) if method.group == CACHE else 1.0,
        work_tokens=rounded(work.tokens),
        training_tokens_per_parameter=rounded(work.training_tokens_per_parameter),
    )

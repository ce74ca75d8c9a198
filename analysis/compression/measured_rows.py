"""Measurements of compressed models: the table, its columns, and one row of it.

``pricewar calibrate compression`` writes such tables; ``compression_measured.csv`` is the shipped
one.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from analysis.compression.errors import CalibrationError
from sim.compression.groups import CACHE, METHODS, ORIGINAL_BITS
from sim.data.table import TABLES, Row, read_table
from sim.errors import DataError
from sim.files.durable import write_durably

MEASURED = TABLES / "compression_measured.csv"

LANGUAGE = "language"
"""The task whose loss is that of the next token of a text."""

_FAMILIES = frozenset({"pruning", "low_rank", "quantization", "distillation", "cache", "stack"})
_SPEED_KINDS = frozenset({"measured", "roofline"})
_SMALLEST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One configuration: a model, a task, methods at their strengths, and what was measured.

    Shares of bytes and operations are those of the compressed matrices (the blocks) relative to
    the same at 16 bits; ``bytes_disk`` and ``bytes_memory`` are those of the whole model.

    Attributes
    ----------
    run_id
        Hash of all that determines the row; key into ``compression_runs.json``.
    parameters
        Of the uncompressed model.
    draw
        Which permutation of channels, calibration text and place in the evaluation articles.
    methods, strengths
        The method and its strength, in the unit of the method's dial; of a stack, those of its
        parts in order.
    weight_bits, activation_bits
        Bits of a stored weight (scales and codebooks not included) and of activations.
    cache_bits
        Bits of a number of the KV cache, scales included; None where it is left at 16.
    sparsity_share, rank_share, student_share
        Share of the matrices' numbers removed by pruning; of parameters that factors keep; of the
        teacher's parameters. None where the method has none.
    recovery_tokens
        Tokens (or images) trained on after compressing, or for distilling.
    quality_metric, quality_base, quality_compressed, quality_compressed_se
        The task's metric before and after, and the standard error of the latter.
    delta_nll_nats, delta_nll_se_nats, kl_nats, top1_agreement_share
        See `analysis.compression.measures.quality.Quality`; None where the task has no
        likelihoods.
    further
        Other metrics of the task: ``name=value``, separated by blanks.
    prefill_tok_per_s, decode_tok_per_s, prefill_base_tok_per_s, decode_base_tok_per_s
        Per second on one processor core; base: the uncompressed model on the same engine.
    speed_kind, speed_engine
        ``measured`` on an engine with kernels for the format, or ``roofline``: derived from bytes.
        Empty until speeds are measured.
    speed_spread
        Interquartile range of repeats over their median, None of a single one; of a derived speed,
        the largest relative residual of the roofline.
    energy_proxy_j_per_tok
        See `analysis.compression.measures.energy`.
    peak_memory_mb
        Peak resident memory of the process while the row was measured.
    cpu_seconds, cost_cpu_seconds, cost_tokens
        Processor time that the row took when it was made; of compressing, with calibration and
        training that rows share charged to each; calibration and training tokens.
    """

    run_id: str
    model: str
    parameters: float
    task: str
    draw: int
    family: str
    methods: tuple[str, ...]
    strengths: tuple[float, ...]
    weight_bits: float | None
    activation_bits: float | None
    cache_bits: float | None
    sparsity_share: float | None
    rank_share: float | None
    student_share: float | None
    recovery_tokens: float
    keep_bytes_share: float
    keep_flops_share: float
    bytes_disk: float | None
    bytes_memory: float | None
    quality_metric: str
    quality_base: float
    quality_compressed: float
    quality_compressed_se: float | None
    delta_nll_nats: float | None
    delta_nll_se_nats: float | None
    kl_nats: float | None
    top1_agreement_share: float | None
    further: str
    prefill_tok_per_s: float | None
    decode_tok_per_s: float | None
    prefill_base_tok_per_s: float | None
    decode_base_tok_per_s: float | None
    speed_kind: str
    speed_engine: str
    speed_spread: float | None
    energy_proxy_j_per_tok: float | None
    peak_memory_mb: float | None
    cpu_seconds: float | None
    cost_cpu_seconds: float | None
    cost_tokens: float | None

    @property
    def method(self) -> str:
        """The methods in one name, as the table writes them."""
        return "+".join(self.methods)

    @property
    def strength(self) -> str:
        """The strengths in one text, as the table writes them."""
        return strength_text(self.strengths)

    @property
    def label(self) -> str:
        """The row as a recipe: ``activation_aware:0.5+gptq_per_group:4``."""
        parts = zip(self.methods, self.strengths, strict=True)
        return "+".join(f"{method}:{strength:g}" for method, strength in parts)

    @property
    def kept_share(self) -> float:
        """What is left of the bytes that it compresses: of the cache, or of the matrices."""
        if self.family == CACHE:
            return (self.cache_bits or ORIGINAL_BITS) / ORIGINAL_BITS
        return self.keep_bytes_share

    @property
    def is_language(self) -> bool:
        """Whether its loss is that of the next token of a text."""
        return self.task == LANGUAGE and self.delta_nll_nats is not None


_COLUMN_OF = {
    "parameters": "params",
    "methods": "method",
    "strengths": "strength",
    "weight_bits": "bits_w",
    "activation_bits": "bits_a",
    "cache_bits": "bits_kv",
    "sparsity_share": "sparsity",
    "rank_share": "rank_ratio",
    "student_share": "student_ratio",
    "keep_bytes_share": "keep_bytes",
    "keep_flops_share": "keep_flops",
    "quality_compressed": "quality",
    "quality_compressed_se": "quality_se",
    "delta_nll_nats": "delta_nll",
    "delta_nll_se_nats": "delta_nll_se",
    "top1_agreement_share": "top1_agreement",
}
"""Columns of the table that are named otherwise than the attribute."""

COLUMNS = tuple(_COLUMN_OF.get(field.name, field.name) for field in fields(MeasuredRow))


def read_rows(path: Path = MEASURED) -> tuple[MeasuredRow, ...]:
    """Read every measurement, in the order of the table.

    Raises
    ------
    DataError
        The table cannot be read, or a row of it is damaged: with file, line and reason.
    """
    return read_table(path, _measured_row)


def rows_so_far(path: Path) -> list[MeasuredRow]:
    """Read the rows of a table that is to be continued; an absent file has none.

    Raises
    ------
    CalibrationError
        The file is not such a table, or a row of it is damaged.
    """
    if not path.exists():
        return []
    try:
        return list(read_rows(path))
    except DataError as error:
        raise CalibrationError(
            f"{error}.  Delete the damaged line, and it is measured again; or name another file "
            "with --out."
        ) from error


def write_rows(path: Path, rows: Iterable[MeasuredRow]) -> None:
    """Write the table in one step: what was there before stays until the new one is complete.

    Raises
    ------
    CalibrationError
        The disk is full or the place cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_cells(row) for row in rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_durably(path, text.getvalue().encode())
    except OSError as error:
        raise CalibrationError(
            f"{path}: cannot be written ({error.strerror}).  Rows finished before are kept; free "
            "disk space or fix the error above, then run the same command again to continue."
        ) from None


def strength_text(strengths: Sequence[float]) -> str:
    """Return strengths as in the table: shortest form, those of a stack joined by ``+``."""
    return "+".join(f"{strength:g}" for strength in strengths)


def _cells(row: MeasuredRow) -> Iterator[str]:
    for field in fields(MeasuredRow):
        if field.name == "methods":
            yield row.method
        elif field.name == "strengths":
            yield row.strength
        else:
            yield _shown(getattr(row, field.name))


def _shown(value: str | float | None) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return "" if math.isnan(value) else f"{value:.6g}"


def _measured_row(row: Row) -> MeasuredRow:
    family = row.choice("family", _FAMILIES)
    methods = _methods(row, family)
    task, delta = row.text("task"), row.optional_number("delta_nll", low=-1e3, high=1e3)
    if task == LANGUAGE and delta is None:
        raise row.error("delta_nll must be given for the task language")
    number = row.optional_number
    return MeasuredRow(
        run_id=row.text("run_id"),
        model=row.text("model"),
        parameters=row.number("params", low=1.0),
        task=task,
        draw=int(number("draw", high=1e3) or 0),
        family=family,
        methods=methods,
        strengths=_strengths(row, len(methods)),
        weight_bits=number("bits_w", low=0.1, high=32.0),
        activation_bits=number("bits_a", low=0.1, high=32.0),
        cache_bits=number("bits_kv", low=0.1, high=32.0),
        sparsity_share=number("sparsity", high=1.0),
        rank_share=number("rank_ratio", high=1.0),
        student_share=number("student_ratio", high=1.0),
        recovery_tokens=number("recovery_tokens") or 0.0,
        keep_bytes_share=row.number("keep_bytes", low=_SMALLEST_SHARE, high=2.0),
        keep_flops_share=row.number("keep_flops", low=_SMALLEST_SHARE, high=2.0),
        bytes_disk=number("bytes_disk"),
        bytes_memory=number("bytes_memory"),
        quality_metric=row.text("quality_metric"),
        quality_base=row.number("quality_base"),
        quality_compressed=row.number("quality"),
        quality_compressed_se=number("quality_se"),
        delta_nll_nats=delta,
        delta_nll_se_nats=number("delta_nll_se", high=1e3),
        kl_nats=number("kl_nats", low=-1e3, high=1e3),
        top1_agreement_share=number("top1_agreement", high=1.0),
        further=row.optional_text("further"),
        prefill_tok_per_s=number("prefill_tok_per_s"),
        decode_tok_per_s=number("decode_tok_per_s"),
        prefill_base_tok_per_s=number("prefill_base_tok_per_s", low=1e-6),
        decode_base_tok_per_s=number("decode_base_tok_per_s"),
        speed_kind=_speed_kind(row),
        speed_engine=row.optional_text("speed_engine"),
        speed_spread=number("speed_spread"),
        energy_proxy_j_per_tok=number("energy_proxy_j_per_tok"),
        peak_memory_mb=number("peak_memory_mb"),
        cpu_seconds=number("cpu_seconds"),
        cost_cpu_seconds=number("cost_cpu_seconds"),
        cost_tokens=number("cost_tokens"),
    )


def _methods(row: Row, family: str) -> tuple[str, ...]:
    methods = tuple(row.text("method").split("+"))
    for method in methods:
        if method not in METHODS:
            raise row.error(f"method = {method!r} must be one of {', '.join(sorted(METHODS))}")
    if (family == "stack") != (len(methods) > 1):
        raise row.error(f"family = {family!r} does not go with {len(methods)} method(s)")
    if len(methods) == 1 and METHODS[methods[0]].family != family:
        raise row.error(f"family = {family!r} must be {METHODS[methods[0]].family!r}")
    return methods


def _speed_kind(row: Row) -> str:
    return row.choice("speed_kind", _SPEED_KINDS) if row.optional_text("speed_kind") else ""


def _strengths(row: Row, count: int) -> tuple[float, ...]:
    text = row.text("strength")
    try:
        strengths = tuple(float(part) for part in text.split("+"))
    except ValueError:
        raise row.error(f"strength = {text!r} is not a number, or numbers joined by +") from None
    if len(strengths) != count or not all(0.0 < strength < 1e3 for strength in strengths):
        raise row.error(f"strength = {text!r} must be {count} positive number(s) joined by +")
    return strengths

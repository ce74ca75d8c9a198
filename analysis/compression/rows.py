"""The calibration table: its columns, and one row of it."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from analysis.compression.errors import CalibrationError

Number = float | None


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One configuration: a model, a task, a method at a strength, and what was measured.

    Shares of bytes and operations are those of the compressed matrices (the blocks) relative to
    the same at 16 bits; ``bytes_disk`` and ``bytes_memory`` are those of the whole model.

    Attributes
    ----------
    run_id
        Hash of all that determines the row; key into ``compression_runs.json``.
    params
        Parameters of the uncompressed model.
    strength
        In the unit of the method's dial; of a stack, the strengths joined by ``+``.
    bits_w, bits_a
        Bits of a stored weight (scales and codebooks not included) and of activations.
    sparsity, rank_ratio, student_ratio
        Share of the matrices' numbers removed, by pruning; share of parameters that factors keep;
        share of the teacher's parameters. Empty where the method has none.
    recovery_tokens
        Tokens (or images) trained on after compressing, or for distilling.
    quality_metric, quality_base, quality, quality_se
        The task's metric before and after, and the standard error of the latter.
    delta_nll, delta_nll_se, kl_nats, top1_agreement
        See `analysis.compression.measures.quality.Quality`.
    prefill_tok_per_s, decode_tok_per_s, prefill_base_tok_per_s, decode_base_tok_per_s
        On one processor core; base: the uncompressed model on the same engine.
    speed_kind, speed_engine
        ``measured`` on an engine with kernels for the format, or ``roofline``: derived from bytes.
    speed_spread
        Interquartile range of repeats over their median, empty of a single one; of a derived
        speed, the largest relative residual of the roofline.
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
    params: float
    task: str
    family: str
    method: str
    strength: str
    bits_w: Number
    bits_a: Number
    sparsity: Number
    rank_ratio: Number
    student_ratio: Number
    recovery_tokens: Number
    keep_bytes: Number
    keep_flops: Number
    bytes_disk: Number
    bytes_memory: Number
    quality_metric: str
    quality_base: float
    quality: float
    quality_se: Number
    delta_nll: float
    delta_nll_se: float
    kl_nats: Number
    top1_agreement: Number
    further: str
    prefill_tok_per_s: Number
    decode_tok_per_s: Number
    prefill_base_tok_per_s: Number
    decode_base_tok_per_s: Number
    speed_kind: str
    speed_engine: str
    speed_spread: Number
    energy_proxy_j_per_tok: Number
    peak_memory_mb: Number
    cpu_seconds: Number
    cost_cpu_seconds: Number
    cost_tokens: Number


COLUMNS = tuple(field.name for field in fields(MeasuredRow))
_TEXT = frozenset(
    {
        "run_id", "model", "task", "family", "method", "strength", "quality_metric", "further",
        "speed_kind", "speed_engine",
    }
)  # fmt: skip


_NEEDED = frozenset(
    {
        "run_id", "model", "params", "task", "family", "method", "strength", "keep_bytes",
        "quality_metric", "quality_base", "quality", "delta_nll",
    }
)  # fmt: skip


def write_rows(path: Path, rows: Iterable[MeasuredRow]) -> None:
    """Write the table in one step: what was there before stays until the new one is complete.

    Raises
    ------
    CalibrationError
        The disk is full or the place cannot be written.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in rows:
                writer.writerow([_shown(value) for value in asdict(row).values()])
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise CalibrationError(
            f"{path}: cannot be written ({error.strerror}).  Rows finished before are kept; make "
            "room and give the same command again to go on."
        ) from None


def read_rows(path: Path) -> list[MeasuredRow]:
    """Read a table that `write_rows` wrote; an absent file has no rows.

    Raises
    ------
    CalibrationError
        The file is not such a table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise CalibrationError(
                    f"{path}:1  is not a table of compression measurements.  Its first line must "
                    f"be: {','.join(COLUMNS)}.  Name another file with --out."
                )
            return [_row(path, reader.line_num, record) for record in reader]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CalibrationError(f"{path}: cannot be read ({error}).") from None


def _row(path: Path, line: int, record: Mapping[str, str]) -> MeasuredRow:
    values: dict[str, object] = {}
    for column in COLUMNS:
        text = record[column]
        if text is None or (not text and column in _NEEDED):
            raise CalibrationError(
                f"{path}:{line}  has no {column}: the line is damaged.  Delete it, and it is "
                "measured again."
            )
        if column in _TEXT:
            values[column] = text
            continue
        try:
            values[column] = float(text) if text else None
        except (TypeError, ValueError):
            raise CalibrationError(f"{path}:{line}  {column} = {text!r} is not a number.") from None
    return MeasuredRow(**values)  # type: ignore[arg-type]


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return str(value)


def strength_text(strengths: Sequence[float]) -> str:
    """Write strengths as in the table: shortest form, those of a stack joined by ``+``."""
    return "+".join(f"{strength:g}" for strength in strengths)

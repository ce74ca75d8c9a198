"""Our own measurements of compressed models: ``compression_measured.csv``.

``pricewar calibrate compression`` writes such a table; `analysis.compression.rows` says what its
columns mean. A scenario may name one of its own.
"""

from dataclasses import dataclass
from pathlib import Path

from sim.compression.groups import METHODS
from sim.data.table import TABLES, Row, read_table

MEASURED = TABLES / "compression_measured.csv"

LANGUAGE = "language"
"""The task whose loss is that of the next token of a text."""

_FAMILIES = frozenset({"pruning", "low_rank", "quantization", "distillation", "stack"})
_SPEED_KINDS = frozenset({"measured", "roofline"})
_SMALLEST_SHARE = 1e-3


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One configuration of one model.

    Attributes
    ----------
    parameters
        Of the uncompressed model.
    methods, strengths
        The method and its strength; of a stack, those of its parts in order.
    keep_bytes_share, keep_flops_share
        What is left of the compressed matrices, relative to 16 bits.
    weight_bits
        Bits of a stored value, without scales and codebooks.
    recovery_tokens
        Tokens or images trained on afterwards, or for distilling.
    delta_nll_nats, delta_nll_se_nats
        Rise of the mean negative log-likelihood of the right answer, and its standard error; None
        for a task without likelihoods.
    cost_cpu_seconds
        Processor time of compressing, calibration and training included.
    prefill_base_tok_per_s
        Tokens that the uncompressed model reads in a second of processor time, on the row's engine.
    """

    run_id: str
    model: str
    parameters: float
    task: str
    family: str
    methods: tuple[str, ...]
    strengths: tuple[float, ...]
    weight_bits: float | None
    keep_bytes_share: float
    keep_flops_share: float
    recovery_tokens: float
    quality_metric: str
    quality_base: float
    quality_compressed: float
    delta_nll_nats: float | None
    delta_nll_se_nats: float | None
    cost_cpu_seconds: float | None
    prefill_base_tok_per_s: float | None
    speed_engine: str
    speed_kind: str
    decode_tok_per_s: float | None
    decode_base_tok_per_s: float | None

    @property
    def method(self) -> str:
        """The methods of a row in one name, as the table writes it."""
        return "+".join(self.methods)

    @property
    def label(self) -> str:
        """The row as a recipe: ``activation_aware:0.5+gptq_per_group:4``."""
        parts = zip(self.methods, self.strengths, strict=True)
        return "+".join(f"{method}:{strength:g}" for method, strength in parts)

    @property
    def is_language(self) -> bool:
        """Whether its loss is that of the next token of a text."""
        return self.task == LANGUAGE and self.delta_nll_nats is not None


def _strengths(row: Row, count: int) -> tuple[float, ...]:
    text = row.text("strength")
    try:
        strengths = tuple(float(part) for part in text.split("+"))
    except ValueError:
        raise row.error(f"strength = {text!r} is not a number, or numbers joined by +") from None
    if len(strengths) != count or not all(0.0 < strength < 1e3 for strength in strengths):
        raise row.error(f"strength = {text!r} must be {count} positive number(s) joined by +")
    return strengths


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


def _require_a_place_on_the_curve(
    row: Row, method: str, strength: float, keep_bytes_share: float
) -> None:
    """Refuse what the group's curve has no place for: see `sim.compression.groups`."""
    group = METHODS[method].group
    if group == "scattered" and strength >= 1.0:
        raise row.error(f"strength = {strength:g} must be a share below 1")
    if group in ("structured", "low_rank", "distillation") and keep_bytes_share >= 1.0:
        raise row.error(f"keep_bytes = {keep_bytes_share:g} must be below 1 for {method}")


def _measured_row(row: Row) -> MeasuredRow:
    family = row.choice("family", _FAMILIES)
    methods = _methods(row, family)
    delta = row.optional_number("delta_nll", low=-1e3, high=1e3)
    error = row.optional_number("delta_nll_se", high=1e3)
    if row.text("task") == LANGUAGE and (delta is None or error is None):
        raise row.error("delta_nll and delta_nll_se must be given for the task language")
    speed = row.optional_text("speed_kind")
    strengths = _strengths(row, len(methods))
    keep_bytes_share = row.number("keep_bytes", low=_SMALLEST_SHARE, high=2.0)
    if len(methods) == 1:
        _require_a_place_on_the_curve(row, methods[0], strengths[0], keep_bytes_share)
    return MeasuredRow(
        run_id=row.text("run_id"),
        model=row.text("model"),
        parameters=row.number("params", low=1.0),
        task=row.text("task"),
        family=family,
        methods=methods,
        strengths=strengths,
        weight_bits=row.optional_number("bits_w", low=0.1, high=32.0),
        keep_bytes_share=keep_bytes_share,
        keep_flops_share=row.number("keep_flops", low=_SMALLEST_SHARE, high=2.0),
        recovery_tokens=row.optional_number("recovery_tokens") or 0.0,
        quality_metric=row.text("quality_metric"),
        quality_base=row.number("quality_base"),
        quality_compressed=row.number("quality"),
        delta_nll_nats=delta,
        delta_nll_se_nats=error,
        cost_cpu_seconds=row.optional_number("cost_cpu_seconds"),
        prefill_base_tok_per_s=row.optional_number("prefill_base_tok_per_s", low=1e-6),
        speed_engine=row.optional_text("speed_engine"),
        speed_kind=row.choice("speed_kind", _SPEED_KINDS) if speed else "",
        decode_tok_per_s=row.optional_number("decode_tok_per_s"),
        decode_base_tok_per_s=row.optional_number("decode_base_tok_per_s"),
    )


def measured_rows(path: Path = MEASURED) -> tuple[MeasuredRow, ...]:
    """Read every measurement, in the order of the table.

    Raises
    ------
    DataError
        The table cannot be read, or a row of it is damaged: with file, line and reason.
    """
    return read_table(path, _measured_row)

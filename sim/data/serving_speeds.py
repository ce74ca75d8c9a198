"""Published speeds of compressed models beside uncompressed ones: ``serving_speeds.csv``."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import TABLES, Row, read_table

SPEEDS = TABLES / "serving_speeds.csv"

_NOTHING_STATED = 0.0


@dataclass(frozen=True, slots=True)
class ServingSpeed:
    """One published speed-up, with the conditions that the simulator needs to predict it.

    Attributes
    ----------
    source
        Whose measurement on which engine; rows of one source are held out together.
    accelerator
        Name in the accelerator table; empty where the source's device is not in it. Then
        `base_step_s` says how long the uncompressed model takes for a token.
    kv_bytes_per_token
        Of the cache at 16 bits; from the published architecture.
    precision_format
        ``FP8``, ``INT8 W8A8``, ``W8A16``, ``W4A16``, ``W4A8``, ``2:4 FP8`` or ``k-quants``.
    weight_bits, activation_bits, kv_bits
        After compression, scales included; before, all are `base_bits`.
    two_of_four
        Two of every four weights are zero.
    accelerators, base_accelerators
        That hold one copy of the compressed and of the uncompressed model.
    batch
        Sequences at once; None: as many as fit, at most `largest_batch`.
    input_tokens, output_tokens
        Of each request.
    base_tok_per_s, tok_per_s
        Output tokens per second of the whole instance; None where the source gives ratios only.
    speedup
        Output tokens per second and accelerator, relative to the uncompressed model.
    has_stated_lengths
        Whether the source says how long requests are. Rows without are predicted, and not fitted
        to, unless nothing else shows their format.
    """

    source: str
    accelerator: str
    model: str
    parameters_billion: float
    kv_bytes_per_token: float
    precision_format: str
    weight_bits: float
    activation_bits: float
    kv_bits: float
    base_bits: float
    two_of_four: bool
    accelerators: int
    base_accelerators: int
    batch: float | None
    largest_batch: float | None
    input_tokens: float
    output_tokens: float
    base_step_s: float | None
    base_tok_per_s: float | None
    tok_per_s: float | None
    speedup: float
    has_stated_lengths: bool
    where: str


def _speed(row: Row) -> ServingSpeed:
    step_ms = row.optional_number("base_step_ms", low=1e-3)
    accelerator = row.optional_text("accelerator")
    if not accelerator and step_ms is None:
        raise row.error("names no accelerator and gives no base_step_ms")
    return ServingSpeed(
        source=row.text("source"),
        accelerator=accelerator,
        model=row.text("model"),
        parameters_billion=row.number("parameters_billion", low=1e-3),
        kv_bytes_per_token=row.number("kv_bytes_per_token", low=_NOTHING_STATED),
        precision_format=row.text("format"),
        weight_bits=row.number("weight_bits", low=0.1, high=32.0),
        activation_bits=row.number("activation_bits", low=1.0, high=32.0),
        kv_bits=row.number("kv_bits", low=1.0, high=32.0),
        base_bits=row.number("base_bits", low=1.0, high=32.0),
        two_of_four=row.flag("two_of_four"),
        accelerators=int(row.number("accelerators", low=1.0)),
        base_accelerators=int(row.number("base_accelerators", low=1.0)),
        batch=row.optional_number("batch", low=1.0),
        largest_batch=row.optional_number("largest_batch", low=1.0),
        input_tokens=row.number("input_tokens"),
        output_tokens=row.number("output_tokens", low=1.0),
        base_step_s=None if step_ms is None else step_ms / 1e3,
        base_tok_per_s=row.optional_number("base_tok_per_s", low=1e-3),
        tok_per_s=row.optional_number("tok_per_s", low=1e-3),
        speedup=row.number("speedup", low=1e-3),
        has_stated_lengths=row.flag("has_stated_lengths"),
        where=row.text("where"),
    )


@cache
def serving_speeds(path: Path = SPEEDS) -> tuple[ServingSpeed, ...]:
    """Read every published speed, in the order of the table."""
    return read_table(path, _speed)

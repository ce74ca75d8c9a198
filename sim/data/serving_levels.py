"""Published throughputs of served models, and what they cost: ``serving_levels.csv``.

Speeds that formats gain, relative to the same model at 16 bits, are in `sim.data.serving_speeds`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from sim.data.table import TABLES, Row, read_table
from sim.errors import DataError

LEVELS = TABLES / "serving_levels.csv"
MODELS = TABLES / "served_models.csv"

Phase = Literal["requests", "prefill", "decode"]
_PHASES = frozenset({"requests", "prefill", "decode"})


@dataclass(frozen=True, slots=True)
class ServedModel:
    """What the roofline needs to know of a published model; symbols as in an architecture."""

    name: str
    parameters_billion: float
    active_parameters_billion: float
    expert_parameters_billion: float
    experts: int
    active_experts: int
    kv_bytes_per_token: float
    attention_flops_per_pair: float


@dataclass(frozen=True, slots=True)
class ServingLevel:
    """One published throughput.

    Attributes
    ----------
    source
        Whose measurement on which engine.
    accelerator
        Name in the accelerator table.
    model
        Published architecture.
    weight_bits, activation_bits, kv_bits
        At which it is served.
    phase
        ``requests``: whole ones, prompt and answer, in output tokens; ``prefill`` or ``decode``:
        that phase alone, on accelerators that do nothing else.
    accelerators
        That hold one copy of the model.
    batch
        Sequences at once on them; None: as many as fit.
    input_tokens
        Of a request or a prompt; of decoding, the context.
    output_tokens
        Of a request; None for a phase.
    tok_per_s
        Tokens per second and accelerator.
    usd_per_mtok, rent_usd_per_hour
        What the source says that a million of these tokens costs at a rent of an accelerator; None
        where it says nothing.
    is_fitted
        Whether the shipped shares of peak are fitted to it.
    """

    source: str
    accelerator: str
    model: ServedModel
    weight_bits: float
    activation_bits: float
    kv_bits: float
    phase: Phase
    accelerators: int
    batch: float | None
    input_tokens: float
    output_tokens: float | None
    tok_per_s: float
    usd_per_mtok: float | None
    rent_usd_per_hour: float | None
    is_fitted: bool
    where: str


def _model(row: Row) -> ServedModel:
    row.text("source")
    return ServedModel(
        name=row.text("model"),
        parameters_billion=row.number("parameters_billion", low=1e-3),
        active_parameters_billion=row.number("active_parameters_billion", low=1e-3),
        expert_parameters_billion=row.number("expert_parameters_billion"),
        experts=int(row.number("experts", low=1.0)),
        active_experts=int(row.number("active_experts", low=1.0)),
        kv_bytes_per_token=row.number("kv_bytes_per_token", low=1.0),
        attention_flops_per_pair=row.number("attention_flops_per_pair"),
    )


@cache
def served_models(path: Path = MODELS) -> dict[str, ServedModel]:
    """Read the published models, by name.

    Raises
    ------
    DataError
        The table is damaged, or names a model twice.
    """
    rows = read_table(path, _model)
    found = {model.name: model for model in rows}
    if len(found) < len(rows):
        raise DataError(f"{path.name}: names a model twice")
    return found


def _level(row: Row) -> ServingLevel:
    model, phase = row.text("model"), row.choice("phase", _PHASES)
    known = served_models()
    if model not in known:
        raise row.error(f"{model} is not in {MODELS.name}")
    output_tokens = row.optional_number("output_tokens", low=1.0)
    if (output_tokens is None) == (phase == "requests"):
        raise row.error("output_tokens are those of requests, and of nothing else")
    usd, rent = (
        row.optional_number("usd_per_mtok", low=1e-6),
        row.optional_number("rent_usd_per_hour", low=1e-3),
    )
    if (usd is None) != (rent is None):
        raise row.error("usd_per_mtok and rent_usd_per_hour must be given together")
    return ServingLevel(
        source=row.text("source"),
        accelerator=row.text("accelerator"),
        model=known[model],
        weight_bits=row.number("weight_bits", low=0.1, high=32.0),
        activation_bits=row.number("activation_bits", low=1.0, high=32.0),
        kv_bits=row.number("kv_bits", low=1.0, high=32.0),
        phase=cast(Phase, phase),
        accelerators=int(row.number("accelerators", low=1.0)),
        batch=row.optional_number("batch", low=1.0),
        input_tokens=row.number("input_tokens", low=1.0),
        output_tokens=output_tokens,
        tok_per_s=row.number("tok_per_s", low=1e-3),
        usd_per_mtok=usd,
        rent_usd_per_hour=rent,
        is_fitted=row.flag("is_fitted"),
        where=row.text("where"),
    )


@cache
def serving_levels(path: Path = LEVELS) -> tuple[ServingLevel, ...]:
    """Read every published throughput, in the order of the table."""
    return read_table(path, _level)

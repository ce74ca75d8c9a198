"""Published throughputs and costs of serving beside those of the simulator's roofline.

The market's own roofline, at its shipped shares of peak, predicts every row of
``serving_levels.csv`` at the batch, lengths and accelerators of the source.
``python -m analysis.serving_levels`` prints the tables of the page.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.data.accelerators import accelerator
from sim.data.serving_levels import ServingLevel, serving_levels
from sim.scenario.supply import Architecture
from sim.serving.precision import Precision, efficiency_at
from sim.serving.roofline import Roofline, StoredModel
from sim.serving.throughput import Requests, output_tok_per_s

_SLOWEST_TOK_PER_S = 20.0
"""What users of DeepSeek's day got; where a batch is stated, it decides."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A published throughput and the one that the roofline gives."""

    level: ServingLevel
    tok_per_s: float

    @property
    def log_ratio(self) -> float:
        """Natural log of ours over theirs."""
        return math.log(self.tok_per_s / self.level.tok_per_s)

    @property
    def usd_per_mtok(self) -> float | None:
        """Ours at the rent of the source; None if it states none."""
        rent = self.level.rent_usd_per_hour
        return None if rent is None else 1e6 * rent / (3600.0 * self.tok_per_s)


@dataclass(frozen=True, slots=True)
class Errors:
    """How far the roofline is from a group of rows.

    Attributes
    ----------
    rows
        How many.
    geometric_mean
        Of ours over theirs.
    median_error
        Median of the relative error, ``exp |ln ratio| - 1``.
    """

    rows: int
    geometric_mean: float
    median_error: float

    @classmethod
    def of(cls, compared: Sequence[Beside]) -> Errors:
        """Return those of some rows."""
        logs = np.array([one.log_ratio for one in compared])
        return cls(len(logs), math.exp(logs.mean()), math.expm1(float(np.median(np.abs(logs)))))


def predicted_tok_per_s(
    level: ServingLevel,
    *,
    with_attention: bool = False,
    prefill_efficiency: float = 1.0,
    decode_efficiency: float = 1.0,
) -> float:
    """Return tokens per second and accelerator, as the roofline has them.

    Parameters
    ----------
    level
        What was measured.
    with_attention
        Whether attention takes operations of its own; shipped scenarios leave them out.
    prefill_efficiency, decode_efficiency
        What the accelerator achieves relative to the shares of peak, as in a scenario.
    """
    model, chip = level.model, accelerator(level.accelerator)
    precision = Precision(level.weight_bits, level.activation_bits, level.kv_bits)
    architecture = Architecture(
        parameters_billion=model.parameters_billion,
        active_parameters_billion=model.active_parameters_billion,
        expert_parameters_billion=model.expert_parameters_billion,
        experts=model.experts,
        active_experts=model.active_experts,
        kv_bytes_per_token=model.kv_bytes_per_token,
        attention_flops_per_pair=model.attention_flops_per_pair if with_attention else 0.0,
        mean_context_tokens=level.input_tokens,
        accelerators_per_instance=level.accelerators,
    )
    efficiency = efficiency_at(
        precision,
        has_fp8=chip.has_fp8,
        is_mixture=architecture.is_mixture,
        accelerators=level.accelerators,
    ).scaled(prefill_efficiency, decode_efficiency)
    roofline = Roofline.of(architecture, StoredModel(precision), chip, efficiency)
    return _throughput(roofline, level) / level.accelerators


def _throughput(roofline: Roofline, level: ServingLevel) -> float:
    if level.output_tokens is not None:
        requests = Requests(level.input_tokens, level.output_tokens, level.batch)
        return output_tok_per_s(roofline, requests)
    if level.phase == "prefill":
        return roofline.prefill_tok_per_s
    batch = level.batch or roofline.batch_within(1.0 / _SLOWEST_TOK_PER_S)
    return batch / roofline.step_s(batch)


def beside_published(*, with_attention: bool = False) -> list[Beside]:
    """Return every published throughput with the roofline's."""
    return [
        Beside(level, predicted_tok_per_s(level, with_attention=with_attention))
        for level in serving_levels()
    ]


def by_group(compared: Sequence[Beside]) -> dict[tuple[str, str, str], Errors]:
    """Return errors by source, accelerator and precision of what no share is fitted to."""
    groups: dict[tuple[str, str, str], list[Beside]] = {}
    for one in compared:
        if not one.level.is_fitted:
            level = one.level
            key = (level.source, level.accelerator, _kind(level))
            groups.setdefault(key, []).append(one)
    return {key: Errors.of(rows) for key, rows in groups.items()}


def _kind(level: ServingLevel) -> str:
    kind = "mixture" if level.model.experts > 1 else "dense"
    return f"{kind}, {level.weight_bits:g} bits"


def pairs_of_one_engine(compared: Sequence[Beside]) -> list[tuple[Beside, Beside]]:
    """Return H100 and A100 at 16 bits, same engine, model, number of accelerators and lengths."""
    found: dict[tuple[object, ...], dict[str, Beside]] = {}
    for one in compared:
        level = one.level
        if level.source == "TensorRT-LLM 0.15" and level.weight_bits == 16.0:
            key = (level.model.name, level.accelerators, level.input_tokens, level.output_tokens)
            found.setdefault(key, {})[level.accelerator.partition(" ")[0]] = one
    return [(pair["H100"], pair["A100"]) for pair in found.values()]


def pair_table(compared: Sequence[Beside]) -> list[str]:
    """Write what an H100 serves over what an A100 does as the lines of a table in Markdown."""
    lines = ["| model | requests | published | ours |", "| --- | --- | ---: | ---: |"]
    logs = []
    for newer, older in pairs_of_one_engine(compared):
        theirs = newer.level.tok_per_s / older.level.tok_per_s
        ours = newer.tok_per_s / older.tok_per_s
        logs.append((math.log(theirs), math.log(ours)))
        level = newer.level
        lines.append(
            f"| {level.model.name} on {level.accelerators} | {_what(level)} | "
            f"{theirs:.2f} | {ours:.2f} |"
        )
    theirs, ours = np.exp(np.mean(logs, axis=0))
    return [*lines, f"| geometric mean | | {theirs:.2f} | {ours:.2f} |"]


def group_table(compared: Sequence[Beside]) -> list[str]:
    """Write errors by group, and those of all, as the lines of a table in Markdown."""
    unseen = [one for one in compared if not one.level.is_fitted]
    dense = [one for one in unseen if one.level.model.experts == 1]
    lines = [
        "| source | accelerator | model | rows | geometric mean, ours over theirs | median error |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    groups = {" | ".join(key): errors for key, errors in by_group(compared).items()}
    for most in (1, 2, 4, 8):
        some = [one for one in dense if one.level.accelerators == most]
        groups[f"dense, on {most} accelerator{'s' * (most > 1)} | any | any"] = Errors.of(some)
    groups["all | any | any"] = Errors.of(unseen)
    return lines + [
        f"| {name} | {one.rows} | {one.geometric_mean:.2f} | {100 * one.median_error:.0f}% |"
        for name, one in groups.items()
    ]


def row_table(compared: Sequence[Beside]) -> list[str]:
    """Write every row as a line of a table in Markdown."""
    lines = [
        "| source | accelerator | model, bits | what | published | ours | error |",
        "| --- | --- | --- | --- | ---: | ---: | ---: |",
    ]
    for one in compared:
        level = one.level
        lines.append(
            f"| {level.source} | {level.accelerators} x {level.accelerator} | {level.model.name}, "
            f"{level.weight_bits:g} | {_what(level)} | {level.tok_per_s:,.0f} | "
            f"{one.tok_per_s:,.0f} | {100 * math.expm1(one.log_ratio):+.0f}% |"
        )
    return lines


def cost_table(compared: Sequence[Beside]) -> list[str]:
    """Write published costs beside ours as the lines of a table in Markdown."""
    lines = [
        "| source | what | rent | published, USD per Mtok | ours | error |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for one in compared:
        theirs, ours = one.level.usd_per_mtok, one.usd_per_mtok
        if theirs is not None and ours is not None:
            lines.append(
                f"| {one.level.source} | {one.level.model.name}, {_what(one.level)} | "
                f"{one.level.rent_usd_per_hour:.2f} | {theirs:.3f} | {ours:.3f} | "
                f"{100 * (ours / theirs - 1.0):+.0f}% |"
            )
    return lines


def _what(level: ServingLevel) -> str:
    many = "" if level.batch is None else f", {level.batch:,.0f} at once"
    if level.output_tokens is not None:
        return f"{level.input_tokens:,.0f} in, {level.output_tokens:,.0f} out{many}"
    what = "prompts of" if level.phase == "prefill" else "output at a context of"
    return f"{what} {level.input_tokens:,.0f}{many}"


if __name__ == "__main__":
    found = beside_published()
    tables = (group_table, cost_table, pair_table, row_table)
    sys.stdout.write("\n\n".join("\n".join(table(found)) for table in tables) + "\n")

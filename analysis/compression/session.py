"""A session: measure what a grid asks for and the table does not have, row by row."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.compression.benches import Benches, device_of
from analysis.compression.configuration import Configuration
from analysis.compression.errors import CalibrationError, MethodNotAllowed
from analysis.compression.grid import ModelPlan
from analysis.compression.measured_rows import MeasuredRow, rows_so_far, write_rows
from analysis.compression.measures.memory import (
    PeakMemory,
    bytes_in_memory,
    bytes_on_disk,
    enough_memory,
)
from analysis.compression.measures.quality import Quality
from analysis.compression.provenance import Provenance, environment, library_version
from analysis.compression.registry import model_entry
from analysis.compression.setting import Setting
from analysis.compression.storage import ORIGINAL_BITS
from analysis.compression.texts import Texts
from analysis.compression.workbench import Compressed, Workbench

HARNESS = "3"
"""Version of how rows are measured; it is part of their identity, so raise it when that changes."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A configuration that a model's layers do not allow, and why."""

    model: str
    configuration: str
    reason: str


@dataclass(frozen=True, slots=True)
class SessionProgress:
    """How far a session is: what is counted, how many of them are done, what is being done."""

    counted: str
    done: int
    planned: int
    doing: str


@dataclass(frozen=True, slots=True)
class SessionResult:
    """What a session leaves: the whole table, rows measured now, and what was refused."""

    rows: tuple[MeasuredRow, ...]
    measured_now: int
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class _Todo:
    plan: ModelPlan
    configuration: Configuration
    task: str
    run_id: str


_DECIDING = ("torch", "transformers", "tokenizers", "numpy", "scipy")
"""Libraries whose version may change what is measured."""


def run_id(
    plan: ModelPlan,
    configuration: Configuration,
    task: str,
    texts: Texts,
    setting: Setting,
    weights_sha256: str,
) -> str:
    """Return the identity of a row: a hash of all that decides what is measured.

    The weights are part of it, for what is trained here comes out otherwise on another processor;
    so are the documents as they were cleaned, and the libraries.
    """
    measured = plan.measured
    said = "|".join(
        (
            HARNESS,
            measured.model,
            task,
            configuration.name,
            texts.content_sha256,
            weights_sha256,
            *(library_version(name) for name in _DECIDING),
            str(measured.tokens),
            str(measured.calibration_tokens),
            str(measured.recovery_tokens) if "_recovered" in configuration.name else "",
            str(setting.seed),
            *([f"draw {measured.draw}"] if measured.draw else []),
            device_of(measured.model, setting),
        )
    )
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def measure_grid(
    plans: Sequence[ModelPlan],
    benches: Benches,
    out: Path,
    command: str,
    report: Callable[[SessionProgress], None],
) -> SessionResult:
    """Measure the quality, bytes and cost of every configuration that the table has no row of.

    The table is written anew after every row, in one step, so that whatever ends a session loses
    at most the row under way. Speeds are measured afterwards, by
    `analysis.compression.speeds.measure_speeds`.

    Parameters
    ----------
    plans
        The grid.
    benches
        Opens the models, with the texts that they are measured on.
    out
        The table; rows that it has are not measured again.
    command
        The command, for the record.
    report
        Called with how far it is.

    Raises
    ------
    CalibrationError
        A model cannot be had or does not fit in memory, or the table cannot be written.
    """
    texts, setting = benches.texts, benches.setting
    rows = rows_so_far(out)
    known = {row.run_id for row in rows}
    provenance = Provenance(runs_file(out))
    here = environment(command, setting.seed, setting.threads, setting.device)
    planned_rows = list(_todo(plans, benches))
    _refuse_other_settings(rows, planned_rows, out)
    todo = [one for one in planned_rows if one.run_id not in known]
    planned = len(todo)
    refusals: list[Refusal] = []
    done = measured_now = 0
    for bench, group in _by_model(todo, benches):
        for configuration, wanted in group.items():
            report(
                SessionProgress("rows", done, planned, f"{bench.entry.name} {configuration.name}")
            )
            try:
                fresh = measure(bench, configuration, wanted)
            except MethodNotAllowed as refused:
                refusals.append(Refusal(bench.entry.name, configuration.name, str(refused)))
                done += len(wanted)
                continue
            rows += fresh
            done += len(wanted)
            measured_now += len(fresh)
            _note(provenance, here, bench, texts, fresh)
            provenance.write()  # before the rows: a record without a row harms nobody
            write_rows(out, rows)
    report(SessionProgress("rows", done, planned, "done"))
    return SessionResult(tuple(rows), measured_now, tuple(refusals))


def _refuse_other_settings(rows: Sequence[MeasuredRow], wanted: Sequence[_Todo], out: Path) -> None:
    """Refuse a table that holds what is wanted, measured otherwise: the curves would use both."""
    known = {(row.model, row.task, row.draw, row.method, row.strength): row.run_id for row in rows}
    for one in wanted:
        what = one.configuration
        of = one.plan.measured
        key = (of.model, one.task, of.draw, what.method, what.strength)
        if known.get(key, one.run_id) != one.run_id:
            raise CalibrationError(
                f"{out}: holds {key[0]} {what.name}, measured with other weights, libraries, text, "
                "number of tokens, seed, device or version of pricewar.  Name another table with "
                "--out, or move this one away."
            )


def runs_file(table: Path) -> Path:
    """Return the file beside a table, ``..._runs.json``, that says where its rows come from."""
    return table.with_name(f"{table.stem.removesuffix('_measured')}_runs.json")


def measure(
    bench: Workbench, configuration: Configuration, run_ids: Mapping[str, str]
) -> list[MeasuredRow]:
    """Compress a model and measure it on tasks: a row for each, without speeds yet.

    Parameters
    ----------
    bench
        The model.
    configuration
        What to do to it.
    run_ids
        Identity of the row, by the name of the task.

    Raises
    ------
    MethodNotAllowed
        The model's layers do not allow it.
    """
    fresh = []
    with PeakMemory() as memory, enough_memory(f"{bench.entry.name} {configuration.name}"):
        begin = time.process_time()
        compressed = bench.compress(configuration)
        compressing = time.process_time() - begin
        for task in bench.tasks:
            if task.name in run_ids:
                begin = time.process_time()
                quality = bench.quality(task, compressed.subject)
                seconds = compressing + time.process_time() - begin
                fresh.append((task.name, quality, seconds))
    return [
        _row(bench, configuration, compressed, run_ids[name], name, quality, seconds, memory)
        for name, quality, seconds in fresh
    ]


def _todo(plans: Sequence[ModelPlan], benches: Benches) -> Iterator[_Todo]:
    for plan in plans:
        weights = _weights_sha256(plan, benches)
        for configuration in plan.configurations:
            for task in model_entry(plan.measured.model).tasks:
                identity = run_id(
                    plan, configuration, task, benches.texts, benches.setting, weights
                )
                yield _Todo(plan, configuration, task, identity)


def _weights_sha256(plan: ModelPlan, benches: Benches) -> str:
    """Return the digest of a model's weights; what is trained here is trained for it if need be."""
    package = model_entry(plan.measured.model).package
    if package is not None:
        return "".join(package.files.values())
    return str(benches.open(plan.measured).origin["weights_sha256"])


def _by_model(
    todo: Sequence[_Todo], benches: Benches
) -> Iterator[tuple[Workbench, dict[Configuration, dict[str, str]]]]:
    """Open one workbench after another, each with what is to be measured on it."""
    plans = {id(one.plan): one.plan for one in todo}
    for key, plan in plans.items():
        group: dict[Configuration, dict[str, str]] = {}
        for one in todo:
            if id(one.plan) == key:
                group.setdefault(one.configuration, {})[one.task] = one.run_id
        yield benches.open(plan.measured), group


def _row(
    bench: Workbench,
    configuration: Configuration,
    compressed: Compressed,
    identity: str,
    task: str,
    quality: Quality,
    seconds: float,
    memory: PeakMemory,
) -> MeasuredRow:
    return MeasuredRow(
        run_id=identity,
        model=bench.entry.name,
        parameters=float(bench.base.parameters),
        task=task,
        draw=bench.draw,
        family=configuration.family,
        methods=tuple(part.name for part in configuration.parts),
        strengths=tuple(part.strength for part in configuration.parts),
        weight_bits=compressed.bits_w,
        activation_bits=compressed.bits_a,
        cache_bits=compressed.bits_cache if compressed.bits_cache < ORIGINAL_BITS else None,
        sparsity_share=compressed.sparsity,
        rank_share=next(iter(configuration.settings("rank_share")), None),
        student_share=next(iter(configuration.settings("student_share")), None),
        recovery_tokens=float(compressed.training.tokens),
        keep_bytes_share=compressed.keep_bytes,
        keep_flops_share=compressed.keep_flops,
        bytes_disk=float(bytes_on_disk(compressed.subject)),
        bytes_memory=float(bytes_in_memory(compressed.subject)),
        quality_metric=quality.metric,
        quality_base=quality.base,
        quality_compressed=quality.value,
        quality_compressed_se=_known(quality.value_se),
        delta_nll_nats=_known(quality.delta_nll),
        delta_nll_se_nats=_known(quality.delta_nll_se),
        kl_nats=_known(quality.kl_nats),
        top1_agreement_share=quality.top1_agreement,
        further=" ".join(f"{name}={value:.4g}" for name, value in quality.further.items()),
        prefill_tok_per_s=None,
        decode_tok_per_s=None,
        prefill_base_tok_per_s=None,
        decode_base_tok_per_s=None,
        speed_kind="",
        speed_engine="",
        speed_spread=None,
        energy_proxy_j_per_tok=None,
        peak_memory_mb=memory.peak_bytes / 1e6,
        cpu_seconds=seconds,
        cost_cpu_seconds=compressed.cost_cpu_seconds,
        cost_tokens=float(compressed.cost_tokens),
    )


def _known(value: float) -> float | None:
    """Return a measure; None for "not a number", such as the standard error of a single text."""
    return None if math.isnan(value) else value


def _note(
    provenance: Provenance,
    here: Mapping[str, Any],
    bench: Workbench,
    texts: Texts,
    rows: Sequence[MeasuredRow],
) -> None:
    key = provenance.note_environment(here)
    provenance.note("models", bench.entry.name, bench.origin)
    provenance.note("texts", texts.name, texts.origin)
    for row in rows:
        provenance.parts["runs"][row.run_id] = {
            "environment": key,
            "model": bench.entry.name,
            "text": bench.text or texts.name,
            "items": bench.items[row.task],
            "calibration_tokens": bench.calibration_tokens,
            **({"draw": bench.draw} if bench.draw else {}),
        }

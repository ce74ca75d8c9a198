"""The speed pass: fills in how fast each row's model runs, measured where there is a kernel.

It comes after quality, in one go and on one thread, so that all formats of a model are measured by
turns on a machine that does nothing else. Three kinds of rows:

- formats that an engine has kernels for (GGUF on llama.cpp, 8-bit on onnxruntime): measured there;
- smaller matrices (layers, heads, neurons, factors, students): measured in torch in 32 bits, in
  turns with the original;
- everything else has no kernel on this processor: derived from bytes and multiply-adds by the
  roofline of `analysis.compression.measures.roofline`, and marked so.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from torch import nn
from transformers import LlamaForCausalLM

from analysis.compression.benches import Benches
from analysis.compression.configuration import Configuration, configuration
from analysis.compression.grid import ModelPlan
from analysis.compression.measured_rows import MeasuredRow, rows_so_far, write_rows
from analysis.compression.measures import llama_cpp, onnx_encoder, torch_speed
from analysis.compression.measures.energy import energy_proxy_j
from analysis.compression.measures.roofline import MeasuredRoofline, derived_speed, fit_roofline
from analysis.compression.measures.timing import Speed
from analysis.compression.methods.onnx_int8 import ONNX_INT8
from analysis.compression.session import SessionProgress
from analysis.compression.subject import Batch
from analysis.compression.workbench import Workbench
from sim.compression.groups import RECOVERED

DENSE_FORMATS = ("f32", "f16", "q8_0")
"""Formats whose kernels unpack nothing, or next to nothing: the roofline is fitted on them."""
MODELS_AT_A_TIME = 4
"""Compressed models that are in memory together while they are timed by turns."""
_Key = tuple[str, str]
"""A configuration: its method and its strength."""
_ORIGINAL: _Key = ("", "")
_STRUCTURE = frozenset({"neurons", "heads", "layers", "svd", "svd_whitened"})


def measure_speeds(
    out: Path,
    plans: Sequence[ModelPlan],
    benches: Benches,
    repeats: int,
    report: Callable[[SessionProgress], None],
) -> tuple[MeasuredRow, ...]:
    """Fill in the speed of every row that has none, model by model; returns the whole table.

    Parameters
    ----------
    out
        The table, which is written anew after each model.
    plans
        The grid.
    benches
        As for `analysis.compression.session.measure_grid`.
    repeats
        Times that each format is measured.
    report
        Called with how far it is.
    """
    rows = rows_so_far(out)
    # What the cache's bits save in time grows with the context: our short ones do not show it.
    bare = [row for row in rows if not row.speed_kind and row.cache_bits is None]
    done = 0
    for plan in plans:
        mine = [row for row in bare if row.model == plan.measured.model]
        if not mine:
            continue
        report(SessionProgress("speeds", done, len(bare), plan.measured.model))
        bench = benches.open(plan.measured, device="cpu")
        bench.forget_answers()
        speeds = _speeds(bench, mine, repeats)
        timed = {
            row.run_id: _with_speed(row, speeds[row.method, row.strength], bench) for row in mine
        }
        rows = [timed.get(row.run_id, row) for row in rows]
        write_rows(out, rows)
        done += len(mine)
    report(SessionProgress("speeds", done, len(bare), "done"))
    return tuple(rows)


def _speeds(bench: Workbench, rows: Sequence[MeasuredRow], repeats: int) -> dict[_Key, Speed]:
    """Return the speed of each configuration, by its method and strength."""
    wanted = {(row.method, row.strength): row for row in rows}
    measured, roofline = _measured_on_engines(bench, set(wanted), repeats)
    base = next(iter(measured.values()), None)
    structure = {key: _configuration(*key) for key in wanted if key not in measured}
    measured |= _in_torch(
        bench, {key: what for key, what in structure.items() if _is_structure(what)}, repeats
    )
    if base is None:
        base = next(iter(measured.values()), None) or _original_in_torch(bench, repeats)
    bytes_base = _bytes_base(bench)
    for key, row in wanted.items():
        if key not in measured:
            measured[key] = derived_speed(
                roofline,
                base,
                bytes_base=bytes_base,
                bytes_read=row.bytes_disk or bytes_base,
                keep_multiply_adds=_keep_multiply_adds(bench, row),
            )
    return measured


def _measured_on_engines(
    bench: Workbench, wanted: set[_Key], repeats: int
) -> tuple[dict[_Key, Speed], MeasuredRoofline | None]:
    if bench.entry.name == "smollm2-135m":
        return _on_llama_cpp(bench, wanted, repeats)
    if (ONNX_INT8, "8") in wanted:
        return _on_onnxruntime(bench, repeats), None
    return {}, None


def _on_llama_cpp(
    bench: Workbench, wanted: set[_Key], repeats: int
) -> tuple[dict[_Key, Speed], MeasuredRoofline]:
    from analysis.compression.gguf_files.layout import FORMATS
    from analysis.compression.gguf_files.writing import write_gguf
    from analysis.compression.subjects.smollm2 import smollm2_file

    names = {f"gguf_{kind}": key for key in wanted for kind in FORMATS if key[0] == f"gguf_{kind}"}
    kinds = [kind for kind in FORMATS if kind in DENSE_FORMATS or f"gguf_{kind}" in names]
    with tempfile.TemporaryDirectory() as folder:
        files = {
            kind: write_gguf(
                cast("LlamaForCausalLM", bench.base.model),
                Path(folder) / f"{kind}.gguf",
                kind,
                smollm2_file(),
            )
            for kind in kinds
        }
        speeds = llama_cpp.measure_speeds(
            {kind: file.path for kind, file in files.items()}, "f16", repeats
        )
    rated: dict[str, tuple[float, float]] = {
        kind: (float(file.bytes_per_decoded_token), speeds[kind].decode_tok_per_s or 0.0)
        for kind, file in files.items()
    }
    dense = {kind: rated.pop(kind) for kind in DENSE_FORMATS}
    roofline = fit_roofline(
        {kind: size for kind, (size, _) in dense.items()},
        {kind: rate for kind, (_, rate) in dense.items()},
        llama_cpp.engine_name(),
        rated,
    )
    named = {key: speeds[name.removeprefix("gguf_")] for name, key in names.items()}
    return named, roofline


def _on_onnxruntime(bench: Workbench, repeats: int) -> dict[_Key, Speed]:
    batch, items = _one_batch(bench)
    with tempfile.TemporaryDirectory() as folder:
        plain = onnx_encoder.export_onnx(bench.base.model, Path(folder) / "float32.onnx")  # type: ignore[arg-type]
        packed = onnx_encoder.quantise_dynamic(plain, Path(folder) / "int8.onnx")
        speeds = onnx_encoder.measure_speeds(
            {"float32": plain, "int8": packed}, "float32", batch, items, repeats
        )
    return {(ONNX_INT8, "8"): speeds["int8"]}


def _in_torch(
    bench: Workbench, wanted: Mapping[_Key, Configuration], repeats: int
) -> dict[_Key, Speed]:
    """Measure configurations, some at a time, in turns with the original."""
    found: dict[_Key, Speed] = {}
    keys = list(wanted)
    for start in range(0, len(keys), MODELS_AT_A_TIME):
        some = keys[start : start + MODELS_AT_A_TIME]
        models = {key: bench.compress(wanted[key]).subject.model for key in some}
        found |= _models_in_torch(bench, {_ORIGINAL: bench.base.model, **models}, repeats)
    found.pop(_ORIGINAL, None)
    return found


def _original_in_torch(bench: Workbench, repeats: int) -> Speed:
    return _models_in_torch(bench, {_ORIGINAL: bench.base.model}, repeats)[_ORIGINAL]


def _models_in_torch(
    bench: Workbench, models: Mapping[_Key, nn.Module], repeats: int
) -> dict[_Key, Speed]:
    if bench.writes_text:
        language = cast("Mapping[_Key, LlamaForCausalLM]", models)
        return torch_speed.measure_speeds(language, _ORIGINAL, repeats)
    batch, items = _one_batch(bench)
    return torch_speed.measure_forward_speeds(models, _ORIGINAL, batch, items, repeats)


def _one_batch(bench: Workbench) -> tuple[Batch, int]:
    """Return a batch of calibration inputs and the tokens (or images) in it."""
    batch = next(bench.base.calibration())
    inputs = batch["input_ids"] if "input_ids" in batch else batch["input"][:, 0, 0, 0]
    return batch, inputs.numel()


def _configuration(method: str, strength: str) -> Configuration:
    parts = zip(method.split("+"), strength.split("+"), strict=True)
    return configuration("+".join(f"{name}:{amount}" for name, amount in parts))


def _is_structure(what: Configuration) -> bool:
    """Whether only matrices became smaller, which dense kernels run as they are."""
    return all(
        part.is_student or part.name.removesuffix(RECOVERED) in _STRUCTURE for part in what.parts
    )


def _bytes_base(bench: Workbench) -> float:
    from analysis.compression.measures.memory import bytes_on_disk

    return float(bytes_on_disk(bench.base))


def _keep_multiply_adds(bench: Workbench, row: MeasuredRow) -> float:
    """Return the share of the whole model's multiply-adds that is left, its head included.

    Two of four zeros, which some accelerators skip, are multiplied by a processor like any number.
    """
    blocks = sum(one.multiply_adds for one in bench.base.storage.values())
    head = getattr(bench.base.model, "lm_head", None)
    other = 0.0 if head is None else float(head.weight.numel())
    kept = 1.0 if "two_of_four" in row.method else row.keep_flops_share
    return (kept * blocks + other) / (blocks + other)


def _with_speed(row: MeasuredRow, speed: Speed, bench: Workbench) -> MeasuredRow:
    rate = speed.decode_tok_per_s
    energy: float | None = None
    if bench.writes_text:
        if rate is not None and row.bytes_disk is not None:
            energy = energy_proxy_j(1.0 / rate, row.bytes_disk)
    else:  # a model that only reads: its weights serve a whole batch
        _, items = _one_batch(bench)
        energy = energy_proxy_j(1.0 / speed.prefill_tok_per_s, (row.bytes_disk or 0.0) / items)
    return replace(
        row,
        prefill_tok_per_s=speed.prefill_tok_per_s,
        decode_tok_per_s=speed.decode_tok_per_s,
        prefill_base_tok_per_s=speed.prefill_base_tok_per_s,
        decode_base_tok_per_s=speed.decode_base_tok_per_s,
        speed_kind=speed.kind,
        speed_engine=speed.engine,
        speed_spread=speed.spread,
        energy_proxy_j_per_tok=energy,
    )

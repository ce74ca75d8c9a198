"""Measurements made up from known curves, to see whether the fit finds them. They are no data."""

import math

import numpy as np

from analysis.compression.measured_rows import MeasuredRow
from sim.compression.groups import CACHE, METHODS, ORIGINAL_BITS, curve_position

SHAPES = {
    "quantization": 1.4,
    "scattered": 2.6,
    "structured": 1.1,
    "low_rank": 0.9,
    "distillation": 1.2,
    CACHE: 1.6,
}
OFFSETS = {
    "gptq_per_group": 0.0,
    "uniform_per_group": 0.5,
    "uniform_per_channel": 1.1,
    "nf4": 0.3,
    "activation_aware": 0.0,
    "magnitude": 1.2,
    "two_of_four_activation_aware": 0.9,
    "layers": 0.0,
    "neurons": -0.3,
    "svd_whitened": 0.0,
    "svd": 0.5,
    "distilled_width": 0.0,
    "distilled_layers": 0.2,
    "cache_per_block": 0.0,
    "cache_per_token": 0.4,
}
LEVELS = {
    "quantization": 4.0,
    "scattered": -0.7,
    "structured": 0.7,
    "low_rank": 0.4,
    "distillation": -0.5,
    CACHE: 5.0,
}
"""ln nats at x = 0 of the made-up models; the second lies a little higher."""
STACKING = 0.95
COST_CPU_SECONDS, READING_TOK_PER_S = 20.0, 500.0
MODELS = {"made-up-large": 135e6, "made-up-small": 3e6}
BITS = (8.0, 6.0, 5.0, 4.0, 3.0)
SHARES = (0.2, 0.3, 0.5, 0.6)


def keep_bytes(method: str, strength: float) -> float:
    group = METHODS[method].group
    if group == "quantization":
        return strength / 16.0 + (16.0 + strength) / 1024.0
    if group == CACHE:
        return 1.0
    if group == "scattered":
        return 1.0 - strength + 1.0 / 16.0
    return 1.0 - strength if group == "structured" else strength


def strengths(method: str) -> tuple[float, ...]:
    if method == "nf4":
        return (4.0,)
    if method.startswith("two_of_four"):
        return (0.5,)
    return BITS if METHODS[method].group in ("quantization", CACHE) else SHARES


def cache_bits(parts: list[tuple[str, float]]) -> float | None:
    return next((bits + 0.5 for name, bits in parts if METHODS[name].group == CACHE), None)


def made_row(model: str, parts: list[tuple[str, float]], nats: float, error: float) -> MeasuredRow:
    methods, values = zip(*parts, strict=True)
    left = math.prod(keep_bytes(*part) for part in parts)
    return MeasuredRow(
        run_id=f"{model}/{parts}",
        model=model,
        parameters=MODELS[model],
        task="language",
        draw=0,
        family="stack" if len(parts) > 1 else METHODS[methods[0]].family,
        methods=methods,
        strengths=values,
        weight_bits=None,
        activation_bits=None,
        cache_bits=cache_bits(parts),
        sparsity_share=None,
        rank_share=None,
        student_share=None,
        recovery_tokens=0.0,
        keep_bytes_share=left,
        keep_flops_share=1.0,
        bytes_disk=None,
        bytes_memory=None,
        quality_metric="perplexity",
        quality_base=30.0,
        quality_compressed=30.0 * math.exp(nats),
        quality_compressed_se=None,
        delta_nll_nats=nats,
        delta_nll_se_nats=error,
        kl_nats=None,
        top1_agreement_share=None,
        further="",
        prefill_tok_per_s=None,
        decode_tok_per_s=None,
        prefill_base_tok_per_s=READING_TOK_PER_S,
        decode_base_tok_per_s=None,
        speed_kind="",
        speed_engine="made-up",
        speed_spread=None,
        energy_proxy_j_per_tok=None,
        peak_memory_mb=None,
        cpu_seconds=None,
        cost_cpu_seconds=COST_CPU_SECONDS,
        cost_tokens=None,
    )


def made_rows(seed: int = 1, scatter: float = 0.1, error: float = 0.003) -> list[MeasuredRow]:
    """Make measurements of two models from the curves above, with scatter and error."""
    generator = np.random.default_rng(seed)
    found: dict[tuple[str, str, float], float] = {}
    rows = []

    def measure(index: int, model: str, method: str) -> None:
        group = METHODS[method].group
        for strength in strengths(method):
            bits = cache_bits([(method, strength)])
            left = keep_bytes(method, strength) if bits is None else bits / ORIGINAL_BITS
            x = curve_position(group, strength, left)
            log_nats = LEVELS[group] + 0.4 * index + OFFSETS[method] + SHAPES[group] * x
            nats = math.exp(log_nats + scatter * generator.standard_normal())
            nats += error * generator.standard_normal()
            found[model, method, strength] = nats
            rows.append(made_row(model, [(method, strength)], nats, error))

    of_cache = [method for method in OFFSETS if METHODS[method].group == CACHE]
    for index, model in enumerate(MODELS):
        for method in OFFSETS:
            if method not in of_cache:
                measure(index, model, method)
        for strength in (0.2, 0.3, 0.5):
            for bits in (4.0, 3.0):
                parts = [("activation_aware", strength), ("gptq_per_group", bits)]
                total = sum(found[(model, *part)] for part in parts)
                nats = STACKING * total * math.exp(scatter * generator.standard_normal())
                rows.append(made_row(model, parts, nats, error))
    for index, model in enumerate(MODELS):
        for method in of_cache:
            measure(index, model, method)
    return rows

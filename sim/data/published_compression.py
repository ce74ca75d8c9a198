"""Published measurements of compressed language models: ``compression_published.csv``."""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import TABLES, Row, read_table

PUBLISHED = TABLES / "compression_published.csv"

_ORIGINAL_BITS = 16.0
_MASK_BITS = 1.0
_FAMILIES = frozenset({"quantization", "pruning", "low_rank", "distillation", "combo", "cache"})
_ACCURACIES = frozenset(
    {
        "arc_c_25",
        "avg_mmlu_ceval_ifeval",
        "glue_dev_squad2_avg",
        "gsm8k_5",
        "hellaswag_10",
        "lambada_openai_acc_pct (FP32 base)",
        "mmlu",
        "mmlu_5pct_sample",
        "mmlu_5shot",
        "mmlu_retention_pct",
        "openllm_v1_avg",
        "winogrande_5",
        "zeroshot_avg5",
        "zeroshot_avg6",
        "zeroshot_avg7",
    }
)
_POOLED = {
    "AWQ 4-bit": ("AWQ-Int4", "INT4-AWQ", "INT4-AWQ ONNX", "INT4-AWQ-W4A16"),
    "GPTQ 4-bit": ("GPTQ-Int4", "GPTQ-w4g128", "W4A16-INT4 GPTQ", "WOQ-INT4-GPTQ"),
    "INT8 weights": ("GPTQ-Int8", "W8A16-INT8 GPTQ", "WOQ-INT8"),
    "INT8 weights and activations": (
        "INT8-SmoothQuant",
        "SmoothQuant-INT8",
        "SmoothQuant-W8A8",
        "W8A8-INT8 (llm-compressor)",
    ),
}
_POOL_OF = {spelling: pool for pool, spellings in _POOLED.items() for spelling in spellings}


def pooled_method(method: str) -> str:
    """Return the one name that all spellings of a method go by."""
    return _POOL_OF.get(method, method.replace("(<Q6_K)", ""))


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One measurement of one compressed model.

    Attributes
    ----------
    weight_bits, activation_bits, cache_bits
        Bits after compression, scales included, of weights, activations and a number of the KV
        cache; None where the source does not say, of the cache also where it is left alone.
    sparsity_share
        Share of the weights (or parameters) removed.
    size_ratio
        Size before over size after, where the source prints it.
    quality_metric, quality_base, quality_compressed
        The measure and its value before and after; None where the row is about speed.
    training_tokens, training_accelerator_hours
        What a distilled model was trained on, and how long, where the source says.
    weak
        The row rests on secondary evidence or was read off a plot.
    """

    model: str
    parameters_billion: float | None
    method: str
    family: str
    weight_bits: float | None
    activation_bits: float | None
    cache_bits: float | None
    sparsity_share: float
    size_ratio: float | None
    speedup: float | None
    speedup_condition: str
    quality_metric: str
    quality_base: float | None
    quality_compressed: float | None
    training_tokens: float | None
    training_accelerator_hours: float | None
    weak: bool
    source: str

    @property
    def pooled_method(self) -> str:
        """The method under one name for all its spellings."""
        return pooled_method(self.method)

    @property
    def retention(self) -> float | None:
        """Share of accuracy retained, None where the row has no accuracy."""
        base, compressed = self.quality_base, self.quality_compressed
        if base is None or compressed is None or base == 0.0:
            return None
        return compressed / base if self.quality_metric in _ACCURACIES else None

    @property
    def nats(self) -> float | None:
        """Rise of the negative log-likelihood: ``ln(ppl / ppl0)``, None where the row has none."""
        base, compressed = self.quality_base, self.quality_compressed
        if base is None or compressed is None or base == 0.0:
            return None
        if "ppl" in self.quality_metric:
            return math.log(compressed / base)
        return compressed - base if self.quality_metric.startswith("val_loss") else None

    @property
    def keep_bytes_share(self) -> float | None:
        """Share of the 16-bit bytes that is left; a mask costs one bit per original weight."""
        if self.family in ("quantization", "combo"):
            if self.weight_bits is None:
                return None if self.size_ratio is None else 1.0 / self.size_ratio
            mask = _MASK_BITS if self.sparsity_share > 0.0 else 0.0
            bits = self.weight_bits * (1.0 - self.sparsity_share) + mask
            return bits / _ORIGINAL_BITS
        if self.size_ratio is not None:
            return 1.0 / self.size_ratio
        if self.family == "pruning" and "SliceGPT" not in self.method:
            return 1.0 - self.sparsity_share + _MASK_BITS / _ORIGINAL_BITS
        return None


def _published_row(row: Row) -> PublishedRow:
    metric = row.optional_text("quality_metric")
    base = row.optional_number("quality_base")
    compressed = row.optional_number("quality_compressed")
    if (base is None) != (compressed is None):
        raise row.error("quality_base and quality_compressed must be given together")
    if base is not None and not metric:
        raise row.error("a quality is given without its quality_metric")
    return PublishedRow(
        model=row.text("model"),
        parameters_billion=row.optional_number("params_b", low=1e-3),
        method=row.text("method"),
        family=row.choice("family", _FAMILIES),
        weight_bits=row.optional_number("bits_w", low=0.1, high=32.0),
        activation_bits=row.optional_number("bits_a", low=1.0, high=32.0),
        cache_bits=row.optional_number("bits_kv", low=1.0, high=32.0),
        sparsity_share=row.number("sparsity", high=0.99),
        size_ratio=row.optional_number("size_ratio", low=0.5, high=100.0),
        speedup=row.optional_number("speedup", high=1000.0),
        speedup_condition=row.optional_text("speedup_condition"),
        quality_metric=metric,
        quality_base=base,
        quality_compressed=compressed,
        training_tokens=row.optional_number("training_tokens", low=1.0),
        training_accelerator_hours=row.optional_number("training_accelerator_hours", low=1.0),
        weak=row.flag("weak"),
        source=row.text("source"),
    )


@cache
def published_rows(path: Path = PUBLISHED) -> tuple[PublishedRow, ...]:
    """Read every measurement, in the order of the table."""
    return read_table(path, _published_row)

"""Published measurements as losses on the compression curves.

Used are perplexities that rest on no secondary evidence; and, through the link, accuracies of
distilled models, of which no losses are printed. All are of decoders of at least 1e9 parameters
other than OPT and BLOOM, whose scant training leaves slack that later models lack (at 50% sparsity
OPT-175B loses nothing, Llama-2-70B 0.24 nats), with losses of 0.002 to 1.2 nats: below, printed
digits decide; above, models break down.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.link import LARGEST_NATS, mmlu_loss_logit
from sim.compression.groups import CACHE, ORIGINAL_BITS, curve_position
from sim.data.published_compression import PublishedRow

LEFT_OUT = ("BERT", "BLOOM", "OPT")
"""Families of models whose rows give no level."""

_MMLU_BASE = 0.7
"""Accuracy in MMLU that averages of benchmarks are taken to fall from."""
ACCURACY_ERROR_LOGIT = 0.0145
"""Standard error of such a loss: of MMLU's 14,042 questions, of which 70% were right, 5% change
sides, ``sqrt(0.05 * 14042) / 14042``; over the slope of MMLU's link there."""

_SMALLEST_BILLION = 1.0
_NARROW = frozenset({"lambada_openai_acc_pct (FP32 base)"})
"""Accuracies on so few questions that a small loss drowns in their noise."""
_SMALLEST_NATS = 0.002
_BLOCKS_OF_32 = frozenset({"ExLlamaV2 Q4 cache", "GGUF-Q8_0 cache"})
"""Caches in blocks of 32 numbers with one scale of 16 bits."""


@dataclass(frozen=True, slots=True)
class PublishedLoss:
    """A published loss as the curves take it.

    Attributes
    ----------
    published_class
        The kind of method.
    x
        Strength as the group's curve takes it.
    nats, error_nats
        Rise of the negative log-likelihood, and its standard error: 0 where it was printed, else
        that of the accuracy which it was derived from.
    """

    group: str
    published_class: str
    model: str
    method: str
    parameters_billion: float
    x: float
    nats: float
    error_nats: float

    @property
    def series(self) -> str:
        """The model's name without its size: ``Llama-2`` of ``Llama-2-70B``."""
        size = r"-(?:\d+x)?\d+(?:\.\d+)?[bm]\b|-(?:medium|large|xl)\b"
        return re.split(size, self.model, flags=re.I)[0]


def _quantised(row: PublishedRow) -> str:
    name = row.method
    classes: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("", lambda: row.activation_bits is not None and row.activation_bits < ORIGINAL_BITS),
        ("AQLM tuned", lambda: name.startswith("AQLM-PV")),
        ("AQLM", lambda: name.startswith("AQLM")),
        ("QTIP", lambda: name.startswith("QTIP")),
        ("nearest per channel", lambda: name.startswith("RTN") and "perchannel" in name),
        ("GPTQ per channel", lambda: name.startswith("GPTQ") and "perchannel" in name),
        ("GPTQ per group", lambda: name.startswith("GPTQ") and "g128" in name),
        ("AWQ per group", lambda: name.startswith("AWQ") and "g128" in name),
        ("AutoRound per group", lambda: name.startswith("AutoRound")),
        ("codebooks, weighted", lambda: name.startswith("GGUF-IQ")),
        ("k-quants, weighted", lambda: name.startswith("GGUF") and "imatrix" in name),
        ("nearest per group", lambda: name in {"GGUF-Q4_0", "GGUF-Q4_1", "GGUF-Q5_0", "GGUF-Q5_1"}),
        ("k-quants", lambda: name.startswith("GGUF")),
    )
    return next((label for label, holds in classes if holds()), "")


def _pruned(row: PublishedRow) -> tuple[str, str]:
    name = row.method
    for pruner in ("Wanda", "magnitude", "SparseGPT"):
        if name.startswith(pruner):
            pattern = next((p for p in ("2:4", "4:8") if p in name), "")
            return "scattered", f"{pruner} {pattern}".strip()
    kinds = {
        "BlockPruner": "blocks",
        "LLM-Pruner to": "LLM-Pruner",
        "SliceGPT to": "SliceGPT",
        "SliceGPT": "SliceGPT by slice",
    }
    kind = next((label for start, label in kinds.items() if name.startswith(start)), "")
    return ("structured", kind) if kind else ("", "")


def _classified(row: PublishedRow) -> tuple[str, str, float | None]:
    """Return group, class and share of bytes left; an empty class for a row that gives no level."""
    if row.family == "quantization":
        bits = row.weight_bits
        return "quantization", _quantised(row), None if bits is None else bits / ORIGINAL_BITS
    if row.family == "pruning":
        return *_pruned(row), 1.0 - row.sparsity_share
    if row.family == "low_rank":
        kind = row.method.partition(" ")[0]
        return "low_rank", "" if kind == "FWSVD" else kind, 1.0 - row.sparsity_share
    if row.family == "distillation":
        left = None if row.size_ratio is None else 1.0 / row.size_ratio
        return "distillation", "pruned and distilled", left
    if row.family == CACHE:
        bits = row.cache_bits
        kind = "cache in blocks of 32" if row.method in _BLOCKS_OF_32 else ""
        return CACHE, kind, None if bits is None else bits / ORIGINAL_BITS
    return "", "", None


def is_usable(row: PublishedRow) -> bool:
    """Return whether a row may give a level; see the module."""
    small = (row.parameters_billion or 0.0) < _SMALLEST_BILLION
    return not (row.weak or small or row.model.upper().startswith(LEFT_OUT))


def published_losses(
    rows: Sequence[PublishedRow], capability_per_nat: float
) -> tuple[PublishedLoss, ...]:
    """Turn published rows into losses on the curves, each measurement once."""
    found: dict[tuple[str, str, float], list[float]] = defaultdict(list)
    about: dict[tuple[str, str, float], tuple[str, str, float, float]] = {}
    for row in rows:
        group, kind, left = _classified(row)
        size = row.parameters_billion
        if not kind or left is None or size is None or not is_usable(row):
            continue
        nats, by_accuracy = row.nats, group == "distillation"
        if by_accuracy and row.retention is not None:
            nats = mmlu_loss_logit(_MMLU_BASE, _MMLU_BASE * row.retention) / capability_per_nat
        if nats is None or row.quality_metric in _NARROW:
            continue
        key = (row.model, f"{row.method} {kind}", curve_position(group, row.sparsity_share, left))
        found[key].append(nats)
        about[key] = (group, kind, size, ACCURACY_ERROR_LOGIT / capability_per_nat * by_accuracy)
    losses = []
    for (model, method, x), values in found.items():
        group, kind, size, error = about[model, method, x]
        nats = float(np.median(sorted(set(values))))
        if _SMALLEST_NATS <= nats <= LARGEST_NATS:
            losses.append(PublishedLoss(group, kind, model, method, size, x, nats, error))
    return tuple(losses)

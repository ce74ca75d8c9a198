"""Published measurements as losses on the compression curves.

Used are perplexities that rest on no secondary evidence; and, through the link, accuracies of
distilled models and of weights at 4 bits and below, the latter as classes of their own, so that
they tell how losses fall with size, and not how large they are. All are of decoders other than OPT
and BLOOM, whose scant training leaves slack that later models lack (at 50% sparsity OPT-175B loses
nothing, Llama-2-70B 0.24 nats), with losses of 0.002 to 1.2 nats: below, printed digits decide;
above, models break down.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.link import LARGEST_NATS
from sim.compression.groups import ORIGINAL_BITS, curve_position
from sim.data.published_compression import PublishedRow

LEFT_OUT = ("BERT", "BLOOM", "OPT")
"""Families of models whose rows give no level."""

ACCURACY_ERROR = 0.0027
"""Standard error of an accuracy retained: of MMLU's 14,042 questions, of which 70% were right, 5%
change sides; ``sqrt(0.05 * 14042) / 14042 / 0.7``."""

_BY_ACCURACY = " by accuracy"
_NARROW = frozenset({"lambada_openai_acc_pct (FP32 base)"})
"""Accuracies on so few questions that a small loss drowns in their noise."""
_SMALLEST_NATS = 0.002


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
        size = r"-\d+(?:\.\d+)?[bm]\b|-(?:medium|large|xl)\b"
        return re.split(size, self.model, flags=re.I)[0]


def _quantised(row: PublishedRow) -> str:
    name = row.method
    if row.retention is not None:
        kind = "AQLM" if name.startswith("AQLM") else row.pooled_method
        return f"{kind}{_BY_ACCURACY}" if kind in ("AQLM", "AWQ 4-bit", "GPTQ 4-bit") else ""
    classes: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("", lambda: row.activation_bits is not None and row.activation_bits < ORIGINAL_BITS),
        ("AQLM tuned", lambda: name.startswith("AQLM-PV")),
        ("AQLM", lambda: name.startswith("AQLM")),
        ("QTIP", lambda: name.startswith("QTIP")),
        ("nearest per channel", lambda: name.startswith("RTN") and "perchannel" in name),
        ("GPTQ per channel", lambda: name.startswith("GPTQ") and "perchannel" in name),
        ("GPTQ per group", lambda: name.startswith("GPTQ") and "g128" in name),
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
    return "", "", None


def is_usable(row: PublishedRow) -> bool:
    """Return whether a row may give a level; see the module."""
    return not row.weak and not row.model.upper().startswith(LEFT_OUT)


def published_losses(
    rows: Sequence[PublishedRow], retention_per_nat: float
) -> tuple[PublishedLoss, ...]:
    """Turn published rows into losses on the curves, each measurement once."""
    found: dict[tuple[str, str, float], list[float]] = defaultdict(list)
    about: dict[tuple[str, str, float], tuple[str, str, float, float]] = {}
    for row in rows:
        group, kind, left = _classified(row)
        size = row.parameters_billion
        if not kind or left is None or size is None or not is_usable(row):
            continue
        nats, by_accuracy = row.nats, group == "distillation" or kind.endswith(_BY_ACCURACY)
        if by_accuracy and row.retention is not None:
            nats = -math.log(row.retention) / retention_per_nat
        if nats is None or row.quality_metric in _NARROW:
            continue
        key = (row.model, f"{row.method} {kind}", curve_position(group, row.sparsity_share, left))
        found[key].append(nats)
        about[key] = (group, kind, size, ACCURACY_ERROR / retention_per_nat * by_accuracy)
    losses = []
    for (model, method, x), values in found.items():
        group, kind, size, error = about[model, method, x]
        nats = float(np.median(sorted(set(values))))
        if _SMALLEST_NATS <= nats <= LARGEST_NATS:
            losses.append(PublishedLoss(group, kind, model, method, size, x, nats, error))
    return tuple(losses)

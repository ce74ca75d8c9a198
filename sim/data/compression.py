"""What compression does to a model: recipes from published measurements.

A recipe summarises the rows of one method, those of models of like size counting most. Losses of
quality are brought to the capability scale in two steps:

1. Perplexity and loss become the rise of the negative log-likelihood (``ln(ppl / ppl0)`` or the
   difference), and accuracy retained ``r = exp(-0.18 rise)``: fitted to 15 paired results of 7 to
   14 billion parameter models, with an error of 0.055. Accuracies give r directly.
2. A model with 70% in MMLU is taken to fall to 70% r; the link of MMLU on the capability scale
   turns both into logits. A loss of 1% of accuracy is then 0.05 logit.

Neither step is measured beyond a rise of 1, and recipes beyond it are left out of `recipes`.
Left out of all are rows that rest on secondary evidence or were read off a plot, rows without a
quality, encoders (BERT), which generate no text, and OPT and BLOOM, whose few training tokens per
parameter leave slack that later models do not have (at 50% sparsity OPT-175B loses nothing,
Llama-2-70B 0.24 nats). A quality that is printed beside several speeds counts once.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.data.capabilities import capability_scale
from sim.data.compression_rows import (
    RETENTION_PER_NAT,
    PublishedRow,
    pooled_method,
    published_rows,
)
from sim.errors import DataError, UnknownName

__all__ = ["Recipe", "capability_loss_logit", "methods", "published_rows", "recipe", "recipes"]

BASE_ACCURACY = 0.70
LARGEST_RISE_NATS = 1.0
SIZE_WIDTH = math.log(4.0)
"""Width of the kernel in log model size: a row of four times the size counts 0.61."""

LEFT_OUT = ("BERT", "BLOOM", "OPT")
"""Families of models whose rows no recipe uses."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a method does to a model of some size, relative to the model at 16 bits.

    Attributes
    ----------
    keep_bytes_share, keep_flop_share
        Shares of the weights' bytes, and of the operations per token, that are left.
    capability_loss_logit
        Capability lost, at least 0.
    rows, parameters_billion
        How many measurements it rests on, and the median size of their models.
    """

    method: str
    family: str
    keep_bytes_share: float
    keep_flop_share: float
    capability_loss_logit: float
    rows: int
    parameters_billion: float
    source: str


def capability_loss_logit(retention: float) -> float:
    """Turn a share of accuracy retained into capability lost (step 2), at least 0."""
    link = capability_scale().links["MMLU"]

    def capability(accuracy: float) -> float:
        known = min(max((accuracy - link.floor) / (1.0 - link.floor), 0.01), 0.99)
        return (math.log(known / (1.0 - known)) - link.intercept) / link.slope

    return max(0.0, capability(BASE_ACCURACY) - capability(BASE_ACCURACY * retention))


@cache
def _rows_by_method() -> dict[str, tuple[tuple[PublishedRow, float, float, float], ...]]:
    """Rows that recipes may use, with size in billions, bytes left and retention, by method."""
    groups: dict[str, list[tuple[PublishedRow, float, float, float]]] = defaultdict(list)
    seen = set()
    for row in published_rows():
        size, left, retention = row.parameters_billion, row.keep_bytes_share, row.retention
        if row.weak or row.model.upper().startswith(LEFT_OUT):
            continue
        if size is None or left is None or retention is None or left >= 1.0:
            continue
        measurement = (row.pooled_method, row.model, row.quality_metric, left, retention)
        if measurement not in seen:
            seen.add(measurement)
            groups[row.pooled_method].append((row, size, left, retention))
    return {method: tuple(rows) for method, rows in sorted(groups.items())}


def methods() -> tuple[str, ...]:
    """List the methods that have a recipe, in alphabetical order."""
    return tuple(_rows_by_method())


@cache
def recipe(method: str, parameters_billion: float) -> Recipe:
    """Summarise one method for a model of a size by medians weighted by likeness of size.

    Parameters
    ----------
    method
        As in `methods`; the table's own spellings are accepted too.
    parameters_billion
        Size of the model to be compressed, in 1e9 parameters.

    Raises
    ------
    UnknownName
        No such method, or no usable row of it.
    DataError
        The size is not positive.
    """
    if not parameters_billion > 0.0:
        raise DataError(f"a model of {parameters_billion:g} billion parameters has no recipe")
    groups = _rows_by_method()
    name = pooled_method(method)
    if name not in groups:
        raise UnknownName("compression method", method, groups)
    rows = groups[name]
    distance = np.log([size / parameters_billion for _, size, _, _ in rows]) / SIZE_WIDTH
    # The nearest row has weight 1, so that sizes far from all rows do not underflow.
    weight = np.exp(-0.5 * (distance**2 - np.min(distance**2)))

    def median(values: list[float]) -> float:
        order = np.argsort(values, kind="stable")
        reached = np.cumsum(weight[order]) >= 0.5 * weight.sum()
        return float(values[order[int(np.argmax(reached))]])

    return Recipe(
        method=name,
        family=rows[0][0].family,
        keep_bytes_share=median([left for _, _, left, _ in rows]),
        keep_flop_share=median([row.keep_flop_share or 1.0 for row, *_ in rows]),
        capability_loss_logit=capability_loss_logit(median([kept for *_, kept in rows])),
        rows=len(rows),
        parameters_billion=median([size for _, size, _, _ in rows]),
        source="; ".join(dict.fromkeys(row.source for row, *_ in rows)),
    )


def recipes(parameters_billion: float) -> tuple[Recipe, ...]:
    """Recipes of all methods for a model of a size, but those that ruin it.

    A method whose loss at this size exceeds that of a rise of 1 nat is beyond what the conversion
    to capability was measured on, and of no use to a provider.
    """
    largest = capability_loss_logit(math.exp(-RETENTION_PER_NAT * LARGEST_RISE_NATS))
    every = (recipe(method, parameters_billion) for method in methods())
    return tuple(candidate for candidate in every if candidate.capability_loss_logit <= largest)

"""Quality of answers that are probabilities over a set of choices, of which one is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.compression.measures.bootstrap import ratio_standard_error, statistic_standard_error
from analysis.compression.measures.quality import Quality


def quality_of_choices(
    metric: str,
    original: Tensor,
    compressed: Tensor,
    right: Tensor,
    groups: Tensor,
    scores: tuple[Mapping[str, float], Mapping[str, float]],
    metric_of: Callable[[NDArray[np.int64]], float],
) -> Quality:
    """Compare a compressed model's choices with the original's.

    Parameters
    ----------
    metric
        Which of the scores is the task's metric.
    original, compressed
        Log-probabilities, shape (items, choices).
    right
        The right choice of each item, shape (items,).
    groups
        The document (or image) of each item, shape (items,); whole groups are resampled.
    scores
        Scores of the original and of the compressed model.
    metric_of
        The metric of the compressed model over some of the items, given by their numbers.
    """
    before, after = original.double(), compressed.double()
    rows = torch.arange(right.numel())
    rise = before[rows, right] - after[rows, right]
    group = torch.unique(groups, return_inverse=True)[1]
    sums = torch.zeros(int(group.max()) + 1, dtype=torch.double).index_add_(0, group, rise)
    counts = torch.bincount(group)
    divergence = torch.nn.functional.kl_div(after, before, reduction="batchmean", log_target=True)
    base, value = scores
    further = {name: score for name, score in value.items() if name != metric}
    return Quality(
        metric=metric,
        base=base[metric],
        value=value[metric],
        value_se=statistic_standard_error(groups.numpy(), metric_of),
        delta_nll=float(rise.mean()),
        delta_nll_se=ratio_standard_error(sums.numpy(), counts.numpy()),
        kl_nats=float(divergence),
        top1_agreement=float((before.argmax(-1) == after.argmax(-1)).double().mean()),
        items=right.numel(),
        further=further,
    )


def nll(log_probabilities: Tensor, right: Tensor) -> float:
    """Return the mean of ``-ln P(right choice)`` [nats]."""
    return float(torch.nn.functional.nll_loss(log_probabilities.double(), right))

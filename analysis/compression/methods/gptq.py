"""Quantisation that makes up for each rounding in the weights not yet rounded (GPTQ).

Columns are rounded one after another. Each leaves an error in the output; the columns that follow
move so as to cancel as much of it as the second moment of the inputs allows.

References
----------
.. [1] Frantar, E., Ashkboos, S., Hoefler, T., Alistarh, D. (2022). GPTQ: Accurate post-training
   quantization for generative pre-trained transformers. arXiv:2210.17323, algorithm 1.
.. [2] Frantar, E., Alistarh, D. (2023). SparseGPT. arXiv:2301.00774: weights that are zero count
   as rounded to zero.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from analysis.compression.methods.method import Method
from analysis.compression.methods.uniform import (
    GROUP,
    Grid,
    group_side_bits,
    whole_bits,
)
from analysis.compression.methods.weights import rows_of, store_quantised
from analysis.compression.subject import Subject

DAMPING = 0.01
"""Share of the moment's mean diagonal that is added to it, as in the paper."""


@torch.no_grad()
def per_group(subject: Subject, strength: float) -> None:
    """Round each group of 64 inputs of a row to ``2^bits`` levels, with error compensation."""
    bits = whole_bits(strength)
    for name in subject.targets:
        rows = rows_of(subject, name)
        rows.copy_(compensated(rows, subject.moments[name], bits))
        store_quantised(subject, name, bits, group_side_bits(rows, bits))


def compensated(rows: Tensor, moment: Tensor, bits: int) -> Tensor:
    """Return the rounded weights, shape (m, n).

    Parameters
    ----------
    rows
        Weights, shape (m, n); those that are exactly zero stay so.
    moment
        ``E x x'`` of the inputs, shape (n, n).
    bits
        Bits of a code; the grid of each group is fitted when its first column's turn comes.
    """
    left = rows.clone()
    kept = rows != 0
    result = torch.empty_like(rows)
    factor = inverse_factor(moment)
    for start in range(0, rows.shape[1], GROUP):
        columns = slice(start, min(start + GROUP, rows.shape[1]))
        # Transposed, so that each column of weights lies in one piece of memory.
        block = left[:, columns].T.contiguous()
        levels, errors = _block(block, kept[:, columns].T, factor[columns, columns], bits)
        result[:, columns] = levels.T
        left[:, columns.stop :] -= errors.T @ factor[columns, columns.stop :]
    return result


def _block(block: Tensor, kept: Tensor, factor: Tensor, bits: int) -> tuple[Tensor, Tensor]:
    """Round the columns of one group, here rows of shape (length, m); return levels and errors."""
    grid = Grid.asymmetric((block * kept).T, bits)
    grid = replace(grid, scale=grid.scale.squeeze(1), zero=grid.zero.squeeze(1))
    levels, errors = torch.empty_like(block), torch.empty_like(block)
    for column in range(block.shape[0]):
        levels[column] = grid.nearest(block[column]) * kept[column]
        errors[column] = (block[column] - levels[column]) / factor[column, column]
        block[column + 1 :].addr_(factor[column, column + 1 :], errors[column], alpha=-1.0)
    return levels, errors


def inverse_factor(moment: Tensor) -> Tensor:
    """Return the upper triangular U with ``U' U`` the inverse of the damped moment, (n, n)."""
    damped = moment.clone()
    damped.diagonal().add_(DAMPING * moment.diagonal().mean().clamp(min=1e-12))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped))
    upper: Tensor = torch.linalg.cholesky(inverse, upper=True)
    return upper


METHODS = (
    Method(
        "gptq_per_group",
        "quantization",
        "bits",
        2,
        8,
        per_group,
        needs_moments=True,
        reference="arXiv:2210.17323; groups of 64, damping 1%, columns in their order",
    ),
)

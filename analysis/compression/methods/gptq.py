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

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from analysis.compression.methods.method import MOMENTS, Method
from analysis.compression.methods.uniform import (
    GROUP,
    EvenLevels,
    group_side_bits,
    whole_bits,
)
from analysis.compression.methods.weights import rows_of, store_quantised
from analysis.compression.subject import Subject
from sim.compiled import compiled

Matrix = NDArray[np.float32]
DAMPING = 0.01
"""Share of the moment's mean diagonal that is added to it, as in the paper."""


@torch.no_grad()
def per_group(subject: Subject, strength: float) -> None:
    """Round each group of 64 inputs of a row to ``2^bits`` levels, with error compensation."""
    bits = whole_bits(strength)
    for names in _readers_of_one_input(subject):
        matrices = [rows_of(subject, name) for name in names]
        together = compensated(torch.cat(matrices), subject.moments[names[0]], bits)
        parts = together.split([len(rows) for rows in matrices])
        for name, rows, part in zip(names, matrices, parts, strict=True):
            rows.copy_(part)
            store_quantised(subject, name, bits, group_side_bits(rows, bits))


def _readers_of_one_input(subject: Subject) -> Iterable[list[str]]:
    """Group targets that share a moment: rows do not depend on each other, and go together."""
    readers: dict[int, list[str]] = defaultdict(list)
    for name in subject.targets:
        readers[id(subject.moments[name])].append(name)
    return readers.values()


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
    kept = (rows != 0).to(rows.dtype)
    result = torch.empty_like(rows)
    factor = inverse_factor(moment)
    for start in range(0, rows.shape[1], GROUP):
        columns = slice(start, min(start + GROUP, rows.shape[1]))
        grid = EvenLevels.asymmetric(left[:, columns] * kept[:, columns], bits)
        levels, errors = _rounded(
            left[:, columns], kept[:, columns], factor[columns, columns], grid
        )
        result[:, columns] = levels
        left[:, columns.stop :] -= errors @ factor[columns, columns.stop :]
    return result


def _rounded(
    weights: Tensor, kept: Tensor, factor: Tensor, grid: EvenLevels
) -> tuple[Tensor, Tensor]:
    """Round one group of columns, on the processor; return levels and errors, shape (m, length)."""
    errors, kept_here, factor_here, scale, zero = (
        np.array(part.cpu().numpy(), order="C")
        for part in (weights, kept, factor, grid.scale, grid.zero)
    )
    levels = np.empty_like(errors)
    round_group(errors, kept_here, factor_here, scale, zero, grid.highest, levels)
    return torch.from_numpy(levels).to(weights.device), torch.from_numpy(errors).to(weights.device)


@compiled  # calling no other compiled function: its cache looks at this file alone
def round_group(
    weights: Matrix,
    kept: Matrix,
    factor: Matrix,
    scale: Matrix,
    zero: Matrix,
    highest: int,
    levels: Matrix,
) -> None:
    """Round the columns of one group one after another.

    Parameters
    ----------
    weights
        Shape (m, length). On return each column holds its error over the factor's diagonal.
    kept
        0 where a weight must stay zero, else 1, shape (m, length).
    factor
        These columns of `inverse_factor`, shape (length, length).
    scale, zero
        Levels of each row, shape (m, 1), with codes from 0.
    highest
        The highest code.
    levels
        Is filled with the rounded weights, shape (m, length).
    """
    count, length = weights.shape
    lowest_code, highest_code = np.float32(0.0), np.float32(highest)
    for row in range(count):
        step, middle = scale[row, 0], zero[row, 0]
        for column in range(length):
            weight = weights[row, column]
            code = min(max(np.rint(weight / step) + middle, lowest_code), highest_code)
            level = (code - middle) * step * kept[row, column]
            error = (weight - level) / factor[column, column]
            for later in range(column + 1, length):
                weights[row, later] -= factor[column, later] * error
            levels[row, column] = level
            weights[row, column] = error


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
        needs=MOMENTS,
        reference="arXiv:2210.17323; groups of 64, damping 1%, columns in their order",
    ),
)

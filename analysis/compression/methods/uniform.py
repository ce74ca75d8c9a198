"""Quantisation to evenly spaced levels, a scale for each output row or for each group of inputs.

References
----------
.. [1] Jacob, B. et al. (2017). Quantization and training of neural networks for efficient
   integer-arithmetic-only inference. arXiv:1712.05877, equation 1.
.. [2] Frantar, E. et al. (2022). GPTQ. arXiv:2210.17323: groups along a row with a zero point.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from analysis.compression.methods.method import Method
from analysis.compression.methods.weights import rows_of, store_quantised
from analysis.compression.subject import Subject

GROUP = 64
"""Consecutive inputs of a row that share a scale."""
SCALE_BITS = 16.0
_SMALLEST_SCALE = 2.0**-24  # of a 16-bit float: a row of zeros has a scale too


@dataclass(frozen=True, slots=True)
class EvenLevels:
    """Evenly spaced levels ``scale * (code - zero)`` with whole codes from lowest to highest.

    Attributes
    ----------
    scale, zero
        Step between levels, and the code of the value 0; shapes broadcast against the weights.
    lowest, highest
        Codes at the ends.
    """

    scale: Tensor
    zero: Tensor
    lowest: int
    highest: int

    @classmethod
    def symmetric(cls, weights: Tensor, bits: int) -> EvenLevels:
        """Fit each row: the largest ``|w|`` gets the highest code, and 0 is the middle one."""
        highest = 2 ** (bits - 1) - 1
        scale = sixteen_bits(weights.abs().amax(-1, keepdim=True) / highest)
        return cls(scale, torch.zeros_like(scale), -highest, highest)

    @classmethod
    def asymmetric(cls, weights: Tensor, bits: int) -> EvenLevels:
        """Fit each row's range, widened to hold 0, which then is a level itself."""
        highest = 2**bits - 1
        low = weights.amin(-1, keepdim=True).clamp(max=0.0)
        high = weights.amax(-1, keepdim=True).clamp(min=0.0)
        scale = sixteen_bits((high - low) / highest)
        return cls(scale, torch.round(-low / scale).clamp(0, highest), 0, highest)

    def nearest(self, weights: Tensor) -> Tensor:
        """Return the level nearest to each weight."""
        codes = (torch.round(weights / self.scale) + self.zero).clamp(self.lowest, self.highest)
        return (codes - self.zero) * self.scale


def sixteen_bits(scale: Tensor) -> Tensor:
    """Round scales to the 16-bit floats that are stored."""
    return scale.half().float().clamp(min=_SMALLEST_SCALE)


def groups(rows: Tensor, size: int = GROUP) -> Iterator[Tensor]:
    """Return views of the rows, each with all groups of one length, shape (m, groups, length).

    First the whole groups together, then what is left at the end of the rows, if anything.
    """
    columns = rows.shape[1]
    whole = columns - columns % size
    if whole:
        yield rows[:, :whole].view(rows.shape[0], -1, size)
    if whole < columns:
        yield rows[:, whole:].unsqueeze(1)


def group_count(rows: Tensor, size: int = GROUP) -> int:
    """Count the groups of all rows together."""
    return rows.shape[0] * math.ceil(rows.shape[1] / size)


def whole_bits(strength: float) -> int:
    """Read a strength as a number of bits."""
    if strength != round(strength):
        raise ValueError(f"{strength:g} bits: levels are coded in a whole number of bits")
    return round(strength)


def per_channel(subject: Subject, strength: float, *, zero_points: bool = False) -> None:
    """Round each output row to even levels, around 0 or, with a zero point, over its own range."""
    _round(subject, strength, None, zero_points=zero_points)


def per_group(subject: Subject, strength: float, *, zero_points: bool = True) -> None:
    """Round each group of 64 inputs of a row likewise; ``2^bits`` levels, one fewer around 0."""
    _round(subject, strength, GROUP, zero_points=zero_points)


@torch.no_grad()
def _round(subject: Subject, strength: float, size: int | None, *, zero_points: bool) -> None:
    """Round all matrices, with a scale for each group of so many inputs; None: for each row."""
    bits = whole_bits(strength)
    fit = EvenLevels.asymmetric if zero_points else EvenLevels.symmetric
    for name in subject.targets:
        rows = rows_of(subject, name)
        length = size or rows.shape[1]
        for part in groups(rows, length):
            part.copy_(fit(part, bits).nearest(part))
        side_bits = SCALE_BITS + (bits if zero_points else 0)
        store_quantised(subject, name, bits, group_count(rows, length) * side_bits)


def group_side_bits(rows: Tensor, bits: float) -> float:
    """Return the bits of all groups' scales and zero points."""
    return group_count(rows) * (SCALE_BITS + bits)


METHODS = (
    Method("uniform_per_channel_asymmetric", "quantization", "bits", 2, 8,
           partial(per_channel, zero_points=True),
           reference="arXiv:1712.05877; torch.fake_quantize_per_channel_affine"),
    Method("uniform_per_group_symmetric", "quantization", "bits", 2, 8,
           partial(per_group, zero_points=False),
           reference="arXiv:2210.17323; groups of 64, no zero point"),
    Method(
        "uniform_per_channel",
        "quantization",
        "bits",
        2,
        8,
        per_channel,
        reference="arXiv:1712.05877; torch.fake_quantize_per_channel_affine",
    ),
    Method(
        "uniform_per_group",
        "quantization",
        "bits",
        2,
        8,
        per_group,
        reference="arXiv:2210.17323; groups of 64",
    ),
)  # fmt: skip

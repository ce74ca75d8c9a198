"""How a weight matrix is stored: the account of bytes and multiply-adds that methods keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

ORIGINAL_BITS = 16.0
"""Bits of a weight that shares of bytes are relative to: models are served in 16 bits."""


@dataclass(frozen=True, slots=True)
class Storage:
    """How one weight matrix (or convolution) is stored, and what a pass through it costs.

    Attributes
    ----------
    weights
        Weights of the original matrix [mn].
    values
        Numbers stored now: weights kept, or entries of both factors.
    bits_per_value
        Bits of each stored number.
    side_bits
        Bits of all that must be stored beside: masks, positions, scales, zero points, codebooks.
    multiply_adds
        Multiply-adds for one position of the input, on a kernel that exploits the structure.
    """

    weights: float
    values: float
    bits_per_value: float = ORIGINAL_BITS
    side_bits: float = 0.0
    multiply_adds: float = 0.0

    @classmethod
    def dense(cls, weights: float) -> Storage:
        """Return the storage of an uncompressed matrix."""
        return cls(weights=weights, values=weights, multiply_adds=weights)

    @property
    def bits(self) -> float:
        """All bits stored."""
        return self.values * self.bits_per_value + self.side_bits

    def without_structure(self, share: float) -> Storage:
        """Remove a share of whole rows, columns or layers: bytes and multiply-adds both fall."""
        keep = 1.0 - share
        return replace(
            self,
            values=self.values * keep,
            side_bits=self.side_bits * keep,
            multiply_adds=self.multiply_adds * keep,
        )

    def masked(self, kept: float, *, position_bits: float, multiply_adds_kept: float) -> Storage:
        """Keep a share of the values, with the bits that say where they stand.

        Parameters
        ----------
        kept
            Share of the values that is left.
        position_bits
            Bits for each value before masking: 1 for a bitmap, or for 2 of 4.
        multiply_adds_kept
            Share of the multiply-adds left: 1 for scattered zeros, which dense kernels compute.
        """
        return replace(
            self,
            values=self.values * kept,
            side_bits=self.side_bits + self.values * position_bits,
            multiply_adds=self.multiply_adds * multiply_adds_kept,
        )

    def factored(self, values: float) -> Storage:
        """Store two factors with so many entries in all in place of the matrix."""
        return replace(self, values=values, multiply_adds=values)

    def quantised(self, bits: float, side_bits: float) -> Storage:
        """Store each value in so many bits, with scales, zero points or codebooks beside."""
        return replace(self, bits_per_value=bits, side_bits=self.side_bits + side_bits)


@dataclass(frozen=True, slots=True)
class Shares:
    """What is left of a model's matrices, relative to the same at 16 bits."""

    keep_bytes: float
    keep_flops: float
    keep_values: float
    bits_per_value: float


def shares(storages: Iterable[Storage]) -> Shares:
    """Sum up matrices: shares of 16-bit bytes, multiply-adds and values; mean bits of a value."""
    every = tuple(storages)
    weights = sum(one.weights for one in every)
    values = sum(one.values for one in every)
    return Shares(
        keep_bytes=sum(one.bits for one in every) / (weights * ORIGINAL_BITS),
        keep_flops=sum(one.multiply_adds for one in every) / weights,
        keep_values=values / weights,
        bits_per_value=sum(one.values * one.bits_per_value for one in every) / max(values, 1.0),
    )

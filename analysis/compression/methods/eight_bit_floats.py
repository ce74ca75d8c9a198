"""Weights and activations as 8-bit floats, E4M3: 4 bits of exponent, 3 of mantissa, largest 448.

Weights have a scale for each output channel, or one for the matrix; inputs one for each token, or
one for all that pass together. Rounding is that of torch's ``float8_e4m3fn``, so numbers are those
that 8-bit units multiply; sums are taken in 32 bits.

References
----------
.. [1] Micikevicius, P. et al. (2022). FP8 formats for deep learning. arXiv:2209.05433, table 1.
.. [2] Kuzmin, A. et al. (2022). FP8 quantization: the power of the exponent. arXiv:2208.09225.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from analysis.compression.methods.method import Method
from analysis.compression.methods.uniform import SCALE_BITS
from analysis.compression.methods.weights import rows_of, store_quantised
from analysis.compression.subject import Subject

E4M3_BITS = 8.0
LARGEST = 448.0


def nearest_e4m3(numbers: Tensor) -> Tensor:
    """Return the E4M3 floats nearest to numbers; beyond the largest, the largest."""
    kept = numbers.clamp(-LARGEST, LARGEST).to(torch.float8_e4m3fn)
    return kept.to(numbers.dtype)


def scaled_e4m3(numbers: Tensor, largest: Tensor) -> Tensor:
    """Round numbers over a scale that puts the largest of them at 448.

    Parameters
    ----------
    numbers
        Weights or activations.
    largest
        Largest magnitude of what shares a scale; broadcasts against the numbers.
    """
    scale = torch.where(largest > 0, largest, torch.ones_like(largest)) / LARGEST
    return nearest_e4m3(numbers / scale) * scale


def _token_axes(module: nn.Module) -> tuple[int, ...]:
    return (-3, -2, -1) if isinstance(module, nn.Conv2d) else (-1,)


def _by_token(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    inputs = arguments[0]
    largest = inputs.abs().amax(_token_axes(module), keepdim=True)
    return (scaled_e4m3(inputs, largest), *arguments[1:])


def _together(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    del module
    return (scaled_e4m3(arguments[0], arguments[0].abs().amax()), *arguments[1:])


@torch.no_grad()
def channels_and_tokens(subject: Subject, strength: float) -> None:
    """Round weights with a scale for each output channel, inputs with one for each token."""
    del strength  # the format has one
    for name in subject.targets:
        rows = rows_of(subject, name)
        rows.copy_(scaled_e4m3(rows, rows.abs().amax(-1, keepdim=True)))
        store_quantised(subject, name, E4M3_BITS, rows.shape[0] * SCALE_BITS)
        subject.matrix(name).register_forward_pre_hook(_by_token)


@torch.no_grad()
def tensors(subject: Subject, strength: float) -> None:
    """Round weights with one scale a matrix, inputs with one for all that pass together."""
    del strength
    for name in subject.targets:
        rows = rows_of(subject, name)
        rows.copy_(scaled_e4m3(rows, rows.abs().amax()))
        store_quantised(subject, name, E4M3_BITS, SCALE_BITS)
        subject.matrix(name).register_forward_pre_hook(_together)


METHODS = (
    Method("fp8_w8a8", "quantization", "bits", 8, 8, channels_and_tokens,
           activation_bits=E4M3_BITS, reference="arXiv:2209.05433, E4M3; per channel and token"),
    Method("fp8_w8a8_per_tensor", "quantization", "bits", 8, 8, tensors,
           activation_bits=E4M3_BITS, reference="arXiv:2209.05433, E4M3; per tensor"),
)  # fmt: skip

"""Activations at 8 bits, with a scale for each token measured as it passes.

With weights per channel and activations per token, all multiplications of a layer are between
whole numbers of 8 bits, and scales are applied to the sums. Here inputs are rounded and multiplied
as floats, which gives the same numbers.

References
----------
.. [1] Yao, Z. et al. (2022). ZeroQuant. arXiv:2206.01861, section 4.1: per-token activations.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import Method
from analysis.compression.methods.uniform import per_channel, per_group
from analysis.compression.subject import Subject

ACTIVATION_BITS = 8
_HIGHEST = 2 ** (ACTIVATION_BITS - 1) - 1


def eight_bit_tokens(inputs: Tensor, features: int = 1) -> Tensor:
    """Round each token's features to 255 levels that lie symmetrically around 0.

    Parameters
    ----------
    inputs
        Activations; the last ``features`` axes belong to one token (or one image).
    """
    axes = tuple(range(-features, 0))
    largest = inputs.abs().amax(axes, keepdim=True)
    # A token of zeros has no scale; any scale gives zeros back.
    scale = torch.where(largest > 0, largest, 1.0) / _HIGHEST
    levels: Tensor = torch.round(inputs / scale) * scale
    return levels


def _round_inputs(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    features = 3 if isinstance(module, nn.Conv2d) else 1
    return (eight_bit_tokens(arguments[0], features), *arguments[1:])


def _round_activations(subject: Subject) -> None:
    # A function of the module is the same in every copy, so copies of the model keep the hook.
    for name in subject.targets:
        subject.matrix(name).register_forward_pre_hook(_round_inputs)


def weights_and_activations(subject: Subject, strength: float) -> None:
    """Round weights per output channel and inputs per token, both to 8 bits."""
    if strength != ACTIVATION_BITS:
        raise MethodNotAllowed(
            f"dynamic_w8a8 at {strength:g} bits: weights and activations are at {ACTIVATION_BITS}. "
            f"Use {ACTIVATION_BITS}, or take uniform_per_group_a8 for fewer bits of weights."
        )
    per_channel(subject, strength)
    _round_activations(subject)


def grouped_weights_and_activations(subject: Subject, strength: float) -> None:
    """Round weights per group to so many bits, and inputs per token to 8."""
    per_group(subject, strength)
    _round_activations(subject)


METHODS = (
    Method(
        "dynamic_w8a8",
        "quantization",
        "bits",
        8,
        8,
        weights_and_activations,
        activation_bits=ACTIVATION_BITS,
        reference="arXiv:2206.01861; torch.ao.quantization.quantize_dynamic",
    ),
    Method(
        "uniform_per_group_a8",
        "quantization",
        "bits",
        2,
        8,
        grouped_weights_and_activations,
        activation_bits=ACTIVATION_BITS,
        reference="arXiv:2206.01861; groups of 64",
    ),
)

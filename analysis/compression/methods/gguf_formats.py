"""The formats of GGUF files as methods of quantisation.

The ``gguf`` package packs and unpacks the blocks. Quality is measured on weights unpacked from the
very blocks whose speed is measured on llama.cpp.
"""

from __future__ import annotations

import gguf
import numpy as np
import torch
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from numpy.typing import NDArray
from torch import Tensor, nn

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.gguf_files.layout import BITS, FORMATS, Format, type_of
from analysis.compression.methods.method import Method
from analysis.compression.subject import Subject

ACTIVATION_BITS = 8.0
"""llama.cpp's kernels for packed blocks round the other factor to 8 bits in blocks as well."""

_BLOCK = 32


def gguf_method(kind: Format) -> Method:
    """Return a GGUF format as a method of quantisation, ``gguf_q4_0`` and the like.

    Weights become what the blocks unpack to; inputs of packed matrices are rounded as llama.cpp's
    kernels round them.  Zeros that pruning left stay zeros.
    """
    packed = kind not in ("f32", "f16")

    def apply(subject: Subject, strength: float) -> None:
        del strength  # the format has one
        for name in subject.targets:
            if not subject.storage[name].values:
                continue  # the layer was removed
            matrix = subject.matrix(name)
            if not isinstance(matrix, nn.Linear):
                raise MethodNotAllowed(
                    f"gguf_{kind} packs matrices; {name} of {subject.name} is a convolution.  "
                    "Choose uniform_per_channel or uniform_per_group."
                )
            _pack(subject, name, matrix, kind)

    return Method(
        name=f"gguf_{kind}",
        family="quantization",
        dial="bits",
        low=BITS[kind],
        high=BITS[kind],
        apply=apply,
        activation_bits=ACTIVATION_BITS if packed else 16.0,
        reference="llama.cpp block formats, packed by the gguf package",
    )


def round_trip(values: NDArray[np.float32], kind: GGMLQuantizationType) -> NDArray[np.float32]:
    """Return what values become by packing and unpacking."""
    return np.asarray(gguf.dequantize(gguf.quantize(values, kind), kind), dtype=np.float32)


def rounded_in_blocks(inputs: Tensor) -> Tensor:
    """Round to 8 bits in blocks of 32, scale max|x| / 127 kept in 16 bits: llama.cpp's Q8_0."""
    blocks = inputs.reshape(*inputs.shape[:-1], -1, _BLOCK)
    scales = blocks.abs().amax(-1, keepdim=True) / 127.0
    codes = torch.where(scales > 0.0, blocks / scales, torch.zeros_like(blocks)).round()
    return (codes * scales.half().to(inputs.dtype)).reshape(inputs.shape)


def _round_inputs(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Forward hook that rounds what a packed matrix is multiplied with."""
    del module
    return (rounded_in_blocks(arguments[0]), *arguments[1:])


@torch.no_grad()
def _pack(subject: Subject, name: str, matrix: nn.Linear, kind: Format) -> None:
    weight, storage = matrix.weight, subject.storage[name]
    before = weight.cpu().numpy()
    quantisation = type_of(name, before, kind)
    after = round_trip(before, quantisation)
    pruned = storage.values < weight.numel() - 0.5
    if pruned:
        after = np.where(before == 0.0, np.float32(0.0), after)
    weight.copy_(torch.from_numpy(after))
    block, block_bytes = GGML_QUANT_SIZES[quantisation]
    bits = BITS[quantisation.name.lower()]  # type: ignore[index]
    scale_bits = (block_bytes * 8 / block - bits) * weight.numel()
    subject.storage[name] = storage.quantised(bits, scale_bits)
    if block == _BLOCK:
        matrix.register_forward_pre_hook(_round_inputs)


METHODS = tuple(gguf_method(kind) for kind in FORMATS if kind != "f32")

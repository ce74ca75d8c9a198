"""How a GGUF file lays a Llama model out: formats of tensors, their names, the order of channels.

The formats are blocks of 32 weights along a row with one scale in 16 bits (``_0``), or a scale and
a minimum (``_1``). Only the matrices of the layers take the format asked for; the token table and
the output head stay in 16 bits, as they do under every other method, and norms in 32.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from numpy.typing import NDArray

from analysis.compression.errors import MethodNotAllowed

Format = Literal["f32", "f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]
FORMATS: tuple[Format, ...] = get_args(Format)
BITS: Mapping[Format, float] = {
    "f32": 32, "f16": 16, "q8_0": 8, "q5_1": 5, "q5_0": 5, "q4_1": 4, "q4_0": 4,
}  # fmt: skip
"""Bits of a weight without its share of the block's scale and minimum."""

_PARTS = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
OUTSIDE = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
"""Tensors outside the layers, by their name in transformers."""


def gguf_name(name: str) -> str:
    """Return the name that GGUF has for a parameter of transformers' Llama."""
    if name in OUTSIDE:
        return OUTSIDE[name]
    found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.weight", name)
    if found is None or found[2] not in _PARTS:
        raise MethodNotAllowed(
            f"{name} has no place in a GGUF file of a Llama model, which holds whole layers with "
            "matrices only.  Measure this model in torch."
        )
    return f"blk.{found[1]}.{_PARTS[found[2]]}.weight"


def transformers_name(name: str) -> str:
    """Return the name that transformers' Llama has for a tensor of a GGUF file."""
    outside = {theirs: ours for ours, theirs in OUTSIDE.items()}
    if name in outside:
        return outside[name]
    _, layer, part, _ = name.split(".")
    parts = {theirs: ours for ours, theirs in _PARTS.items()}
    return f"model.layers.{layer}.{parts[part]}.weight"


def type_of(name: str, values: NDArray[np.float32], kind: Format) -> GGMLQuantizationType:
    """Return what a tensor is stored as: norms whole, tables and uneven rows in 16 bits."""
    wanted = GGMLQuantizationType[kind.upper()]
    if values.ndim < 2 or kind == "f32":
        return GGMLQuantizationType.F32
    uneven = values.shape[-1] % GGML_QUANT_SIZES[wanted][0]
    return GGMLQuantizationType.F16 if name in OUTSIDE or uneven else wanted


def rope_order(values: NDArray[np.float32], head_size: int) -> NDArray[np.float32]:
    """Put rows of a query or key matrix in llama.cpp's order.

    Rotary positions turn pairs of channels: transformers pairs i with i + d/2, llama.cpp 2i with
    2i + 1.
    """
    rows, columns = values.shape
    halves = values.reshape(rows // head_size, 2, head_size // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def from_rope_order(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Undo `rope_order`."""
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))

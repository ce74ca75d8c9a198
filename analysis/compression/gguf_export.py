"""Llama models as GGUF files of one format, and the same formats as methods of quantisation.

The formats are blocks of 32 weights along a row with one scale in 16 bits (``_0``), or a
scale and a minimum (``_1``); the ``gguf`` package packs and unpacks them.  Quality is measured on
weights unpacked from the very blocks whose speed is measured.  Only the matrices of the layers take
the format asked for; the token table and the output head stay in 16 bits, as they do under every
other method, and norms in 32.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

import gguf
import numpy as np
import torch
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import LlamaForCausalLM

from analysis.compression.errors import CalibrationError, MethodNotAllowed
from analysis.compression.methods.method import Method
from analysis.compression.subject import Subject

Format = Literal["f32", "f16", "q8_0", "q5_1", "q5_0", "q4_1", "q4_0"]
FORMATS: tuple[Format, ...] = get_args(Format)
BITS: Mapping[Format, float] = {
    "f32": 32, "f16": 16, "q8_0": 8, "q5_1": 5, "q5_0": 5, "q4_1": 4, "q4_0": 4,
}  # fmt: skip
"""Bits of a weight without its share of the block's scale and minimum."""

ACTIVATION_BITS = 8.0
"""llama.cpp's kernels for packed blocks round the other factor to 8 bits in blocks as well."""

_BLOCK = 32
_PARTS = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}  # fmt: skip
_OUTSIDE = {
    "model.embed_tokens.weight": "token_embd.weight",
    "model.norm.weight": "output_norm.weight",
    "lm_head.weight": "output.weight",
}
_OWN_FIELDS = ("general.architecture", "general.file_type", "general.quantization_version")


@dataclass(frozen=True, slots=True)
class GgufFile:
    """A file that was written: what each tensor really is.

    Attributes
    ----------
    path
        The file.
    tensor_types
        Format of each tensor; of a row that does not divide into blocks, ``F16``.
    tensor_bytes
        Bytes of each tensor.
    """

    path: Path
    tensor_types: Mapping[str, str]
    tensor_bytes: Mapping[str, int]

    @property
    def bytes_per_decoded_token(self) -> int:
        """Bytes read for a decoded token: all tensors, less a token table that is no head too."""
        untied = "output.weight" in self.tensor_bytes
        table = self.tensor_bytes["token_embd.weight"] if untied else 0
        return sum(self.tensor_bytes.values()) - table


def write_gguf(
    model: LlamaForCausalLM, path: Path, kind: Format, original: Path | None = None
) -> GgufFile:
    """Write a model as a GGUF file.

    Parameters
    ----------
    model
        The model; its layers all of one shape.
    path
        The file to write.
    kind
        Format of the layers' matrices.
    original
        A GGUF file to copy names and tokenizer from.  Without it the file gets a placeholder
        vocabulary: it can be run on token numbers, not on text.

    Raises
    ------
    CalibrationError
        The file cannot be written, or positions are encoded in a way that is not supported.
    MethodNotAllowed
        Layers are of different shapes, or hold what is no whole matrix.
    """
    _check(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, "llama")
    _add_configuration(writer, model, kind)
    _add_vocabulary(writer, model.config.vocab_size, original)
    types: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for name, tensor in model.named_parameters():  # a head that is the token table comes once
        values = tensor.detach().to(torch.float32).numpy()
        quantisation = _type_of(name, values, kind)
        packed = gguf.quantize(_rope_order(name, values, model), quantisation)
        writer.add_tensor(gguf_name(name), packed, raw_dtype=quantisation)
        types[gguf_name(name)] = quantisation.name
        sizes[gguf_name(name)] = packed.nbytes
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    except OSError as error:
        raise CalibrationError(
            f"{path}: cannot be written ({error.strerror}).  It needs "
            f"{sum(sizes.values()) / 1e6:.0f} MB; make room."
        ) from None
    finally:
        writer.close()
    return GgufFile(path, types, sizes)


def dequantised(path: Path) -> dict[str, Tensor]:
    """Return the weights that a GGUF file of a Llama model holds, as a transformers state dict.

    Rows of query and key matrices are put back in the order of transformers.
    """
    reader = gguf.GGUFReader(path)
    heads = reader.fields["llama.attention.head_count"].contents()
    key_heads = reader.fields["llama.attention.head_count_kv"].contents()
    state: dict[str, Tensor] = {}
    for tensor in reader.tensors:
        values = np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        name = transformers_name(tensor.name)
        if name.endswith("q_proj.weight"):
            values = _from_rope_order(values, heads)
        elif name.endswith("k_proj.weight"):
            values = _from_rope_order(values, key_heads)
        state[name] = torch.from_numpy(values)
    state.setdefault("lm_head.weight", state["model.embed_tokens.weight"])
    return state


def gguf_name(name: str) -> str:
    """Return the name that GGUF has for a parameter of transformers' Llama."""
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)\.weight", name)
    if found is None or found[2] not in _PARTS:
        raise MethodNotAllowed(
            f"{name} has no place in a GGUF file of a Llama model, which holds whole layers with "
            "matrices only.  Measure this model in torch."
        )
    return f"blk.{found[1]}.{_PARTS[found[2]]}.weight"


def transformers_name(name: str) -> str:
    """Return the name that transformers' Llama has for a tensor of a GGUF file."""
    outside = {theirs: ours for ours, theirs in _OUTSIDE.items()}
    if name in outside:
        return outside[name]
    _, layer, part, _ = name.split(".")
    parts = {theirs: ours for ours, theirs in _PARTS.items()}
    return f"model.layers.{layer}.{parts[part]}.weight"


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


METHODS = tuple(gguf_method(kind) for kind in FORMATS)


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
    before = weight.numpy()
    quantisation = _type_of(name, before, kind)
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


def _type_of(name: str, values: NDArray[np.float32], kind: Format) -> GGMLQuantizationType:
    """Return what a tensor is stored as: norms whole, tables and uneven rows in 16 bits."""
    wanted = GGMLQuantizationType[kind.upper()]
    if values.ndim < 2 or kind == "f32":
        return GGMLQuantizationType.F32
    uneven = values.shape[-1] % GGML_QUANT_SIZES[wanted][0]
    return GGMLQuantizationType.F16 if name in _OUTSIDE or uneven else wanted


def _rope_order(
    name: str, values: NDArray[np.float32], model: LlamaForCausalLM
) -> NDArray[np.float32]:
    """Put rows of query and key matrices in llama.cpp's order.

    Rotary positions turn pairs of channels: transformers pairs i with i + d/2, llama.cpp 2i with
    2i + 1.
    """
    if not name.endswith(("q_proj.weight", "k_proj.weight")):
        return values
    rows, columns = values.shape
    width = _head_size(model)
    halves = values.reshape(rows // width, 2, width // 2, columns)
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(rows, columns))


def _from_rope_order(values: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    rows, columns = values.shape
    pairs = values.reshape(heads, rows // heads // 2, 2, columns)
    return np.ascontiguousarray(pairs.swapaxes(1, 2).reshape(rows, columns))


def _check(model: LlamaForCausalLM) -> None:
    """Refuse what a GGUF file cannot say: layers of different shapes, stretched positions."""
    for name, _ in model.named_parameters():
        gguf_name(name)
    first, *others = (_shapes(layer) for layer in model.model.layers)
    for index, shapes in enumerate(others, start=1):
        if shapes != first:
            raise MethodNotAllowed(
                f"layer {index} has matrices of shapes {shapes}, layer 0 of {first}; a GGUF file "
                "holds layers of one shape.  Measure this model in torch."
            )
    scaling = _positions(model)["rope_type"]
    if scaling != "default":
        raise CalibrationError(
            f"positions scaled by {scaling!r} are not written to GGUF files.  Only plain rotary "
            "positions are."
        )


def _shapes(layer: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}


def _sizes(model: LlamaForCausalLM) -> tuple[int, int, int]:
    """Return query heads, key heads and neurons: the layers' own, which pruning may have cut."""
    layer = model.model.layers[0]
    attention, width = layer.self_attn, _head_size(model)
    return (
        attention.q_proj.out_features // width,
        attention.k_proj.out_features // width,
        layer.mlp.up_proj.out_features,
    )


def _head_size(model: LlamaForCausalLM) -> int:
    return int(model.model.layers[0].self_attn.head_dim)


def _positions(model: LlamaForCausalLM) -> Mapping[str, Any]:
    return dict(model.config.rope_parameters or {})


def _add_configuration(writer: gguf.GGUFWriter, model: LlamaForCausalLM, kind: Format) -> None:
    config = model.config
    query_heads, key_heads, neurons = _sizes(model)
    head_size = _head_size(model)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(len(model.model.layers))
    writer.add_feed_forward_length(neurons)
    writer.add_head_count(query_heads)
    writer.add_head_count_kv(key_heads)
    writer.add_key_length(head_size)
    writer.add_value_length(head_size)
    writer.add_rope_dimension_count(head_size)
    writer.add_rope_freq_base(_positions(model)["rope_theta"])
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_vocab_size(config.vocab_size)
    mostly = "ALL_F32" if kind == "f32" else f"MOSTLY_{kind.upper()}"
    writer.add_file_type(LlamaFileType[mostly])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _add_vocabulary(writer: gguf.GGUFWriter, tokens: int, original: Path | None) -> None:
    if original is not None:
        for key, value, kind, item in _copied_fields(original):
            writer.add_key_value(key, value, kind, item)
        return
    writer.add_tokenizer_model("llama")
    writer.add_token_list([f"<{token}>" for token in range(tokens)])
    writer.add_token_scores([0.0] * tokens)
    writer.add_token_types([gguf.TokenType.NORMAL] * tokens)
    writer.add_add_bos_token(False)


@lru_cache(maxsize=1)
def _copied_fields(original: Path) -> tuple[tuple[str, Any, Any, Any], ...]:
    """Read the names and the tokenizer of a file; it takes seconds, so it is kept."""
    return tuple(
        (
            field.name,
            field.contents(),
            field.types[0],
            field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None,
        )
        for field in gguf.GGUFReader(original).fields.values()
        if field.name.startswith(("tokenizer.", "general.")) and field.name not in _OWN_FIELDS
    )

"""Writing a Llama model to a GGUF file of one format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import torch
from gguf.constants import LlamaFileType
from torch import nn
from transformers import LlamaForCausalLM

from analysis.compression.errors import CalibrationError, MethodNotAllowed
from analysis.compression.gguf_files.layout import Format, gguf_name, rope_order, type_of
from analysis.compression.gguf_files.reading import opened

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
        if name.endswith(("q_proj.weight", "k_proj.weight")):
            values = rope_order(values, _head_size(model))
        quantisation = type_of(name, values, kind)
        packed = gguf.quantize(values, quantisation)
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
            f"{sum(sizes.values()) / 1e6:.0f} MB; free disk space."
        ) from None
    finally:
        writer.close()
    return GgufFile(path, types, sizes)


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


def _copied_fields(original: Path) -> Iterator[tuple[str, Any, Any, Any]]:
    """Return the names and the tokenizer of a file."""
    for name, field in opened(original).fields.items():
        if name.startswith(("tokenizer.", "general.")) and name not in _OWN_FIELDS:
            yield name, field.value, field.kind, field.item

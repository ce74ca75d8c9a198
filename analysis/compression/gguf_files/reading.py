"""Reading a Llama model from a GGUF file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor

from analysis.compression.gguf_files.layout import from_rope_order, transformers_name


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the file's header.

    Attributes
    ----------
    value
        A number, a text, or a list of them.
    kind, item
        The value's type, and that of its items if it is a list.
    """

    value: Any
    kind: gguf.GGUFValueType
    item: gguf.GGUFValueType | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's header as plain values, and its tensors, which stay on disk until read.

    Attributes
    ----------
    fields
        By name, such as ``llama.block_count``.
    tensors
        As the library gives them.
    """

    fields: Mapping[str, Field]
    tensors: tuple[gguf.ReaderTensor, ...]


def opened(path: Path) -> Opened:
    """Open a file; parsing its vocabulary takes seconds, so the last one is kept."""
    state = path.stat()
    return _opened(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _opened(path: Path, _changed_ns: int, _size: int) -> Opened:
    # The library's reader holds an array for each word of the vocabulary: it is let go of.
    reader = gguf.GGUFReader(path)
    fields = {name: _field(field) for name, field in reader.fields.items()}
    return Opened(fields, tuple(reader.tensors))


def _field(field: gguf.ReaderField) -> Field:
    kind = field.types[0]
    item = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
    return Field(field.contents(), kind, item)


def dequantised(path: Path) -> dict[str, Tensor]:
    """Return the weights that a GGUF file of a Llama model holds, as a transformers state dict.

    Rows of query and key matrices are put back in the order of transformers.
    """
    file = opened(path)
    heads = {
        "q_proj.weight": file.fields["llama.attention.head_count"].value,
        "k_proj.weight": file.fields["llama.attention.head_count_kv"].value,
    }
    state: dict[str, Tensor] = {}
    for tensor in file.tensors:
        values = np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        name = transformers_name(tensor.name)
        for ending, count in heads.items():
            if name.endswith(ending):
                values = from_rope_order(values, count)
        state[name] = torch.from_numpy(values)
    state.setdefault("lm_head.weight", state["model.embed_tokens.weight"])
    return state

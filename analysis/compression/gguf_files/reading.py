"""Reading a Llama model from a GGUF file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import gguf
import numpy as np
import torch
from torch import Tensor

from analysis.compression.gguf_files.layout import from_rope_order, transformers_name


def opened(path: Path) -> gguf.GGUFReader:
    """Return a file's reader; parsing its vocabulary takes seconds, so the last one is kept."""
    state = path.stat()
    return _opened(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _opened(path: Path, _changed_ns: int, _size: int) -> gguf.GGUFReader:
    return gguf.GGUFReader(path)


def dequantised(path: Path) -> dict[str, Tensor]:
    """Return the weights that a GGUF file of a Llama model holds, as a transformers state dict.

    Rows of query and key matrices are put back in the order of transformers.
    """
    reader = opened(path)
    heads = {
        "q_proj.weight": reader.fields["llama.attention.head_count"].contents(),
        "k_proj.weight": reader.fields["llama.attention.head_count_kv"].contents(),
    }
    state: dict[str, Tensor] = {}
    for tensor in reader.tensors:
        values = np.array(gguf.dequantize(tensor.data, tensor.tensor_type), dtype=np.float32)
        name = transformers_name(tensor.name)
        for ending, count in heads.items():
            if name.endswith(ending):
                values = from_rope_order(values, count)
        state[name] = torch.from_numpy(values)
    state.setdefault("lm_head.weight", state["model.embed_tokens.weight"])
    return state

"""Keys and values of attention in fewer bits, as a KV cache keeps them.

Keys are rounded after their rotary embedding, as engines store them, and every position is read
rounded, its own included: what decoding sees. Weights stay as they are.

References
----------
.. [1] Sheng, Y. et al. (2023). FlexGen. arXiv:2303.06865, section 5: groups of 64 numbers.
.. [2] Liu, Z. et al. (2024). KIVI. arXiv:2402.02750: keys per channel, values per token. The last
   tokens, which it keeps in 16 bits, are rounded too: in short windows they would flatter it.
.. [3] Micikevicius, P. et al. (2022). FP8 formats for deep learning. arXiv:2209.05433: E4M3.
.. [4] llama.cpp's cache types Q8_0 and Q4_0: blocks of 32 numbers with a scale of 16 bits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.eight_bit_floats import E4M3_BITS, nearest_e4m3
from analysis.compression.methods.gguf_formats import round_trip
from analysis.compression.methods.method import Method
from analysis.compression.methods.uniform import GROUP, SCALE_BITS, EvenLevels, groups
from analysis.compression.subject import Subject

_ATTENTION = "rounded_cache"
_BLOCK, _BLOCK_SCALE_BITS = 32, 16.0
KEY_TOKENS = 32
"""Consecutive tokens whose keys share a scale for each channel."""

Rounding = Callable[[Tensor], Tensor]
"""Rounds keys or values, shape (batch, heads, tokens, features)."""


@dataclass(frozen=True, slots=True)
class CacheFormat:
    """How keys and values are kept.

    Attributes
    ----------
    keys, values
        What they become.
    bits
        Of a stored number, scales and zero points included, the mean of keys and values.
    """

    keys: Rounding
    values: Rounding
    bits: float


def per_token(numbers: Tensor, bits: int) -> Tensor:
    """Round groups of 64 features of one token and head over their own range."""
    rounded = numbers.clone().contiguous()
    for part in groups(rounded.view(-1, rounded.shape[-1])):
        part.copy_(EvenLevels.asymmetric(part, bits).nearest(part))
    return rounded


def per_channel(numbers: Tensor, bits: int) -> Tensor:
    """Round each feature over its range in 32 consecutive tokens."""
    rounded = numbers.transpose(-1, -2).clone().contiguous()
    for part in groups(rounded.view(-1, rounded.shape[-1]), KEY_TOKENS):
        part.copy_(EvenLevels.asymmetric(part, bits).nearest(part))
    return rounded.transpose(-1, -2)


def per_block(numbers: Tensor, bits: int) -> Tensor:
    """Round blocks of 32 features as llama.cpp packs them: Q8_0 or Q4_0."""
    from gguf.constants import GGMLQuantizationType

    kind = GGMLQuantizationType.Q8_0 if bits == 8 else GGMLQuantizationType.Q4_0
    # A batch that is split afterwards arrives as a view, which numpy takes as it is.
    packed = round_trip(numbers.detach().float().cpu().contiguous().numpy(), kind)
    return torch.from_numpy(packed).to(numbers)


def _attention(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, **how: Any
) -> tuple[Tensor, Tensor | None]:
    """Attend to rounded keys and values, with the kernel of the uncompressed model."""
    kept: CacheFormat = module.cache_format  # type: ignore[assignment]
    attended: tuple[Tensor, Tensor | None] = sdpa_attention_forward(
        module, query, kept.keys(key), kept.values(value), mask, **how
    )
    return attended


AttentionInterface.register(_ATTENTION, _attention)
AttentionMaskInterface.register(_ATTENTION, sdpa_mask)


def keep_cache(subject: Subject, form: CacheFormat) -> None:
    """Have a language model read its keys and values in a format.

    Raises
    ------
    MethodNotAllowed
        The model keeps no cache: it does not write token by token.
    """
    for module in _attentions(subject):
        module.cache_format = form
    model: Any = subject.model
    model.set_attn_implementation(_ATTENTION)
    subject.cache_bits = form.bits


def _attentions(subject: Subject) -> list[Any]:
    """Return the modules that keep keys and values."""
    found = [
        module
        for module in subject.model.modules()
        if hasattr(module, "k_proj") and getattr(module, "is_causal", False)
    ]
    if not found:
        raise MethodNotAllowed(
            f"{subject.name} keeps no keys and values: it does not write text token by token. "
            "Measure the cache on a language model, such as smollm2-135m."
        )
    return found


def _head_features(subject: Subject) -> int:
    return int(_attentions(subject)[0].head_dim)


def _group_bits(bits: int, size: int) -> float:
    return bits + (SCALE_BITS + bits) / size


def tokens(subject: Subject, strength: float) -> None:
    """Keep keys and values per token and head, in groups with a zero point."""
    bits = round(strength)
    rounding = partial(per_token, bits=bits)
    size = min(GROUP, _head_features(subject))
    keep_cache(subject, CacheFormat(rounding, rounding, _group_bits(bits, size)))


def channels_and_tokens(subject: Subject, strength: float) -> None:
    """Keep keys per channel and values per token."""
    bits = round(strength)
    size = min(GROUP, _head_features(subject))
    mean = 0.5 * (_group_bits(bits, KEY_TOKENS) + _group_bits(bits, size))
    keep_cache(
        subject, CacheFormat(partial(per_channel, bits=bits), partial(per_token, bits=bits), mean)
    )


def blocks(subject: Subject, strength: float) -> None:
    """Keep both in llama.cpp's blocks, Q8_0 or Q4_0."""
    bits = round(strength)
    if bits not in (4, 8):
        raise MethodNotAllowed(
            f"cache_per_block at {strength:g} bits: llama.cpp's blocks have 8 or 4. "
            "Use one of them, or take cache_per_token."
        )
    if _head_features(subject) % _BLOCK:
        raise MethodNotAllowed(
            f"cache_per_block: heads of {_head_features(subject)} features are no whole blocks "
            f"of {_BLOCK}. Take cache_per_token."
        )
    rounding = partial(per_block, bits=bits)
    keep_cache(subject, CacheFormat(rounding, rounding, bits + _BLOCK_SCALE_BITS / _BLOCK))


def floats(subject: Subject, strength: float) -> None:
    """Keep both as E4M3 floats without a scale."""
    del strength  # the format has one
    keep_cache(subject, CacheFormat(nearest_e4m3, nearest_e4m3, E4M3_BITS))


METHODS = (
    Method("cache_per_block", "cache", "cache_bits", 4, 8, blocks,
           reference="llama.cpp cache types Q8_0 and Q4_0, packed by the gguf package"),
    Method("cache_per_token", "cache", "cache_bits", 2, 8, tokens,
           reference="arXiv:2303.06865; groups of 64"),
    Method("cache_keys_per_channel", "cache", "cache_bits", 2, 8, channels_and_tokens,
           reference="arXiv:2402.02750; keys over 32 tokens"),
    Method("cache_fp8", "cache", "cache_bits", 8, 8, floats,
           reference="arXiv:2209.05433, E4M3; scale 1, the default of vLLM"),
)  # fmt: skip

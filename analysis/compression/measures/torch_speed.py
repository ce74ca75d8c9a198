"""Speed in torch in 32 bits on one thread, for structure that dense kernels exploit.

Layers, heads and neurons that were taken out, low-rank factors and smaller students need no kernel
of their own: the matrices are smaller.  A compressed model is measured in turns with the original
on the same engine, and only the two are to be compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import nn
from transformers import DynamicCache, LlamaForCausalLM

from analysis.compression.measures.timing import (
    REPEATS,
    Name,
    Passes,
    Speed,
    in_turns,
    speeds,
)
from analysis.compression.subject import Batch

PROMPT_TOKENS = 192
DECODED_TOKENS = 24


def measure_speeds(
    models: Mapping[Name, LlamaForCausalLM], base: Name, repeats: int = REPEATS
) -> dict[Name, Speed]:
    """Measure language models in turns: reading a prompt, and writing with a cache of keys.

    Parameters
    ----------
    models
        The uncompressed model and compressed ones, in 32 bits.
    base
        Name of the uncompressed one.
    repeats
        Times that each is measured.
    """
    with one_thread(), torch.inference_mode():
        jobs = {name: _language_passes(model) for name, model in models.items()}
        return speeds(in_turns(jobs, repeats), base, engine_name())


def measure_forward_speeds(
    models: Mapping[Name, nn.Module], base: Name, batch: Batch, items: int, repeats: int = REPEATS
) -> dict[Name, Speed]:
    """Measure models that only read, such as encoders and networks that see images, in turns.

    Parameters
    ----------
    models
        The uncompressed model and compressed ones, in 32 bits.
    base
        Name of the uncompressed one.
    batch
        What each reads at once.
    items
        Tokens or images in it: what speed counts.
    repeats
        Times that each is measured.
    """
    with one_thread(), torch.inference_mode():
        jobs = {name: forward_passes(model, batch, items) for name, model in models.items()}
        return speeds(in_turns(jobs, repeats), base, engine_name())


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def engine_name() -> str:
    """Return the engine as the table names it."""
    return f"torch {torch.__version__} float32"


def _language_passes(model: LlamaForCausalLM) -> Callable[[], Passes]:
    """Warm a model up by reading the prompt; return what measures it."""
    prompt = (3 + 7 * torch.arange(PROMPT_TOKENS) % 250)[None, :]

    def read() -> None:
        model(input_ids=prompt, use_cache=False, logits_to_keep=1)

    def measure() -> Passes:
        before = time.thread_time()
        read()
        read_s = time.thread_time() - before
        cache = DynamicCache(config=model.config)
        state = model(input_ids=prompt[:, :1], cache=cache, use_cache=True)
        before = time.thread_time()
        for _ in range(DECODED_TOKENS):
            token = state.logits[:, -1:].argmax(-1)
            state = model(input_ids=token, cache=cache, use_cache=True)
        written_s = time.thread_time() - before
        return Passes(read_s / PROMPT_TOKENS, written_s / DECODED_TOKENS)

    read()
    return measure


def forward_passes(model: nn.Module, batch: Batch, items: int) -> Callable[[], Passes]:
    """Warm a model up by a batch; return what measures it."""

    def measure() -> Passes:
        before = time.thread_time()
        model(**batch)
        return Passes((time.thread_time() - before) / items, None)

    measure()
    return measure

"""A tiny language model trained in the test run, and how well a changed copy of it still reads.

Where torch is not installed there is nothing to test here, and the folder is left out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from torch import Tensor, nn

    from analysis.compression.subject import Subject

if find_spec("torch") is None or find_spec("transformers") is None:
    collect_ignore_glob = ["test_*.py"]

WINDOW = 64
"""Bytes in one window of text."""
SEED = 20251031
STEPS = 200


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """Run on one core: sums then come out alike however many there are."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def pages() -> list[str]:
    """Return Python's own help pages as ten documents: the first is for holding out.

    Text of this repository would not do: whoever edits a page would change what models learn.
    """
    from pydoc_data.topics import topics

    names = sorted(topics)
    return ["\n\n".join(topics[name] for name in names[first::10]) for first in range(10)]


@pytest.fixture(scope="session")
def text_windows() -> dict[str, Tensor]:
    """Split real English, Python's own help pages, in windows of bytes.

    Of every ten windows one is held out, one calibrates and eight train.
    """
    from pydoc_data.topics import topics

    import torch

    text = "\n\n".join(topics[name] for name in sorted(topics)).encode()
    codes = torch.tensor(list(text), dtype=torch.long)
    windows = codes[: len(codes) // WINDOW * WINDOW].view(-1, WINDOW)
    turn = torch.arange(len(windows)) % 10
    return {
        "train": windows[turn > 1],
        "calibration": windows[turn == 1][::6],
        "held_out": windows[turn == 0][::5],
    }


@pytest.fixture(scope="session")
def tiny_model(text_windows: dict[str, Tensor]) -> nn.Module:
    """Train a Llama of 3 layers, 4 query and 2 key heads of 16 features, to read bytes of text."""
    return trained(text_windows["train"], heads=4, layers=3, steps=STEPS)


def trained(train: Tensor, *, heads: int, layers: int, steps: int) -> nn.Module:
    """Train a Llama of 64 features, half as many key heads as query heads."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=256,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads // 2,
        max_position_embeddings=WINDOW,
        tie_word_embeddings=True,
        # Wider than the default of 0.02: so small a model learns faster from there.
        initializer_range=0.08,
        use_cache=False,
    )
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model = LlamaForCausalLM(config)
    draws = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=4e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps)
    for _ in range(steps):
        batch = train[torch.randint(len(train), (16,), generator=draws)]
        optimizer.zero_grad()
        model(input_ids=batch, labels=batch).loss.backward()
        optimizer.step()
        schedule.step()
    return model.eval().requires_grad_(requires_grad=False)


@pytest.fixture(scope="session")
def base_of(text_windows: dict[str, Tensor]) -> Callable[[nn.Module], Subject]:
    """Return a function that makes a tiny Llama a subject with calibration text and moments."""
    import torch

    from analysis.compression.methods.layers import block_influence
    from analysis.compression.subject import Subject, input_moments

    calibration = text_windows["calibration"]

    def build(model: nn.Module) -> Subject:
        targets = tuple(
            name
            for name, module in model.named_modules()
            if isinstance(module, torch.nn.Linear) and ".layers." in name
        )
        subject = Subject(
            "tiny",
            model,
            targets,
            lambda: ({"input_ids": batch} for batch in calibration.split(16)),
        )
        input_moments(subject)
        block_influence(subject)
        return subject

    return build


@pytest.fixture(scope="session")
def tiny_base(tiny_model: nn.Module, base_of: Callable[[nn.Module], Subject]) -> Subject:
    """Hold the uncompressed tiny model with its input moments; never change it, copy it."""
    return base_of(tiny_model)


@pytest.fixture(scope="session")
def base_of_whole_blocks(
    text_windows: dict[str, Tensor], base_of: Callable[[nn.Module], Subject]
) -> Subject:
    """Hold a tiny model whose heads of 32 features are whole blocks of a cache."""
    return base_of(trained(text_windows["train"], heads=2, layers=2, steps=STEPS // 2))


@pytest.fixture
def tiny_subject(tiny_base: Subject) -> Subject:
    """Return a copy of the tiny model, with moments, to compress."""
    return tiny_base.copy()


@pytest.fixture(scope="session")
def uneven_base(tiny_model: nn.Module, base_of: Callable[[nn.Module], Subject]) -> Subject:
    """Hold the same function with some inputs far stronger than others, as in large models.

    What a norm's gain is multiplied by, the weights that read it are divided by.
    """
    import torch

    draws = torch.Generator().manual_seed(SEED)
    model = copy.deepcopy(tiny_model)
    with torch.no_grad():
        for layer in model.model.layers:
            attention, mlp = layer.self_attn, layer.mlp
            for norm, readers in (
                (layer.input_layernorm, (attention.q_proj, attention.k_proj, attention.v_proj)),
                (layer.post_attention_layernorm, (mlp.gate_proj, mlp.up_proj)),
            ):
                factor = torch.randn(norm.weight.shape, generator=draws).exp()
                norm.weight.mul_(factor)
                for reader in readers:
                    reader.weight.div_(factor)
    return base_of(model)


@pytest.fixture(scope="session")
def held_out_nll(text_windows: dict[str, Tensor]) -> Callable[[Subject], float]:
    """Return a function: mean next-byte negative log-likelihood [nats] on held-out text."""
    import torch

    windows = text_windows["held_out"]

    def measure(subject: Subject) -> float:
        with torch.no_grad():
            return float(subject.model(input_ids=windows, labels=windows).loss)

    return measure


@pytest.fixture(scope="session")
def loss_of(tiny_base: Subject, held_out_nll: Callable[[Subject], float]) -> Callable[..., float]:
    """Return a function: how much one method, or several in turn, raise that likelihood [nats]."""
    from analysis.compression.methods.catalogue import method

    original = held_out_nll(tiny_base)
    known: dict[tuple[object, ...], float] = {}

    def measure(*steps: tuple[str, float], base: Subject = tiny_base) -> float:
        key = (id(base), steps)
        if key not in known:
            subject = base.copy()
            for name, strength in steps:
                method(name).apply(subject, strength)
            known[key] = held_out_nll(subject) - original
        return known[key]

    return measure

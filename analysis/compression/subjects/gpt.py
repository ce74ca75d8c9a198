"""A small causal language model of our own: its shape, its tokeniser, its weights before training.

Trained here in 32 bits on real text (`analysis.compression.subjects.gpt_training`), so that its
weights never lay on any grid, and so that students of it can be trained by the same recipe with and
without a teacher.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from analysis.compression.errors import CalibrationError
from analysis.compression.storage import Storage
from analysis.compression.subject import Batch, Subject
from analysis.compression.trained_weights import cannot_be_written

VOCABULARY = 4096
END_OF_TEXT = "<|endoftext|>"
CALIBRATION_TOKENS = 16_384
_BATCH = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a model: a Llama with as many key and value heads as query heads.

    Attributes
    ----------
    hidden
        Width of the residual stream.
    layers, heads
        Blocks, and attention heads of each.
    intermediate
        Neurons of a block's feed-forward network.
    context
        Tokens that it sees at once.
    """

    hidden: int = 192
    layers: int = 6
    heads: int = 6
    intermediate: int = 512
    context: int = 256

    @property
    def block_parameters(self) -> int:
        """Weights of all blocks' matrices: those that compression changes."""
        return self.layers * (4 * self.hidden**2 + 3 * self.hidden * self.intermediate)

    def config(self) -> LlamaConfig:
        """Return it in the words of transformers."""
        return LlamaConfig(
            vocab_size=VOCABULARY,
            hidden_size=self.hidden,
            intermediate_size=self.intermediate,
            num_hidden_layers=self.layers,
            num_attention_heads=self.heads,
            num_key_value_heads=self.heads,
            max_position_embeddings=self.context,
            tie_word_embeddings=True,
            use_cache=False,
            bos_token_id=0,
            eos_token_id=0,
        )


@dataclass(slots=True, kw_only=True)
class GptSubject(Subject):
    """A small GPT with what training further, or a student of it, needs.

    Attributes
    ----------
    shape
        Its sizes.
    encode
        Turns text into token numbers.
    train_tokens
        The training documents as one stream of tokens, shape (n,).
    weights_sha256
        Digest of the trained weights.
    """

    shape: Shape
    encode: Callable[[str], list[int]]
    train_tokens: Tensor
    weights_sha256: str


def new_model(shape: Shape, seed: int) -> LlamaForCausalLM:
    """Return a model with fresh weights, drawn from a generator of their own.

    Normal with a standard deviation of 0.02; matrices that write to the residual stream have it
    divided by the root of their number, as in GPT-2.
    """
    with torch.random.fork_rng(devices=[]):  # the constructor draws weights that are replaced
        model = LlamaForCausalLM(shape.config())
    generator = torch.Generator().manual_seed(seed)
    writers = ("o_proj.weight", "down_proj.weight")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim > 1:
                spread = 0.02 / (math.sqrt(2 * shape.layers) if name.endswith(writers) else 1.0)
                parameter.normal_(0.0, spread, generator=generator)
    return model


def block_matrices(model: nn.Module) -> tuple[str, ...]:
    """Return the names of all linear layers inside a Llama's blocks."""
    return tuple(
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("model.layers.")
    )


def student_storage(model: nn.Module, student_share: float) -> dict[str, Storage]:
    """Return the storage of a student's matrices, as shares of its teacher's.

    The teacher's weights are spread over the student's matrices in proportion, so that what is
    left of all of them together is ``student_share``.
    """
    storage = {}
    for name in block_matrices(model):
        matrix = model.get_submodule(name)
        assert isinstance(matrix, nn.Linear)  # noqa: S101 - narrows the type
        own = float(matrix.weight.numel())
        storage[name] = Storage(weights=own / student_share, values=own, multiply_adds=own)
    return storage


def trained_tokenizer(documents: Sequence[str], path: Path) -> Tokenizer:
    """Return a byte-level pair encoding of 4,096 tokens, learnt from documents or read from a file.

    References
    ----------
    Sennrich, R. et al. (2016). Neural machine translation of rare words with subword units.
    arXiv:1508.07909; the library ``tokenizers``.

    Raises
    ------
    CalibrationError
        The file is not a tokeniser, or cannot be written.
    """
    if path.exists():
        try:
            return Tokenizer.from_file(str(path))
        except Exception:  # noqa: BLE001 - the library raises nothing narrower
            raise CalibrationError(
                f"{path}: is damaged.  Delete it, and the tokeniser is learnt again."
            ) from None
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(documents, trainer)
    try:
        aside = path.with_suffix(".part")
        aside.write_text(tokenizer.to_str(pretty=True), encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise cannot_be_written(path, error) from None
    return tokenizer


def encoder(tokenizer: Tokenizer) -> Callable[[str], list[int]]:
    """Return a function from text to token numbers."""

    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text).ids)

    return encode


def stream_of(encode: Callable[[str], list[int]], documents: Sequence[str]) -> Tensor:
    """Return documents as one stream of tokens, an end-of-text (number 0) before each."""
    numbers: list[int] = []
    for document in documents:
        numbers.append(0)
        numbers.extend(encode(document))
    return torch.tensor(numbers)


def calibration_batches(stream: Tensor, context: int) -> Callable[[], Iterator[Batch]]:
    """Return a source of batches: the first 16,384 tokens of a stream, in windows."""
    most = min(stream.numel(), CALIBRATION_TOKENS) // context
    if not most:
        raise CalibrationError(
            f"the calibration text has {stream.numel()} tokens, fewer than the {context} of one "
            "window.  Use a longer text."
        )
    windows = stream[: most * context].view(most, context)

    def batches() -> Iterator[Batch]:
        for part in windows.split(_BATCH):
            yield {"input_ids": part}

    return batches

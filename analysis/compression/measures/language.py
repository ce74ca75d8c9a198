"""Language modelling: perplexity of held-out documents, and agreement with the original."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from analysis.compression.errors import CalibrationError
from analysis.compression.measures.bootstrap import ratio_standard_error
from analysis.compression.measures.quality import Quality
from analysis.compression.subject import Batch, Subject

_FEWEST_DOCUMENTS = 2
Encode = Callable[[str], list[int]]
"""Turns text into token numbers."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Stretches of text of equal length, and the document that each comes from.

    Attributes
    ----------
    tokens
        Shape (windows, length).
    documents
        Number of each window's document, shape (windows,).
    """

    tokens: Tensor
    documents: Tensor

    def to(self, device: str) -> Windows:
        """Return the same windows on another device."""
        return Windows(self.tokens.to(device), self.documents)

    def batches(self, size: int) -> Iterator[Batch]:
        """Yield the windows as a model's arguments, so many at a time."""
        for part in self.tokens.split(size):
            yield {"input_ids": part, "use_cache": False}


def windows(
    encode: Encode,
    documents: Sequence[str],
    *,
    length: int,
    most_tokens: int,
    name: str,
    place: float = 0.0,
) -> Windows:
    """Cut documents into windows, taking equally many from each until there are enough tokens.

    Parameters
    ----------
    encode, documents
        The tokeniser, and what it reads.
    length, most_tokens
        Tokens of a window, and of all of them.
    name
        Of the text, for messages.
    place
        Where in a document its windows lie: 0 at its beginning, 1 at its end.

    Raises
    ------
    CalibrationError
        Fewer than two documents are as long as a window: no error could be told.
    """
    per_document = max(1, math.ceil(most_tokens / length / max(len(documents), 1)))
    tokens, origin = [], []
    for number, document in enumerate(documents):
        # Six characters a token are more than any text of ours has.
        ids = encode(document if place else document[: 6 * per_document * length])
        count = min(len(ids) // length, per_document)
        first = round(place * (len(ids) // length - count))
        for start in range(first * length, (first + count) * length, length):
            tokens.append(ids[start : start + length])
            origin.append(number)
    most = max(1, math.ceil(most_tokens / length))
    if len(set(origin[:most])) < _FEWEST_DOCUMENTS:
        raise CalibrationError(
            f"{name}: {len(set(origin[:most]))} of {len(documents)} documents give windows of "
            f"{length} tokens, and {_FEWEST_DOCUMENTS} are needed to tell an error.  Name a text "
            "with longer documents, or ask for more tokens."
        )
    return Windows(torch.tensor(tokens[:most]), torch.tensor(origin[:most]))


@dataclass(frozen=True, slots=True)
class NextTokens:
    """What a model says of every next token.

    Attributes
    ----------
    log_probabilities
        Of all V tokens, in parts of shape (windows, n - 1, V).
    likeliest
        The token it holds likeliest, shape (windows, n - 1).
    nll
        ``-ln P`` of the token that follows, shape (windows, n - 1) [nats].
    """

    log_probabilities: list[Tensor]
    likeliest: Tensor
    nll: Tensor


class LanguageModelling:
    """Predict the next token of held-out documents.

    Parameters
    ----------
    held_out
        Windows of evaluation documents.
    text
        Name of the text.
    """

    name = "language"

    def __init__(self, held_out: Windows, text: str) -> None:
        self.held_out = held_out
        self.text = text

    @property
    def items(self) -> int:
        """Tokens that are predicted."""
        count, length = self.held_out.tokens.shape
        return int(count * (length - 1))

    @torch.inference_mode()
    def answers(self, subject: Subject) -> NextTokens:
        """Return a model's log-probabilities of all tokens at every position."""
        kept, likeliest, losses = [], [], []
        for batch in self.held_out.batches(4):
            logits = subject.model(**batch).logits.float()
            # The last one is cut off afterwards: a part of the logits would be copied first.
            log_probabilities = torch.log_softmax(logits, dim=-1)[:, :-1]
            ahead = batch["input_ids"][:, 1:].unsqueeze(-1)
            losses.append(-log_probabilities.gather(-1, ahead).squeeze(-1).cpu())
            likeliest.append(log_probabilities.argmax(-1))
            kept.append(log_probabilities)
        return NextTokens(kept, torch.cat(likeliest), torch.cat(losses))

    @torch.inference_mode()
    def quality(self, original: NextTokens, compressed: NextTokens) -> Quality:
        """Compare in perplexity, ``exp`` of the mean of ``-ln P(token)``.

        Beside it the share of tokens that the original would accept of the compressed model as a
        draft, the mean of ``sum_x min(p(x), q(x))`` (Leviathan et al. 2023, arXiv:2211.17192,
        theorem 3.5).
        """
        divergences, accepted = [], []
        for before, after in zip(
            original.log_probabilities, compressed.log_probabilities, strict=True
        ):
            divergence = torch.nn.functional.kl_div(
                after, before, reduction="none", log_target=True
            )
            divergences.append(divergence.sum(-1).flatten())
            accepted.append(torch.minimum(before, after).exp_().sum(-1).flatten())
        rise = (compressed.nll - original.nll).double()
        documents = [self.held_out.documents == one for one in self.held_out.documents.unique()]
        sums = [float(rise[one].sum()) for one in documents]
        losses = [float(compressed.nll[one].double().sum()) for one in documents]
        counts = [rise[one].numel() for one in documents]
        return Quality(
            metric="perplexity",
            base=float(torch.exp(original.nll.double().mean())),
            value=float(torch.exp(compressed.nll.double().mean())),
            value_se=ratio_standard_error(losses, counts, of=np.exp),
            delta_nll=float(np.sum(sums) / np.sum(counts)),
            delta_nll_se=ratio_standard_error(sums, counts),
            kl_nats=float(torch.cat(divergences).double().mean()),
            top1_agreement=float((original.likeliest == compressed.likeliest).double().mean()),
            items=self.items,
            further={"draft_acceptance": float(torch.cat(accepted).double().mean())},
        )

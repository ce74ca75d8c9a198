"""Classification: which document a passage comes from, by a linear head on its embedding.

The head is fitted once, on the original encoder's embeddings of other passages; compressed encoders
are then put under that head as it stands, as when a served encoder is swapped under what was built
on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, precision_score, recall_score
from torch import Tensor

from analysis.compression.errors import CalibrationError
from analysis.compression.measures.choices import nll, quality_of_choices
from analysis.compression.measures.quality import Quality
from analysis.compression.subject import Subject
from analysis.compression.subjects.encoder import EncoderSubject, embeddings, evenly, passages

Classes = NDArray[np.int64]
_WORDS = 25
_INVERSE_PENALTY = 10.0


class Classification:
    """Return the document of held-out passages.

    Parameters
    ----------
    encoder
        The original encoder: the head is fitted on its embeddings.
    documents
        Evaluation documents; the longest are the classes.
    classes
        How many.
    passages_per_class
        So many to fit the head on and as many held out, in turns through the document.

    Attributes
    ----------
    held_out
        Token numbers of each held-out passage.
    right
        Class of each, shape (n,).
    blocks
        The tenth of its document that each stands in, numbered over all documents, shape (n,):
        what is resampled for standard errors, as neighbours share a subject.
    """

    name = "classification"

    def __init__(
        self,
        encoder: EncoderSubject,
        documents: Sequence[str],
        classes: int = 16,
        passages_per_class: int = 20,
    ) -> None:
        longest = sorted(range(len(documents)), key=lambda n: -len(documents[n]))[:classes]
        fitted_on: list[list[int]] = []
        fitted_classes: list[int] = []
        self.held_out: list[list[int]] = []
        held_out_classes: list[int] = []
        blocks: list[int] = []
        for label, number in enumerate(sorted(longest)):
            cut = [" ".join(passage) for passage in passages(documents[number], words=_WORDS)]
            chosen = [cut[place] for place in evenly(len(cut), 2 * passages_per_class)]
            fitted_on += [encoder.encode(text) for text in chosen[0::2]]
            fitted_classes += [label] * len(chosen[0::2])
            held = chosen[1::2]
            self.held_out += [encoder.encode(text) for text in held]
            held_out_classes += [label] * len(held)
            blocks += [10 * label + 10 * place // len(held) for place in range(len(held))]
        if len(set(held_out_classes)) < 2:
            raise CalibrationError(
                "classification needs passages of at least 2 evaluation documents.  Use a text of "
                "more documents."
            )
        self.right, self.blocks = torch.tensor(held_out_classes), torch.tensor(blocks)
        self._head = LogisticRegression(C=_INVERSE_PENALTY, max_iter=1000)
        self._head.fit(embeddings(encoder, fitted_on).numpy(), fitted_classes)

    def answers(self, subject: Subject) -> Tensor:
        """Return log-probabilities of the classes for each held-out passage, (n, classes)."""
        vectors = embeddings(subject, self.held_out).numpy()
        return torch.from_numpy(self._head.predict_log_proba(vectors))

    def quality(self, original: Tensor, compressed: Tensor) -> Quality:
        """Compare in F1, averaged over classes."""
        scores = self.scores(original), self.scores(compressed)
        right, given = self.right.numpy(), compressed.argmax(-1).numpy()
        return quality_of_choices(
            "f1",
            original,
            compressed,
            self.right,
            self.blocks,
            scores,
            lambda items: _averaged(f1_score, right[items], given[items]),
        )

    def scores(self, answers: Tensor) -> dict[str, float]:
        """Return F1, precision and recall averaged over classes, accuracy, and the loss [nats]."""
        right, given = self.right.numpy(), answers.argmax(-1).numpy()
        return {
            "f1": _averaged(f1_score, right, given),
            "precision": _averaged(precision_score, right, given),
            "recall": _averaged(recall_score, right, given),
            "accuracy": float(accuracy_score(right, given)),
            "nll": nll(answers, self.right),
        }


def _averaged(score: Callable[..., float], right: Classes, given: Classes) -> float:
    """Return a score averaged over classes."""
    return float(score(right, given, average="macro", zero_division=0))

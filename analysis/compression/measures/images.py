"""Classification of images by a network that gives a score for each class."""

from __future__ import annotations

import torch
from torch import Tensor

from analysis.compression.measures.choices import nll, quality_of_choices
from analysis.compression.measures.quality import Quality
from analysis.compression.subject import Subject
from analysis.compression.subjects.convnet import Images


class ImageClassification:
    """Name what held-out images show.

    Parameters
    ----------
    held_out
        Images that no training and no calibration sees.
    """

    name = "images"

    def __init__(self, held_out: Images) -> None:
        self.held_out = held_out

    @torch.inference_mode()
    def answers(self, subject: Subject) -> Tensor:
        """Return the log-probability of each class for each image, shape (n, classes)."""
        return torch.log_softmax(subject.model(input=self.held_out.pixels), dim=-1)

    def quality(self, original: Tensor, compressed: Tensor) -> Quality:
        """Compare in accuracy."""
        right = self.held_out.labels
        scores = self.scores(original), self.scores(compressed)
        each = torch.arange(right.numel())
        hits = (compressed.argmax(-1) == right).double()
        return quality_of_choices(
            "accuracy",
            original,
            compressed,
            right,
            each,
            scores,
            lambda items: float(hits[items].mean()),
        )

    def scores(self, answers: Tensor) -> dict[str, float]:
        """Return the accuracy and the loss [nats]."""
        right = self.held_out.labels
        return {
            "accuracy": float((answers.argmax(-1) == right).double().mean()),
            "nll": nll(answers, right),
        }

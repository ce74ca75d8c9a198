"""What a measure of quality reports, whatever the task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from analysis.compression.subject import Subject


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of a compressed model beside the uncompressed one, on the same held-out items.

    Attributes
    ----------
    metric
        Such as ``perplexity``, ``f1``, ``precision_at_5``, ``accuracy``.
    base, value, value_se
        The metric before and after, and the standard error of the latter: bootstrap of whole
        documents (or items).
    delta_nll, delta_nll_se
        Rise of the mean negative log-likelihood of the right answer [nats], and its standard
        error: the same bootstrap, paired.
    kl_nats
        Mean Kullback-Leibler divergence of the compressed model's answers from the original's.
    top1_agreement
        Share of items on which both give the same first answer.
    items
        Tokens, passages or images that it rests on.
    further
        Other scores of the task, such as accuracy and recall.
    """

    metric: str
    base: float
    value: float
    value_se: float
    delta_nll: float
    delta_nll_se: float
    kl_nats: float
    top1_agreement: float
    items: int
    further: Mapping[str, float] = field(default_factory=dict)


Answers = TypeVar("Answers")


class HeldOutTask(Protocol, Generic[Answers]):
    """A task with held-out items: how the original answers, and how far another model is off."""

    name: str

    def answers(self, subject: Subject) -> Answers:
        """Return what a model answers on the held-out items, to be kept for comparison."""
        ...

    def quality(self, original: Answers, compressed: Answers) -> Quality:
        """Compare the answers of a compressed model with those of the original."""
        ...

"""Perplexity, its error and its rise, against the loss that transformers itself computes."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from analysis.compression.errors import CalibrationError
from analysis.compression.measures.language import LanguageModelling, Windows, windows
from analysis.compression.methods.catalogue import method
from analysis.compression.subject import Subject


@pytest.fixture(scope="module")
def task(text_windows: dict[str, Tensor]) -> LanguageModelling:
    held_out = text_windows["held_out"][:24]
    return LanguageModelling(Windows(held_out, torch.arange(24) // 2), "help pages")


@pytest.fixture(scope="module")
def mean_loss(task: LanguageModelling) -> Callable[[nn.Module], float]:
    def loss(model: nn.Module) -> float:
        with torch.no_grad():
            return float(model(input_ids=task.held_out.tokens, labels=task.held_out.tokens).loss)

    return loss


def compressed(base: Subject) -> Subject:
    subject = base.copy()
    method("uniform_per_group").apply(subject, 3)
    return subject


def test_perplexity_and_its_rise_are_those_of_the_mean_loss(task, mean_loss, tiny_base):
    smaller = compressed(tiny_base)
    found = task.quality(task.answers(tiny_base), task.answers(smaller))
    before, after = mean_loss(tiny_base.model), mean_loss(smaller.model)
    assert found.base == pytest.approx(math.exp(before), rel=1e-5)
    assert found.value == pytest.approx(math.exp(after), rel=1e-5)
    assert found.delta_nll == pytest.approx(after - before, abs=1e-5)
    assert found.items == 24 * 63


def test_the_paired_error_is_smaller_than_that_of_the_perplexity(task, tiny_base):
    """Documents differ from each other more than compressing differs between them."""
    found = task.quality(task.answers(tiny_base), task.answers(compressed(tiny_base)))
    assert 0.0 < found.delta_nll_se < found.value_se / found.value


def test_the_original_differs_in_nothing_from_itself(task, tiny_base):
    answers = task.answers(tiny_base)
    found = task.quality(answers, answers)
    assert (found.delta_nll, found.delta_nll_se, found.top1_agreement) == (0.0, 0.0, 1.0)
    assert found.kl_nats == pytest.approx(0.0, abs=1e-9)


def test_windows_are_taken_evenly_from_all_documents():
    texts = ["a" * 500, "b" * 500, "c" * 10]
    cut = windows(lambda text: [ord(one) for one in text], texts, length=64, most_tokens=256,
                  name="made up")  # fmt: skip
    assert cut.tokens.shape == (4, 64)
    assert cut.documents.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(("place", "first"), [(0.0, 0), (0.5, 64), (1.0, 128)])
def test_windows_lie_where_in_a_document_they_are_wanted(place: float, first: int):
    texts = ["".join(chr(one) for one in range(200))] * 2
    cut = windows(
        lambda text: [ord(one) for one in text], texts, length=64, most_tokens=128,
        name="made up", place=place,
    )  # fmt: skip
    assert cut.tokens[:, 0].tolist() == [first, first]


def test_a_draft_is_accepted_as_often_as_both_models_agree(task, tiny_base):
    before, after = task.answers(tiny_base), task.answers(compressed(tiny_base))
    both = zip(before.log_probabilities, after.log_probabilities, strict=True)
    apart = [0.5 * (one.exp() - other.exp()).abs().sum(-1).flatten() for one, other in both]
    further = task.quality(before, after).further
    assert further["draft_acceptance"] == pytest.approx(1.0 - float(torch.cat(apart).mean()))
    assert task.quality(before, before).further["draft_acceptance"] == pytest.approx(1.0)


def test_documents_that_are_too_short_are_refused():
    with pytest.raises(CalibrationError, match="1 of 2 documents give windows of 64 tokens"):
        windows(
            lambda text: [1] * len(text), ["short", "a" * 64], length=64, most_tokens=640,
            name="a.txt",
        )  # fmt: skip

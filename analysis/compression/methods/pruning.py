"""Pruning of single weights: by magnitude or by what they do, scattered or two of every four.

Kept weights stay where they are, so what is stored are the values left and one bit a weight that
says where they stand. Processors compute scattered zeros like other numbers; they have units that
skip zeros only for two of every four consecutive inputs [3]_.

References
----------
.. [1] Han, S. et al. (2015). Learning both weights and connections for efficient neural networks.
   arXiv:1506.02626.
.. [2] Sun, M. et al. (2023). A simple and effective pruning approach for large language models
   (Wanda). arXiv:2306.11695.
.. [3] Mishra, A. et al. (2021). Accelerating sparse deep neural networks. arXiv:2104.08378.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from analysis.compression.errors import MethodNotAllowed
from analysis.compression.methods.method import MOMENTS, Look, Method
from analysis.compression.methods.weights import input_power, rows_of, smallest_removed
from analysis.compression.subject import Subject

POSITION_BITS = 1.0
"""Bits a weight that say where kept ones stand: a bitmap; for two of four, 2 bits for each kept."""
_GROUP, _KEPT_OF_GROUP = 4, 2

Score = Callable[[Subject, str], Tensor]


def by_magnitude(subject: Subject, name: str) -> Tensor:
    """Score each weight by ``|w|``, shape (m, n)."""
    return rows_of(subject, name).abs()


def by_activation(subject: Subject, name: str) -> Tensor:
    """Score each weight by ``|w| sqrt(E x^2)``, shape (m, n): Wanda, equation 1."""
    return rows_of(subject, name).abs() * input_power(subject, name).sqrt()


@torch.no_grad()
def magnitude(subject: Subject, strength: float) -> None:
    """Remove the smallest weights of each matrix: a share ``strength`` of all of its weights."""
    for name in subject.targets:
        scores = by_magnitude(subject, name)
        keep = smallest_removed(scores.reshape(1, -1), round(strength * scores.numel()))
        _mask(subject, name, keep.view_as(scores))


@torch.no_grad()
def activation_aware(subject: Subject, strength: float) -> None:
    """Remove from each output row the share ``strength`` of weights with the least Wanda score."""
    for name in subject.targets:
        scores = by_activation(subject, name)
        _mask(subject, name, smallest_removed(scores, round(strength * scores.shape[1])))


def two_of_four(score: Score) -> Callable[[Subject, float], None]:
    """Return a method that keeps the best two of every four consecutive inputs of a row."""

    @torch.no_grad()
    def apply(subject: Subject, strength: float) -> None:
        removed = 1.0 - _KEPT_OF_GROUP / _GROUP
        if strength != removed:
            raise MethodNotAllowed(
                f"pruning two of every four weights at strength {strength:g}: the pattern removes "
                f"a share of {removed:g} and no other.  Use {removed:g}, or take a method that "
                "removes scattered weights."
            )
        _demand_groups_of_four(subject)
        for name in subject.targets:
            scores = score(subject, name)
            groups = scores.view(scores.shape[0], -1, _GROUP)
            keep = smallest_removed(groups, _GROUP - _KEPT_OF_GROUP)
            _mask(subject, name, keep.view_as(scores), multiply_adds_kept=1.0 - removed)

    return apply


def _demand_groups_of_four(subject: Subject) -> None:
    for name in subject.targets:
        columns = rows_of(subject, name).shape[1]
        if columns % _GROUP:
            raise MethodNotAllowed(
                f"{name} of {subject.name} has {columns} inputs, not a multiple of {_GROUP}, so it "
                "cannot keep two of every four.  Take a method that removes scattered weights."
            )


def _mask(subject: Subject, name: str, keep: Tensor, multiply_adds_kept: float = 1.0) -> None:
    rows_of(subject, name).mul_(keep)
    subject.storage[name] = subject.storage[name].masked(
        float(keep.sum()) / keep.numel(),
        position_bits=POSITION_BITS,
        multiply_adds_kept=multiply_adds_kept,
    )


def _scattered(
    name: str, apply: Callable[[Subject, float], None], needs: Look | None, reference: str
) -> Method:
    return Method(name, "pruning", "sparsity_share", 0.0, 0.95, apply, needs, reference=reference)


def _patterned(name: str, score: Score, needs: Look | None) -> Method:
    reference = "arXiv:2104.08378"
    return Method(
        name, "pruning", "sparsity_share", 0.5, 0.5, two_of_four(score), needs, 16.0, reference
    )


METHODS = (
    _scattered("magnitude", magnitude, None, "arXiv:1506.02626; torch.nn.utils.prune"),
    _scattered("activation_aware", activation_aware, MOMENTS, "arXiv:2306.11695"),
    _patterned("two_of_four_magnitude", by_magnitude, None),
    _patterned("two_of_four_activation_aware", by_activation, MOMENTS),
)

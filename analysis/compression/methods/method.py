"""What every compression method is: a name, a family, strengths, and a change of a subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from analysis.compression.subject import Subject

Family = Literal["pruning", "low_rank", "quantization", "distillation", "stack"]
Dial = Literal["bits", "sparsity_share", "rank_share", "student_share"]
"""What a strength means: bits of a weight; share of weights removed; share of parameters that
two factors keep, ``r (m + n) / (m n)``; share of the teacher's parameters that a student has."""


@dataclass(frozen=True, slots=True)
class Method:
    """One way to compress a model.

    Attributes
    ----------
    name
        As in the table, in grids and in scenario files.
    family, dial
        What kind of method it is, and what its strength means.
    low, high
        Strengths that are allowed, inclusive.
    apply
        Changes a subject in place: weights, and ``subject.storage``. Raises `MethodNotAllowed` if
        the subject's layers do not allow it.
    needs_moments
        Whether it reads ``subject.moments``; the harness then sees to it that they are there.
    activation_bits
        Bits of activations while it runs; 16 if it leaves them alone.
    reference
        Paper or library that it follows.
    """

    name: str
    family: Family
    dial: Dial
    low: float
    high: float
    apply: Callable[[Subject, float], None]
    needs_moments: bool = False
    activation_bits: float = 16.0
    reference: str = ""

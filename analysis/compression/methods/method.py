"""What every compression method is: a name, a family, strengths, and a change of a subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from analysis.compression.subject import Subject, input_moments

Family = Literal["pruning", "low_rank", "quantization", "distillation", "cache", "stack"]
Dial = Literal["bits", "sparsity_share", "rank_share", "student_share", "cache_bits"]
"""What a strength means: bits of a weight, or of a number of the KV cache; share of weights
removed; share of parameters that two factors keep, ``r (m + n) / (m n)``; share of the teacher's
parameters that a student has."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a method must know of the uncompressed model's behaviour on calibration text.

    Attributes
    ----------
    observe
        Fills it in on a subject, unless it is there already.
    tokens
        Tokens of the calibration text that it reads, to the end of a batch; None: all of them.
    """

    observe: Callable[[Subject], object]
    tokens: int | None = None


MOMENTS = Look(input_moments)
"""The second moments of every matrix's inputs, ``subject.moments``."""


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
    needs
        What it must know of the uncompressed model; the harness sees to it that it is there.
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
    needs: Look | None = None
    activation_bits: float = 16.0
    reference: str = ""

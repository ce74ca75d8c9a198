"""How losses add up when methods are stacked: fitted to our stacks and the parts they are made of.

``loss of a stack = gamma * sum of the losses of its parts``, each part measured alone on the same
model; gamma is the geometric mean of the ratio. Rounding the two factors of a matrix, whose errors
multiply, harms more than rounding the matrix: such stacks have a gamma of their own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.compression.fitting.regression import Fit, fit_linear
from analysis.compression.measured_rows import MeasuredRow
from sim.compression.groups import METHODS
from sim.errors import DataError

LARGEST_NATS = 2.0
_STANDARD_ERRORS = 2.0
_KEY = 40


@dataclass(frozen=True, slots=True)
class Stack:
    """A measured stack and its parts.

    Attributes
    ----------
    row
        The stack.
    parts
        Its parts, each measured alone.
    nats, sum_nats
        Loss of the stack, and sum of what its parts lose.
    """

    row: MeasuredRow
    parts: tuple[MeasuredRow, ...]
    nats: float
    sum_nats: float

    @property
    def rounds_factors(self) -> bool:
        """Whether it rounds what low-rank factorisation left."""
        return {"low_rank", "quantization"} <= {METHODS[name].family for name in self.row.methods}


def measured_stacks(rows: Sequence[MeasuredRow]) -> tuple[Stack, ...]:
    """Select stacks of language models whose parts were all measured alone."""
    alone = {
        (row.model, row.methods[0], row.strengths[0]): row
        for row in rows
        if row.is_language and len(row.methods) == 1
    }
    found = []
    for row in rows:
        if not row.is_language or len(row.methods) < 2:
            continue
        keys = [(row.model, m, s) for m, s in zip(row.methods, row.strengths, strict=True)]
        if all(key in alone for key in keys):
            parts = tuple(alone[key] for key in keys)
            total = sum(part.delta_nll_nats or 0.0 for part in parts)
            found.append(Stack(row, parts, row.delta_nll_nats or 0.0, total))
    return tuple(found)


def usable_stacks(stacks: Sequence[Stack]) -> tuple[Stack, ...]:
    """Leave out stacks within noise of no loss, and those that broke down.

    Those of the KV cache are left out too: they are predicted by the rule of the others.
    """
    return tuple(
        stack
        for stack in stacks
        if stack.row.cache_bits is None
        and min(stack.nats, stack.sum_nats) > _STANDARD_ERRORS * _error(stack)
        and max(stack.nats, stack.sum_nats) <= LARGEST_NATS
    )


def fit_stacking(stacks: Sequence[Stack]) -> Fit:
    """Fit ``ln(loss / sum) = ln gamma``; one coefficient.

    Raises
    ------
    DataError
        There is no usable stack.
    """
    if not stacks:
        raise DataError("no stack was measured together with each of its parts alone")
    return fit_linear(
        np.ones((len(stacks), 1)),
        np.array([math.log(stack.nats / stack.sum_nats) for stack in stacks]),
        [stack.row.model for stack in stacks],
        noise=np.array([_error(stack) / stack.nats for stack in stacks]),
        key=_KEY,
    )


def _error(stack: Stack) -> float:
    return stack.row.delta_nll_se_nats or 0.0

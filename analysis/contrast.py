"""One outcome in two runs: both means, and their paired difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.outcomes import Outcome
from analysis.pairing import variance_reduction
from analysis.scales import scale_of_difference
from analysis.significance import FAMILY_ERROR, paired_p_value
from analysis.statistics import Interval, student

if TYPE_CHECKING:
    from sim.record.run import Run
    from sim.record.unit import Unit


@dataclass(frozen=True)
class Contrast:
    """One outcome in two runs.

    Attributes
    ----------
    outcome
        What is compared.
    first, second
        Mean of each run with its own interval.
    difference
        Mean of first minus second over paired replications, with Student's t interval.
    variance_reduction
        See :func:`analysis.pairing.variance_reduction`.
    p_value
        Of the difference being zero; see :func:`analysis.significance.paired_p_value`.
    holm_p_value
        The same, adjusted for the other differences of its table.
    """

    outcome: Outcome
    first: Interval
    second: Interval
    difference: Interval
    variance_reduction: float
    p_value: float
    holm_p_value: float = math.nan

    @property
    def settled(self) -> bool:
        """Whether the difference is more than chance, with all of its table taken together."""
        return self.holm_p_value < FAMILY_ERROR

    @property
    def unit(self) -> Unit:
        """Unit in which both means are short numbers."""
        return self.outcome.unit_for(self.first.centre, self.second.centre)

    def __repr__(self) -> str:
        """Name of the outcome, both means, and the difference with its interval."""
        first, second, difference = self.first.centre, self.second.centre, self.difference
        return (
            f"<Contrast {self.outcome.name}: {first:.6g} - {second:.6g} = {difference.centre:.6g}, "
            f"95% interval {difference.low:.6g} to {difference.high:.6g}>"
        )

    @property
    def variance_reduction_text(self) -> str:
        """The factor in words, the cases without a finite factor included."""
        if self.difference.replications < 2:
            return "one replication"
        if math.isnan(self.variance_reduction):
            return "no variance"
        if math.isinf(self.variance_reduction):
            return "no variance left"
        factor = self.variance_reduction
        return f"{factor:,.0f}x" if factor >= 100 else f"{factor:.1f}x"


def contrast_of(
    outcome: Outcome, first: Run, second: Run, replications: tuple[int, ...]
) -> Contrast:
    """Return the paired difference of an outcome, over the replications that have it.

    Parameters
    ----------
    outcome
        What is compared.
    first, second
        Finished runs.
    replications
        Numbers of those that both have.
    """
    a = outcome.measure(first).reindex(list(replications)).to_numpy()
    b = outcome.measure(second).reindex(list(replications)).to_numpy()
    known = ~np.isnan(a - b)
    return Contrast(
        outcome=outcome,
        first=student(a[known], outcome.scale),
        second=student(b[known], outcome.scale),
        difference=student((a - b)[known], scale_of_difference(outcome.scale)),
        variance_reduction=variance_reduction(a[known], b[known]),
        p_value=paired_p_value(a, b),
    )

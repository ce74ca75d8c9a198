"""One outcome in two runs: both means, and their paired difference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from analysis.outcomes import Outcome
from analysis.pairing import replications_needed, variance_reduction
from analysis.proportions import mcnemar, paired_difference, proportion
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
        Mean of first minus second over paired replications, with Student's t interval; of chances,
        see :func:`analysis.proportions.paired_difference`.
    variance_reduction
        See :func:`analysis.pairing.variance_reduction`.
    p_value
        Of the difference being zero; see :func:`analysis.significance.paired_p_value`, and of
        chances :func:`analysis.proportions.mcnemar`.
    sd
        Standard deviation of the paired differences; NaN with fewer than two replications.
    holm_p_value
        The p value, adjusted for the other differences of its table.
    """

    outcome: Outcome
    first: Interval
    second: Interval
    difference: Interval
    variance_reduction: float
    p_value: float
    sd: float
    holm_p_value: float = math.nan

    @property
    def settled(self) -> bool:
        """Whether the difference is more than chance, with all of its table taken together."""
        return self.holm_p_value < FAMILY_ERROR

    @property
    def unit(self) -> Unit:
        """Unit in which both means are short numbers."""
        return self.outcome.unit_for(self.first.centre, self.second.centre)

    def replications_needed(self, precision_share: float) -> float:
        """How many paired replications make the half-width this share of the difference.

        Infinite where the difference is zero, NaN where its spread is unknown; see
        :func:`analysis.pairing.replications_needed`.
        """
        return replications_needed(self.sd, precision_share * abs(self.difference.centre))

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
    kept = list(replications)
    a, b = (np.asarray(outcome.measure(run).reindex(kept), np.float64) for run in (first, second))
    return contrast_of_values(outcome, a, b)


def contrast_of_values(
    outcome: Outcome, first: NDArray[np.float64], second: NDArray[np.float64]
) -> Contrast:
    """Return the paired difference of an outcome, over the replications that have it.

    Parameters
    ----------
    outcome
        What is compared.
    first, second
        A value a replication, shape [R] each; NaN: it has none.
    """
    known = ~np.isnan(first - second)
    a, b = first[known], second[known]
    of_means = _chance if outcome.is_chance else _mean
    means = of_means(a, outcome), of_means(b, outcome)
    return Contrast(
        outcome=outcome,
        first=means[0],
        second=means[1],
        difference=paired_difference(a, b)
        if outcome.is_chance
        else student(a - b, scale_of_difference(outcome.scale)),
        variance_reduction=variance_reduction(a, b),
        p_value=mcnemar(a, b) if outcome.is_chance else paired_p_value(a, b),
        sd=float((a - b).std(ddof=1)) if a.size > 1 else math.nan,
    )


def _mean(values: NDArray[np.float64], outcome: Outcome) -> Interval:
    return student(values, outcome.scale)


def _chance(values: NDArray[np.float64], outcome: Outcome) -> Interval:  # noqa: ARG001
    return proportion(int((values > 0.5).sum()), values.size).interval

"""When one course pays back what it costs against another: the provider's pay-back date."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.proportions import Proportion, proportion
from analysis.statistics import Interval, median_of
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING: Final = 1e-9
"""As a share of what was earned and paid: a gap below it is the rounding of sums."""


@dataclass(frozen=True, slots=True)
class PayBack:
    """How soon a provider has back what one course costs it against another.

    Attributes
    ----------
    days
        Days from the first day of the run, a number a replication, shape [R]: 0 where it was never
        behind, infinite where it is behind at the end.
    behind_at_end
        Share of replications in which it has earned less by the end.
    never_behind
        Share of replications in which it never had.
    """

    days: FloatArray
    behind_at_end: Proportion
    never_behind: Proportion

    @property
    def median(self) -> Interval:
        """Median of the days with the interval of order statistics; infinite: not by the end."""
        return median_of(self.days)


def pay_back(first: pd.DataFrame, second: pd.DataFrame) -> PayBack:
    """Return when the first of two courses has paid back what it costs against the second.

    With ``G_t`` the sum of the first's profits less the second's up to t, the pay-back date is the
    first t from which ``G`` stays at zero or above to the end of the run, linear within a week: the
    discounted pay-back period where profits are discounted (Brealey, Myers and Allen 2020, ch. 5).

    Parameters
    ----------
    first, second
        A provider's profits of each week, a column a replication, of the same snapshots and
        replications; see :func:`analysis.provider_accounts.weekly_profits`.
    """
    gaps = (first - second).cumsum().to_numpy(dtype=np.float64)
    turnover = (first.abs() + second.abs()).sum().to_numpy(dtype=np.float64)
    gaps = np.where(np.abs(gaps) <= _ROUNDING * turnover, 0.0, gaps)
    times = first.index.to_numpy(dtype=np.float64)
    days = np.array([_paid_back_days(times, gap) for gap in gaps.T])
    count = len(days)
    return PayBack(
        days,
        proportion(int(np.isinf(days).sum()), count),
        proportion(int((days == 0.0).sum()), count),
    )


def _paid_back_days(times: FloatArray, gap: FloatArray) -> float:
    """Return when a gap has closed for good."""
    behind = np.flatnonzero(gap < 0.0)
    if behind.size == 0:
        return 0.0
    last = int(behind[-1])
    if last == len(gap) - 1:
        return math.inf
    part = gap[last] / (gap[last] - gap[last + 1])
    return float(times[last] + part * (times[last + 1] - times[last]))

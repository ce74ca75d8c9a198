"""Means, intervals and bands over replications.

A replication is one draw of a whole world, so replications are independent of each other while
the weeks and users inside one are not: every interval here is taken over replications, and none
is ever given for a single one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.scales import SIGNED, Scale
from sim.statistics import LEVEL, half_width, student_quantile

if TYPE_CHECKING:
    import pandas as pd


MONTE_CARLO: Final = (
    "Monte-Carlo error over replications, at one set of parameters: what chance does to the mean, "
    "not how far the parameters may be off"
)
"""What every interval and every band is."""

_FEW = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}
_FEW_SIGNED: Final = 3
_NOISE: Final = 1e-9
_WIDEST_SIGNED: Final = 3.0


def short(value: float) -> str:
    """Write a number with three significant digits, thousands apart.

    There are no exponents, but for what is too small to be more than an error of rounding.

    Examples
    --------
    >>> short(0.123456), short(12345.6), short(999.9)
    ('0.123', '12,300', '1,000')
    >>> short(0.00001), short(-0.0000123456), short(1.39e-17)
    ('0.00001', '-0.0000123', '1.39e-17')
    """
    return rounded_text(value, 3)


def rounded_text(value: float, digits: int) -> str:
    """Write a number with so many significant digits, as `short` does with three.

    Examples
    --------
    >>> rounded_text(99.5, 2), rounded_text(2.04, 2), rounded_text(0.0000996, 2)
    ('100', '2', '0.0001')
    """
    if not math.isfinite(value):
        return "none" if math.isnan(value) else f"{value}"
    rounded = float(f"{value:.{digits}g}")
    if rounded == 0.0:
        return "0"
    if abs(rounded) >= 10.0**digits:
        return f"{rounded:,.0f}"
    if abs(rounded) < _NOISE:
        return f"{rounded:.{digits}g}"
    return str(np.format_float_positional(rounded, trim="-"))


@dataclass(frozen=True, slots=True)
class Interval:
    """A centre and the interval around it, over replications.

    Attributes
    ----------
    centre
        Mean or median over replications, in the unit of the values; NaN without values.
    low, high
        Bounds at ``LEVEL``; NaN with fewer than two replications.
    replications
        How many replications it rests on.
    says_nothing
        Whether the replications are too few, and too far apart, for the bounds to mean anything.
    """

    centre: float
    low: float
    high: float
    replications: int
    says_nothing: bool = False

    @property
    def known(self) -> bool:
        """Whether there are enough replications for an interval."""
        return math.isfinite(self.low)

    @property
    def settled(self) -> bool:
        """Whether the interval excludes zero, so that the sign is known."""
        return self.known and (self.low > 0 or self.high < 0)

    @property
    def unsigned(self) -> Interval:
        """The same interval without the sign of its centre."""
        if not self.centre < 0:
            return self
        return replace(self, centre=-self.centre, low=-self.high, high=-self.low)

    def text(self, number: Callable[[float], str] = short) -> str:
        """Return it in words: ``0.31 (0.28 to 0.34)``, or that there is no interval.

        Examples
        --------
        >>> Interval(0.31, 0.28, 0.34, 10).text()
        '0.31 (0.28 to 0.34)'
        >>> Interval(0.31, float("nan"), float("nan"), 1).text()
        '0.31 (one replication, no interval)'
        """
        if self.replications == 0:
            return "not measured"
        return f"{number(self.centre)} ({self.bounds(number)})"

    def bounds(self, number: Callable[[float], str] = short) -> str:
        """Return the bounds in words: ``0.28 to 0.34``, or that there are none."""
        if self.says_nothing:
            count = _FEW.get(self.replications, str(self.replications))
            return f"{count} replications say nothing"
        if not self.known:
            count = _FEW.get(self.replications, str(self.replications))
            return f"{count} replication{'s' if self.replications > 1 else ''}, no interval"
        if math.isclose(self.low, self.high, rel_tol=1e-12):
            return "the same in every replication"
        return f"{number(self.low)} to {number(self.high)}"


def simultaneous(interval: Interval, number: int) -> Interval:
    """Widen Student's interval so that several such hold together, by Bonferroni's inequality.

    The quantile ``t_{R-1, 0.975}`` becomes ``t_{R-1, 1 - 0.05 / (2 m)}`` for m intervals (Dunn
    1961), which also covers the one that is picked for its centre.

    Parameters
    ----------
    interval
        A mean's own, symmetric.
    number
        How many there are, at least one.
    """
    if not interval.known:
        return interval
    from scipy.special import stdtrit

    free = interval.replications - 1
    wide = stdtrit(free, 1.0 - (1.0 - LEVEL) / (2.0 * number))
    half = float(wide / stdtrit(free, (1.0 + LEVEL) / 2.0)) * (interval.high - interval.low) / 2.0
    return replace(interval, low=interval.centre - half, high=interval.centre + half)


def student(values: ArrayLike, scale: Scale = SIGNED) -> Interval:
    """Mean over replications with Student's t interval.

    ``mean +- t_{R-1, 0.975} sd / sqrt(R)`` (Student 1908), taken on the scale of the quantity, so
    that it keeps to the quantity's bounds; see :mod:`analysis.scales`.

    Parameters
    ----------
    values
        One number a replication, shape [R]; NaN marks a replication without the quantity.
    scale
        Where the quantity lives.

    Examples
    --------
    >>> student([1.0, 2.0, 3.0]).text()
    '2 (-0.484 to 4.48)'
    >>> from analysis.scales import SHARE
    >>> student([0.1, 0.2, 0.3], SHARE).text()
    '0.2 (0.0503 to 0.541)'
    """
    known = _known(values)
    count = known.size
    if count < 2:
        return Interval(float(known[0]) if count else math.nan, math.nan, math.nan, count)
    half, centre = half_width(float(known.std(ddof=1)), count), float(known.mean())
    low, high, vague = scale.around(np.array(centre), np.array(half))
    few = count <= _FEW_SIGNED and half > _WIDEST_SIGNED * float(np.abs(known).max())
    return Interval(
        centre, float(low), float(high), count, bool(vague) or (few and scale is SIGNED)
    )


def median_of(values: ArrayLike) -> Interval:
    """Median over replications with a distribution-free interval, infinite values included.

    The bounds are the order statistics ``x_(k)`` and ``x_(n+1-k)`` with the largest k for which the
    binomial probability of fewer than k successes in n at 1/2 is at most 2.5% (Conover 1999,
    section 3.2). Fewer than six values have none, unless they are all the same.

    Parameters
    ----------
    values
        One number a replication, shape [R]; NaN marks a replication without the quantity.

    Examples
    --------
    >>> median_of([1.0, 2.0, 3.0, 4.0, 5.0, math.inf])
    Interval(centre=3.5, low=1.0, high=inf, replications=6, says_nothing=False)
    """
    ordered = np.sort(_known(values))
    count = ordered.size
    if count == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    middle = ordered[(count - 1) // 2], ordered[count // 2]
    centre = float(middle[0] if middle[0] == middle[1] else sum(middle) / 2)
    at_most = np.cumsum([math.comb(count, k) for k in range(count)]) / 2.0**count
    rank = int((at_most <= (1.0 - LEVEL) / 2.0).sum())
    if count > 1 and math.isclose(ordered[0], ordered[-1], rel_tol=1e-12):
        return Interval(centre, centre, centre, count)
    if rank == 0:
        return Interval(centre, math.nan, math.nan, count)
    return Interval(centre, float(ordered[rank - 1]), float(ordered[count - rank]), count)


def bands(frame: pd.DataFrame, column: str, scale: Scale = SIGNED) -> pd.DataFrame:
    """Mean of a weekly column over replications with its 95% band, week by week.

    Parameters
    ----------
    frame
        A table with ``replication``, ``time_days``, ``date`` and the column, one row a week.
    scale
        Where the quantity lives, which the band keeps to.

    Returns
    -------
    pandas.DataFrame
        ``time_days``, ``date``, ``mean``, ``low``, ``high``, ``replications``; the bounds are NaN
        where fewer than two replications have a value, or where they say nothing.
    """
    weekly = frame.groupby("time_days", sort=True)
    out = weekly[column].agg(["mean", "std", "count"])
    count = out["count"].to_numpy()
    known = np.where(count > 1, count, 2)
    half = (student_quantile(known) * out["std"] / np.sqrt(known)).to_numpy(float)
    low, high, vague = scale.around(out["mean"].to_numpy(float), half)
    return out.assign(
        date=weekly["date"].first(),
        low=np.where(vague, np.nan, low),
        high=np.where(vague, np.nan, high),
        replications=count,
    ).reset_index()[["time_days", "date", "mean", "low", "high", "replications"]]


def time_mean(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Mean over time of a weekly stock, such as adopters, per replication, by the trapezoid rule.

    Returns
    -------
    pandas.Series
        Indexed by replication, in the unit of the column.
    """
    ordered = frame.sort_values(["replication", "time_days"])
    grouped = ordered.groupby("replication")
    middle = (ordered[column] + grouped[column].shift()) / 2
    return _weighted(middle, grouped["time_days"].diff(), ordered["replication"])


def flow_mean(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Mean over time of a weekly flow, such as spend per day, per replication.

    A flow in a table is the mean since the snapshot before, so it is weighted by that time.

    Returns
    -------
    pandas.Series
        Indexed by replication, in the unit of the column.
    """
    ordered = frame.sort_values(["replication", "time_days"])
    steps = ordered.groupby("replication")["time_days"].diff()
    return _weighted(ordered[column], steps, ordered["replication"])


def first_settlement_days(time_days: ArrayLike) -> float:
    """Return the time of the first observation: the end of the first week.

    The first settlement is the first snapshot at which every column has a value: flows are means
    since the snapshot before, so on the first day there are none.

    Returns
    -------
    float
        Days since the first day; NaN if there is no settlement.
    """
    times = np.asarray(time_days, dtype=np.float64)
    settled = times[times > 0.0]
    return float(settled.min()) if settled.size else math.nan


def at_start(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Value of a weekly column at the first observation, per replication."""
    first = frame[frame["time_days"] == first_settlement_days(frame["time_days"])]
    return first.set_index("replication")[column].sort_index()


def at_end(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Value of a weekly column at the last snapshot, per replication."""
    ordered = frame.sort_values(["replication", "time_days"])
    return ordered.groupby("replication")[column].last()


def _weighted(
    values: pd.Series[float], weights: pd.Series[float], by: pd.Series[int]
) -> pd.Series[float]:
    sums = (values * weights).groupby(by).sum(min_count=1)
    return sums / weights[values.notna()].groupby(by).sum()


def _known(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[~np.isnan(array)]

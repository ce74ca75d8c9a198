"""An index: how much of an outcome hangs on a parameter, by one measure, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from analysis.statistics import Interval, short

INDISTINGUISHABLE: Final = "not distinguishable from zero"
NO_INTERVAL: Final = "no interval"


class Measure(StrEnum):
    """How much hangs on a parameter, as the methods of sensitivity analysis measure it."""

    FIRST = "first order"
    """Share of the variance that would go if the parameter were known, on average."""
    TOTAL = "total"
    """Share of the variance that would stay if all others were known, on average."""
    PAIR = "interaction"
    """Share of the variance that two parameters make only together."""
    STAR = "mu*"
    """Mean absolute change of the outcome over the parameter's whole range."""
    MU = "mu"
    """Mean change of the outcome over the parameter's whole range."""
    SIGMA = "sigma"
    """How much that change depends on the other parameters, and on where in the range it is."""
    NOISE = "noise"
    """What ``mu*`` would be of a parameter without effect, for the noise of replications alone."""

    @property
    def is_share(self) -> bool:
        """Whether it is a share of the variance."""
        return self in (Measure.FIRST, Measure.TOTAL, Measure.PAIR)


@dataclass(frozen=True, slots=True)
class Index:
    """One index.

    Attributes
    ----------
    parameter
        Whose; of a pair both names, parted by `` x ``.
    measure
        How it is measured.
    interval
        Its value and bounds; in the unit of the outcome where it is no share.
    """

    parameter: str
    measure: Measure
    interval: Interval

    @property
    def is_above_zero(self) -> bool:
        """Whether it is told apart from zero: the whole interval is above, or below for ``mu``.

        Without an interval nothing is.
        """
        if self.measure is Measure.MU:
            return self.interval.settled
        return self.interval.known and self.interval.low > 0.0

    def text(self, factor: float = 1.0, zero: str = INDISTINGUISHABLE) -> str:
        """Write it with its interval; one that may be zero is said to be indistinguishable.

        Parameters
        ----------
        factor
            What a value is multiplied by where it is no share.
        zero
            What stands for an index that is not distinguishable from zero.

        Examples
        --------
        >>> Index("depth", Measure.FIRST, Interval(-0.02, -0.05, 0.01, 5)).text()
        'not distinguishable from zero (at most 0.01)'
        >>> Index("depth", Measure.FIRST, Interval(0.02, float("nan"), float("nan"), 1)).text()
        '0.02 (no interval)'
        >>> Index("depth", Measure.FIRST, Interval(0.312, 0.25, 0.37, 5)).text()
        '0.312 (0.25 to 0.37)'
        """
        factor = 1.0 if self.measure.is_share else factor
        centre, low, high = (
            factor * it for it in (self.interval.centre, self.interval.low, self.interval.high)
        )
        if centre != centre:
            return "none: it varies no more than noise"
        if centre == low == high == 0.0:
            return "0"
        if self.measure is Measure.NOISE:
            return short(centre)
        if not self.interval.known:
            return f"{short(centre)} ({NO_INTERVAL})"
        bounds = f" ({short(low)} to {short(high)})"
        if self.is_above_zero:
            return f"{short(centre)}{bounds}"
        if self.measure is Measure.MU:
            return f"{zero}{bounds}"
        return f"{zero} (at most {short(max(high, 0.0))})"

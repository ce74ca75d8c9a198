"""A price index that is never revised: rolling windows of periods, spliced at the mean."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.quantities import FloatArray

WINDOW_DAYS = 91.0
"""Length of the window: 13 weeks."""
_FEWEST_PERIODS = 2


class Period(NamedTuple):
    """What was sold of each product between two settlements; all shapes are (P,).

    Attributes
    ----------
    price_usd_per_mtok
        Revenue over tokens; any value where nothing was sold.
    mtok
        Tokens sold.
    capability_logit
        At the period's end.
    """

    price_usd_per_mtok: FloatArray
    mtok: FloatArray
    capability_logit: FloatArray

    @classmethod
    def of_sales(
        cls, revenue_usd: FloatArray, mtok: FloatArray, capability_logit: FloatArray
    ) -> Period:
        """Make a period of revenue and tokens by product."""
        price = np.divide(revenue_usd, mtok, out=np.zeros_like(revenue_usd), where=mtok > 0.0)
        return cls(price, mtok, capability_logit)

    @property
    def priced(self) -> NDArray[np.bool_]:
        """Products that were sold at a price; those sold for nothing have none to compare."""
        return np.asarray((self.mtok > 0.0) & (self.price_usd_per_mtok > 0.0))


Comparison: TypeAlias = Callable[[Sequence[Period], int], FloatArray]
"""From the periods of a window, and the place of one of them, to the log change of prices from that
one to each; NaN where the two cannot be compared."""


def periods_of_window(snapshot_every_days: float) -> int:
    """Return how many periods of this length make a window; two at least.

    Examples
    --------
    >>> periods_of_window(7), periods_of_window(1), periods_of_window(92)
    (13, 91, 2)
    """
    return max(_FEWEST_PERIODS, round(WINDOW_DAYS / snapshot_every_days))


class SplicedIndex:
    r"""Levels of prices, 1 in the first period in which anything was sold at a price.

    The first full window gives its levels at once. After that a period T brings one more level and
    changes none: each earlier period v of the window that has a level links to T by the window's
    own comparison, and the links are averaged (mean splice, Diewert and Fox 2022),

        ln P_T = mean_v ( ln P_v + ln P_vT ).

    Before the window is full there is no level. A period without a link has none either, and links
    nothing; where a whole window has none, the index has ended.

    Parameters
    ----------
    window
        Periods that are compared with each other, at least two.
    compare
        How they are compared.

    Attributes
    ----------
    window
        As given.

    References
    ----------
    Ivancic, Diewert and Fox (2011), J. Econometrics 161, 24-35. De Haan and Krsinich (2014), J.
    Business and Economic Statistics 32, 341-358. Diewert and Fox (2022), the same, 40, 355-369.
    Consumer Price Index Manual: Concepts and Methods (ILO, IMF et al. 2020), chapter 10.
    """

    def __init__(self, window: int, compare: Comparison) -> None:
        if window < _FEWEST_PERIODS:
            raise ValueError(f"a window holds at least {_FEWEST_PERIODS} periods, not {window}")
        self.window = window
        self._compare = compare
        self._periods: deque[Period] = deque(maxlen=window)
        self._log_levels: list[float] = []

    @property
    def levels(self) -> list[float]:
        """Levels so far, from the first period with a price on; empty before a full window."""
        return [float(level) for level in np.exp(self._log_levels)]

    def add(self, period: Period) -> float:
        """Add a period and return its level; NaN if it has none."""
        if not self._periods and not period.priced.any():
            return float("nan")
        self._periods.append(period)
        if len(self._periods) < self.window:
            return float("nan")
        if not self._log_levels:
            self._log_levels = self._compare(self._periods, 0).tolist()
        else:
            self._log_levels.append(self._spliced())
        return float(np.exp(self._log_levels[-1]))

    def _spliced(self) -> float:
        """Log level of the last period of the window."""
        last = self.window - 1
        links = np.array(self._log_levels[-last:]) - self._compare(self._periods, last)[:last]
        known = links[np.isfinite(links)]
        return float(known.mean()) if known.size else float("nan")

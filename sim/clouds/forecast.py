"""A forecast of demand: a level and a trend of logarithms, the trend damped with the horizon.

References
----------
Gardner, E. S. and McKenzie, E. (1985). Forecasting trends in time series. Management Science
31(10), 1237-1246.
"""

from __future__ import annotations

import math

LEVEL_WEIGHT = 0.8
"""[alpha] Weight of the last week in the level; an assumption."""
TREND_WEIGHT = 0.2
"""[beta] Weight of the level's last step in the trend; an assumption."""
DAMPING = 0.9
"""[phi] What is left of the trend from one week to the next; an assumption."""
LARGEST_TREND = 0.16
"""Of logarithms, a week: no forecast has demand more than double in a month; an assumption."""


class DampedTrend:
    r"""Holt's forecast with a damped trend, of logarithms.

    .. math::
        l_t = \alpha \ln y_t + (1 - \alpha)(l_{t-1} + \phi b_{t-1}), \quad
        b_t = \beta (l_t - l_{t-1}) + (1 - \beta) \phi b_{t-1}, \quad
        \hat y_{t+h} = \exp\Big(l_t + b_t \sum_{i=1}^{h} \phi^i\Big).

    Steps are weeks, h need not be whole. It begins at the first amount, without a trend.

    Parameters
    ----------
    least
        Smaller amounts count as this, > 0: what is hardly used at first grows by no useful factor.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._level: float | None = None
        self._trend = 0.0

    def add(self, amount: float, weeks: float = 1.0) -> None:
        """Take another week's mean into account.

        Parameters
        ----------
        amount
            The mean >= 0.
        weeks
            Length of the time that it is the mean of, > 0; the trend moves less in shorter ones.
        """
        seen = math.log(max(amount, self._least))
        if self._level is None:
            self._level = seen
            return
        fade = DAMPING**weeks
        expected = self._level + fade * self._trend * weeks
        level = LEVEL_WEIGHT * seen + (1.0 - LEVEL_WEIGHT) * expected
        step = (level - self._level) / weeks
        trend = TREND_WEIGHT * step + (1.0 - TREND_WEIGHT) * fade * self._trend
        self._trend = max(-LARGEST_TREND, min(LARGEST_TREND, trend))
        self._level = level

    def ahead(self, weeks: float) -> float:
        """Return the demand expected so many weeks from now; 0 before the first amount."""
        if self._level is None:
            return 0.0
        damped = DAMPING * (1.0 - DAMPING**weeks) / (1.0 - DAMPING)
        return math.exp(self._level + self._trend * damped)

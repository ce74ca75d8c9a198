r"""Forecasts that know nothing of the market: what a model must beat.

Each is made of the history of the target known at the origin, values y_1 ... y_n on days t_1 ...
t_n, in the target's transform, and is a normal distribution of the change h days on from y_n.

``no_change``
    Mean zero; variance :math:`s^2 h`, s² the mean of :math:`\Delta y^2/\Delta t`.
``drift``
    Mean b h, b = (y_n - y_1) / (t_n - t_1); variance :math:`s^2 h (1 + h/(t_n - t_1))`.
``log_linear_trend``
    Least squares of y on t; the variance of a prediction.
``bass``
    :math:`m (1-e^{-(p+q)\tau})/(1+\frac qp e^{-(p+q)\tau})`, tau days since t_1 and an offset,
    fitted to the logs of tokens (Bass 1969); variance of the residuals.
``exponential_smoothing``
    The last level :math:`l = \alpha y + (1-\alpha) l`, alpha of the least squared error; variance
    :math:`s^2 (1 + (k-1)\alpha^2)` after k steps (Hyndman et al. 2008).

A forecast that its history is too short for is none.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.backtests.scores import normal_crps

Floats = NDArray[np.float64]

LEAST = {
    "no_change": 1,
    "drift": 3,
    "log_linear_trend": 3,
    "bass": 6,
    "exponential_smoothing": 3,
}
"""Values of a history that each needs."""

NAIVE = tuple(LEAST)


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal distribution; without a spread a point."""

    mean: float
    sd: float

    def crps(self, observed: float) -> float:
        """Return its score."""
        return normal_crps(self.mean, self.sd, observed)


@dataclass(frozen=True, slots=True)
class CensoredExponential:
    """An exponential waiting time that counts as the horizon where it is longer."""

    rate_per_day: float
    horizon_days: float

    @property
    def mean(self) -> float:
        """Mean days; the horizon where nothing ever comes."""
        rate, horizon = self.rate_per_day, self.horizon_days
        return -math.expm1(-rate * horizon) / rate if rate > 0.0 else horizon

    def crps(self, observed: float) -> float:
        r"""Return its score, :math:`y - \frac{2(1-e^{-ry})}r + \frac{1-e^{-2rh}}{2r}`, y to h."""
        rate, horizon = self.rate_per_day, self.horizon_days
        beyond = max(observed - horizon, 0.0)
        day = min(observed, horizon)
        if rate <= 0.0:
            return abs(observed - horizon)
        early = 2.0 * math.expm1(-rate * day) / rate
        return beyond + day + early - math.expm1(-2.0 * rate * horizon) / (2.0 * rate)


def naive(name: str, days: Floats, values: Floats, ahead: float) -> Normal | None:
    """Return a naive forecast of the change from the last value; None: the history is too short.

    Parameters
    ----------
    name
        One of `NAIVE`.
    days, values
        The history known at the origin, (n,), in order of time; several values of a day count as
        their median.
    ahead
        Days from the last value to the day that is forecast.
    """
    days, values = _by_day(days, values)
    if values.size < LEAST[name] or (values.size > 1 and days[-1] <= days[0]):
        return None
    return _MADE_BY[name](days, values, ahead)


def _by_day(days: Floats, values: Floats) -> tuple[Floats, Floats]:
    own = np.unique(days)
    if own.size == days.size:
        return days, values
    return own, np.array([np.median(values[days == day]) for day in own])


def _no_change(days: Floats, values: Floats, ahead: float) -> Normal:
    if values.size < 2:
        return Normal(0.0, 0.0)
    variance = float((np.diff(values) ** 2 / np.diff(days)).mean())
    return Normal(0.0, math.sqrt(variance * max(ahead, 0.0)))


def _drift(days: Floats, values: Floats, ahead: float) -> Normal:
    span = float(days[-1] - days[0])
    slope = float(values[-1] - values[0]) / span
    steps = np.diff(days)
    variance = float(((np.diff(values) - slope * steps) ** 2 / steps).sum()) / (steps.size - 1)
    ahead = max(ahead, 0.0)
    return Normal(slope * ahead, math.sqrt(variance * ahead * (1.0 + ahead / span)))


def _trend(days: Floats, values: Floats, ahead: float) -> Normal:
    slope, level = np.polyfit(days - days.mean(), values, 1)
    residuals = values - level - slope * (days - days.mean())
    variance = float(residuals @ residuals) / max(values.size - 2, 1)
    at = float(days[-1] + ahead - days.mean())
    spread = float(((days - days.mean()) ** 2).sum())
    factor = 1.0 + 1.0 / values.size + at * at / spread
    return Normal(float(level + slope * at - values[-1]), math.sqrt(variance * factor))


def _bass(days: Floats, values: Floats, ahead: float) -> Normal | None:
    from scipy.optimize import least_squares

    since = days - days[0]
    span = float(since[-1])

    def curve(at: Floats, parameters: Floats) -> Floats:
        scale, innovation, imitation, offset = parameters
        p, q = math.exp(innovation), math.exp(imitation)
        decay = np.exp(-(p + q) * (at + math.exp(offset)))
        return np.asarray(scale + np.log1p(-decay) - np.log1p(q / p * decay))

    start = np.array([values[-1] + 1.0, math.log(0.1 / span), math.log(1.0 / span), math.log(span)])

    def residuals(parameters: Floats) -> Floats:
        return np.asarray(curve(since, parameters) - values)

    found = least_squares(residuals, start, max_nfev=400)
    if not np.isfinite(found.fun).all():
        return None
    at = np.array([span + ahead])
    sd = math.sqrt(float(found.fun @ found.fun) / max(values.size - 4, 1))
    return Normal(float(curve(at, found.x)[0] - values[-1]), sd)


def _smoothing(days: Floats, values: Floats, ahead: float) -> Normal:
    from scipy.optimize import minimize_scalar

    def errors(alpha: float) -> tuple[Floats, float]:
        level, found = float(values[0]), []
        for value in values[1:]:
            found.append(float(value) - level)
            level += alpha * found[-1]
        return np.array(found), level

    best = minimize_scalar(
        lambda alpha: float((errors(alpha)[0] ** 2).sum()), bounds=(0.0, 1.0), method="bounded"
    )
    alpha = float(best.x)
    residuals, level = errors(alpha)
    steps = max(ahead / float(np.diff(days).mean()), 1.0)
    variance = float((residuals**2).mean()) * (1.0 + (steps - 1.0) * alpha * alpha)
    return Normal(level - float(values[-1]), math.sqrt(variance))


_MADE_BY: dict[str, Callable[[Floats, Floats, float], Normal | None]] = {
    "no_change": _no_change,
    "drift": _drift,
    "log_linear_trend": _trend,
    "bass": _bass,
    "exponential_smoothing": _smoothing,
}

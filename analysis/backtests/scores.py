r"""Scores of forecasts that are distributions, and the skill of one against another.

``fair_crps``
    Continuous ranked probability score of M draws, unbiased in M:
    :math:`\frac1M\sum_i|x_i-y| - \frac1{2M(M-1)}\sum_{i,j}|x_i-x_j|` (Ferro 2014; Gneiting and
    Raftery 2007).
``normal_crps``
    Of a normal distribution, :math:`\sigma\,[z(2\Phi(z)-1)+2\phi(z)-1/\sqrt\pi]`.
``interval_score``
    :math:`(u-l) + \frac2\alpha(l-y)_+ + \frac2\alpha(y-u)_+` of the central interval of level
    :math:`1-\alpha` (Gneiting and Raftery 2007).
``central_interval``
    Between the draws of ranks :math:`(M+1)(1\mp p)/2`: a perfect forecast's holds what happens with
    probability p, whatever M; none where a rank is below 1 (Weibull 1939; Hyndman and Fan 1996).
``mase``
    Mean absolute error of the median over that of the last value in the history known at the origin
    (Hyndman and Koehler 2006).
``brier``, ``fair_brier``
    Squared difference of a probability and what happened (Brier 1950); of M draws less
    :math:`p(1-p)/(M-1)`, which few draws add to it (Ferro 2014).
``skill``
    One less the ratio of mean scores, with an interval from a paired block bootstrap: blocks of
    consecutive points are drawn for both at once (Künsch 1989), so that what neighbours share is
    kept.
``block_length``
    Of that bootstrap, by the rule of Politis and White (2004), as corrected by Patton, Politis and
    White (2009), from the autocorrelation of the difference of the scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_DRAWS = 2000
_SEED = 20251031
_ROUNDING = 1e-12


def fair_crps(draws: Floats, observed: float) -> float:
    """Return the fair score of draws, (M,); of one draw alone it is the absolute error."""
    ordered = np.sort(np.asarray(draws, np.float64))
    size = ordered.size
    error = float(np.abs(ordered - observed).mean())
    if size < 2:
        return error
    # the sum of |x_i - x_j| over pairs is that of (2 k - M - 1) x_(k)
    weights = 2.0 * np.arange(1, size + 1) - size - 1.0
    return error - float(weights @ ordered) / (size * (size - 1.0))


def normal_crps(mean: float, sd: float, observed: float) -> float:
    """Return the score of a normal distribution; of none at all it is the absolute error."""
    if sd <= 0.0:
        return abs(observed - mean)
    z = (observed - mean) / sd
    density = math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)
    return sd * (z * math.erf(z / math.sqrt(2.0)) + 2.0 * density - 1.0 / math.sqrt(math.pi))


def interval_score(low: float, high: float, observed: float, level: float) -> float:
    """Return the score of a central interval of a level such as 0.95."""
    penalty = 2.0 / (1.0 - level)
    return high - low + penalty * (max(low - observed, 0.0) + max(observed - high, 0.0))


def brier(probability: float, happened: bool) -> float:
    """Return the squared difference of a probability and what happened."""
    return (probability - float(happened)) ** 2


def fair_brier(draws: Floats, happened: bool) -> float:
    """Return the fair score of draws of what happens, 1, or does not, 0, (M,)."""
    size = draws.size
    wrong = int(np.count_nonzero((draws > 0.5) != happened))
    # (p - y)^2 - p (1 - p) / (M - 1), without rounding
    return wrong * (wrong - 1) / (size * (size - 1)) if size > 1 else float(wrong)


def draws_needed(level: float) -> int:
    """Return how many draws a central interval of a level needs."""
    return math.ceil(round(2.0 / (1.0 - level), 6)) - 1


def central_interval(draws: Floats, level: float) -> tuple[float, float]:
    """Return the central interval of draws, (M,); not numbers where these are too few."""
    if draws.size < draws_needed(level):
        return math.nan, math.nan
    low, high = np.quantile(draws, [0.5 - level / 2.0, 0.5 + level / 2.0], method="weibull")
    return float(low), float(high)


def mase(errors: Floats, history: Floats) -> float:
    """Return the mean absolute error over that of the last value along a history.

    Not a number where the history has no two values, or never moved but by rounding.
    """
    steps = np.abs(np.diff(history))
    scale = float(steps.mean()) if steps.size else 0.0
    rounding = _ROUNDING * float(np.abs(history).max(initial=1.0))
    return float(np.abs(errors).mean()) / scale if scale > rounding else math.nan


@dataclass(frozen=True, slots=True)
class Skill:
    """Skill of a forecast against another: 1 is perfect, 0 as good, below 0 worse.

    Attributes
    ----------
    value
        One less the ratio of mean scores; minus infinity where the other was exact and this not.
    low, high
        95% interval; not numbers for fewer than three points.
    points
        How many were scored.
    """

    value: float
    low: float
    high: float
    points: int


def skill(own: Floats, other: Floats, draws: int = _DRAWS) -> Skill:
    """Return the skill of scores against others of the same points, in order of time.

    Parameters
    ----------
    own, other
        Scores, (n,), the lower the better.
    draws
        Of the bootstrap.
    """
    size = own.size
    value = skill_of_means(float(own.mean()), float(other.mean()))
    if size < 3:
        return Skill(value, math.nan, math.nan, size)
    length = block_length(own - other)
    generator = np.random.Generator(np.random.Philox(_SEED))
    starts = generator.integers(0, size - length + 1, (draws, -(-size // length)))
    chosen = (starts[:, :, None] + np.arange(length)).reshape(draws, -1)[:, :size]
    means = own[chosen].mean(axis=1), other[chosen].mean(axis=1)
    values = [skill_of_means(float(a), float(b)) for a, b in zip(*means, strict=True)]
    low, high = interval_of(values)
    return Skill(value, low, high, size)


def block_length(series: Floats) -> int:
    r"""Return the length of blocks that keep the dependence of a series, (n,).

    :math:`(2 G^2 / D)^{1/3} n^{1/3}` with
    :math:`G = \sum_k \lambda(k/2m)|k|R(k)`, :math:`D = \frac43 (\sum_k \lambda(k/2m) R(k))^2`,
    R the autocovariance, lambda one up to a half and falling to zero at one, and m the lag after
    which five autocorrelations are insignificant; at least the cube root of n, at most a third.
    """
    size = int(series.size)
    least, most = max(round(math.cbrt(size)), 1), max(size // 3, 1)
    deviations = series - series.mean()
    covariance = np.correlate(deviations, deviations, "full")[size - 1 :] / size
    rounding = _ROUNDING * float(np.abs(series).max(initial=0.0))
    if covariance[0] <= rounding**2:
        return min(least, most)
    window = max(5, math.ceil(math.sqrt(math.log10(size))))
    bound = 2.0 * math.sqrt(math.log10(size) / size)
    small = np.abs(covariance[1:] / covariance[0]) < bound
    lags = size - 1
    last = next((m for m in range(lags) if small[m : m + window].all()), lags)
    reach = min(2 * max(last, 1), lags)
    lag = np.arange(1, reach + 1)
    weight = np.clip(2.0 * (1.0 - lag / reach), 0.0, 1.0) if reach > 1 else np.ones(1)
    g = 2.0 * float(weight @ (lag * covariance[1 : reach + 1]))
    d = 4.0 / 3.0 * float(covariance[0] + 2.0 * weight @ covariance[1 : reach + 1]) ** 2
    if d <= _ROUNDING * covariance[0] ** 2:
        return most
    length = math.ceil(math.cbrt(2.0 * g * g / d * size))
    return min(max(length, min(least, most)), most)


def interval_of(skills: Sequence[float]) -> tuple[float, float]:
    """Return the central 95% of draws of a skill, some of which may be minus infinity."""
    found = np.array([one for one in skills if not math.isnan(one)])
    if not found.size:
        return math.nan, math.nan
    # an order statistic: between two of them, infinity would make no number
    low, high = np.quantile(found, [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)


def skill_of_means(own: float, other: float) -> float:
    """Return the skill of a mean score against another's."""
    if other > 0.0:
        return 1.0 - own / other
    # against an exact forecast nothing is better; what rounding leaves is no error
    return 0.0 if own <= _ROUNDING else -math.inf


def weighted_median(values: Floats, weights: Floats) -> float:
    """Return the least of ordered values, (n,), that half of the weight does not exceed."""
    total = np.cumsum(weights)
    if not total.size or total[-1] <= 0.0:
        return math.nan
    half = 0.5 * total[-1] * (1.0 - 1e-9)  # thirds of a weight do not sum to it exactly
    return float(values[int(np.searchsorted(total, half))])

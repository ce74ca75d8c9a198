"""Which of several options is the best: ranking and selection with common random numbers.

References
----------
Chick, S. E., Inoue, K. (2001). New procedures to select the best simulated system using common
random numbers. Management Science 47(8), 1133-1149.
Gelman, A. et al. (2013). Bayesian Data Analysis, 3rd edition, section 3.6.
Nelson, B. L., Matejcik, F. J. (1995). Using common random numbers for indifference-zone selection
and multiple comparisons in simulation. Management Science 41(12), 1935-1945.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from sim.quantities import FloatArray
from sim.statistics import LEVEL

_NODES: Final = 64
_ROUNDING: Final = 1e-12


def probabilities_of_being_best(values: ArrayLike, draws: int = 20_000) -> FloatArray:
    r"""Return the probability that each option has the highest mean, given what was simulated.

    Replications are vectors :math:`X_r \sim N(\mu, \Sigma)`, correlated between options by the
    draws that they share. Of the m = k - 1 differences from the first option, with mean
    :math:`\bar d` and sums of squares and products S over n replications, the posterior under the
    prior :math:`|\Sigma|^{-(m+1)/2}` is :math:`t_{n-m}(\bar d, S / (n (n - m)))`, and the
    probability is the share of its draws in which the option leads (Chick and Inoue 2001; Gelman et
    al. 2013). Of two options it is one minus half the two-sided p value of the paired t test.

    Parameters
    ----------
    values
        Outcomes, shape [R, k]; more is better.
    draws
        From the posterior, the same in every call.

    Returns
    -------
    numpy.ndarray
        Shape [k], adding to one; options that lead together share; NaN with fewer than k
        replications, which leave no degree of freedom.
    """
    data = np.asarray(values, dtype=np.float64)
    count, options = data.shape
    if options == 1:
        return np.ones(1)
    free = count - (options - 1)
    if free < 1:
        return np.full(options, np.nan)
    gaps = data[:, 1:] - data[:, :1]
    centre = gaps.mean(axis=0)
    spread = (gaps - centre).T @ (gaps - centre) / (count * free)
    generator = np.random.default_rng(20240601)  # the same run always says the same
    normal = generator.standard_normal((draws, options - 1)) @ _root(spread).T
    scale = np.sqrt(free / generator.chisquare(free, size=(draws, 1)))
    drawn = np.hstack([np.zeros((draws, 1)), centre + normal * scale])
    top = drawn.max(axis=1, keepdims=True)
    leads = drawn >= top - _ROUNDING * (1.0 + np.abs(drawn).max())
    shared: FloatArray = (leads / leads.sum(axis=1, keepdims=True)).mean(axis=0)
    return shared


def indifference(values: ArrayLike) -> float:
    r"""Return how much better than the option with the highest mean another one may be, at 95%.

    The option with the highest mean is the best or within :math:`\delta = g S / \sqrt n` of it with
    probability 95% at least, where
    :math:`S^2 = 2 \sum_{r,i} (X_{ri} - \bar X_{r\cdot} - \bar X_{\cdot i} + \bar X_{\cdot\cdot})^2
    / ((k-1)(n-1))` and g is the 95% point of the maximum of k - 1 Student's t variables of
    (k-1)(n-1) degrees of freedom with correlations 1/2 (Nelson and Matejcik 1995). It rests on
    differences of equal variance (sphericity), to which the procedure is robust.

    Parameters
    ----------
    values
        Outcomes, shape [R, k]; more is better.

    Returns
    -------
    float
        In the unit of the values; 0 for a single option; NaN with fewer than two replications.
    """
    data = np.asarray(values, dtype=np.float64)
    count, options = data.shape
    if options == 1:
        return 0.0
    if count < 2:
        return math.nan
    free = (options - 1) * (count - 1)
    return largest_t(options - 1, free) * _sphericity_sd(data, free) / math.sqrt(count)


def replications_to_tell(values: ArrayLike, wanted: float) -> float:
    """Return how many replications make `indifference` as small as wanted, at the spread so far.

    ``max(n, ceil((g S / delta)^2))``, the second stage of Nelson and Matejcik (1995); infinite
    where nothing is wanted, NaN where the spread is unknown.
    """
    data = np.asarray(values, dtype=np.float64)
    count, options = data.shape
    if options == 1 or count < 2:
        return math.nan
    free = (options - 1) * (count - 1)
    width = largest_t(options - 1, free) * _sphericity_sd(data, free)
    if wanted <= 0.0:
        return math.inf
    return float(max(count, math.ceil((width / wanted) ** 2)))


@cache
def largest_t(number: int, free: int, level: float = LEVEL) -> float:
    r"""Return the point that the largest of several correlated t variables exceeds in 5% of cases.

    The variables are :math:`(Z_i - Z_0) / (\sqrt 2\, s)`, all correlations 1/2, with
    :math:`s^2 \sim \chi^2_\nu / \nu`: one-sided points of Dunnett (1955), by quadrature over
    :math:`Z_0` and s.

    Parameters
    ----------
    number
        How many variables.
    free
        Degrees of freedom.
    level
        Probability of staying below.

    Examples
    --------
    >>> round(largest_t(1, 10), 3), round(largest_t(3, 20), 2)  # Student's, and Dunnett's table 1a
    (1.812, 2.19)
    """
    from scipy.optimize import brentq
    from scipy.special import chdtri, ndtr, roots_hermite, roots_legendre

    nodes, weights = roots_hermite(_NODES)
    common, of_common = math.sqrt(2.0) * nodes, weights / math.sqrt(math.pi)
    shares, of_shares = roots_legendre(_NODES)
    sd = np.sqrt(chdtri(free, 1.0 - (shares + 1.0) / 2.0) / free)  # quantiles of s

    def below(point: float) -> float:
        inside = ndtr(math.sqrt(2.0) * point * sd[:, None] + common[None, :]) ** number
        return float((of_shares / 2.0) @ inside @ of_common)

    return float(brentq(lambda point: below(point) - level, 0.0, 200.0))


def _sphericity_sd(data: FloatArray, free: int) -> float:
    rest = data - data.mean(axis=1, keepdims=True) - data.mean(axis=0, keepdims=True) + data.mean()
    return math.sqrt(2.0 * float(np.square(rest).sum()) / free)


def _root(matrix: FloatArray) -> FloatArray:
    """Return a root of a covariance matrix that may be singular."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0.0, None)))

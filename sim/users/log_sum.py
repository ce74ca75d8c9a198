r"""Expected log-sums over random consideration sets, exact to the error of one quadrature.

A user who chooses by the logit from a set C gains ``mu ln(exp(a) + sum over C of exp(V_j))``, up to
a constant (Small and Rosen 1981). Here products come to mind independently of each other, each with
its own probability c_j, so that what is wanted is the mean over 2^P sets. Since ``ln s`` is the
integral of ``(exp(-t) - exp(-t s)) / t`` (Frullani), and the mean of a product of independent
factors is the product of their means,

.. math::
   E \ln\Big(1 + \sum_j B_j r_j\Big)
   = \int_{-\infty}^{\infty} e^{-e^y}
     \Big(1 - \prod_j \big(1 - c_j (1 - e^{-r_j e^y})\big)\Big)\, dy, \qquad r_j = e^{V_j - a}.

The trapezoid rule converges geometrically here, with an error of about ``exp(-pi^2 / h)`` at steps
of h. Steps are half of ln 2, so that from one node to the next but one every rate doubles and
``m = 1 - exp(-rate)`` becomes ``m (2 - m)``, without an exponential. Left of where the integrand is
proportional to exp(y), its sum is taken in closed form; where it is level, nodes are passed over.

References
----------
Small, Rosen (1981). Applied welfare economics with discrete choice models. Econometrica 49,
105-130. Goeree (2008). Limited information and advertising in the U.S. personal computer industry.
Econometrica 76, 1017-1074: random consideration sets.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.quantities import BoolArray, FloatArray

DOUBLING = math.log(2.0)
"""Distance in y of the nodes of one pass; there are two passes, half of it apart."""
_FADED = 3.8
"""So far right of where a term begins to fall, ``exp(-exp(.))`` is below 1e-19."""
_UNTOUCHED = 21.0
"""So far left of it, it is within 1e-9 of one, and what it lacks is proportional to ``exp(y)``."""
_WAITING = 40.0
"""Left of it a rate counts as zero; rates are taken anew before it matters. Of a rate as large as
this the exponential is below half of the last digit of one."""
_RENEWAL = 16
"""Nodes after which rates are taken anew: 11 in y, less than `_WAITING` - `_UNTOUCHED`."""
_FASTEST = 1e6
"""Beyond, a rate stays as it is: its exponential is zero."""


@compiled
def expected_log_sum(
    advantage: FloatArray,
    inclusion: FloatArray,
    weight: FloatArray,
    rate: FloatArray,
    fallen: FloatArray,
) -> tuple[float, float]:
    """Return the expected log-sum over the outside option, and the mean weight of what is chosen.

    Parameters
    ----------
    advantage : float64[P]
        Utility of each product less that of the outside option [V_j - a], in units of mu; -inf if
        the user cannot choose it.
    inclusion : float64[P]
        Probability that it comes to mind [c_j], 0 to 1.
    weight : float64[P]
        Any number for each product.
    rate, fallen : float64[P]
        Working space.

    Returns
    -------
    log_sum : float
        ``E ln(1 + sum_j B_j exp(V_j - a))``, in units of mu, with an error below 1e-8.
    mean_weight : float
        ``sum_j P(j) weight_j``. The probability that j is chosen, ``P(j)``, is the derivative of
        the log-sum by its utility.
    """
    highest = -math.inf
    for j in range(advantage.size):
        if inclusion[j] > 0.0:
            highest = max(highest, advantage[j])
    if highest == -math.inf:
        return 0.0, 0.0
    log_sum, mean_weight = 0.0, 0.0
    for half in range(2):
        y = min(-highest, 0.0) - _UNTOUCHED + 0.5 * half * DOUBLING
        _begin(y, advantage, rate, fallen)
        reached, slope, moving = _reached(inclusion, weight, rate, fallen)
        log_sum += reached  # of all nodes further left, each half of the next: they add up to this
        mean_weight += slope
        node = 0
        while y <= _FADED:
            damping = math.exp(-math.exp(y))
            if node > 0:
                reached, slope, moving = _reached(inclusion, weight, rate, fallen)
            level = 1 if moving else _level_nodes(y, advantage)
            log_sum += level * damping * reached
            mean_weight += level * damping * slope
            y += level * DOUBLING
            node += 1
            if level > 1 or node % _RENEWAL == 0:
                _begin(y, advantage, rate, fallen)
    return 0.5 * DOUBLING * log_sum, 0.5 * DOUBLING * mean_weight


@compiled
def _begin(y: float, advantage: FloatArray, rate: FloatArray, fallen: FloatArray) -> None:
    """Take the rates ``r_j exp(y)`` and ``1 - exp(-rate)`` at a node."""
    for j in range(advantage.size):
        place = y + advantage[j]
        rate[j] = 0.0 if place < -_WAITING else math.exp(min(place, 10.0))
        fallen[j] = -math.expm1(-rate[j]) if rate[j] < _WAITING else 1.0


@compiled
def _reached(
    inclusion: FloatArray, weight: FloatArray, rate: FloatArray, fallen: FloatArray
) -> tuple[float, float, bool]:
    """Return the integrand without its damping, its weighted slope, and whether any product moves.

    The slope is that in the utilities, each times its product's weight, by the rule for products.
    Rates are doubled for the next node.
    """
    missed, slope, moving = 1.0, 0.0, False
    for j in range(rate.size):
        moving |= math.exp(-_UNTOUCHED) < rate[j] < math.exp(_FADED)
        factor = 1.0 - inclusion[j] * fallen[j]
        slope = slope * factor + missed * weight[j] * inclusion[j] * rate[j] * (1.0 - fallen[j])
        missed *= factor
        fallen[j] *= 2.0 - fallen[j]
        rate[j] = min(2.0 * rate[j], _FASTEST)
    return 1.0 - missed, slope, moving


@compiled
def _level_nodes(y: float, advantage: FloatArray) -> int:
    """Return for how many nodes from y on nothing moves, neither a product nor the damping."""
    until = -_UNTOUCHED
    for j in range(advantage.size):
        if -advantage[j] - _UNTOUCHED >= y:
            until = min(until, -advantage[j] - _UNTOUCHED)
    return max(1, int((until - y) / DOUBLING))


def log_sums(
    advantage: FloatArray, inclusion: FloatArray, weight: FloatArray, present: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return `expected_log_sum` of every row that is present, zero for the others.

    Parameters
    ----------
    advantage, inclusion, weight : ndarray, shape (R, P)
    present : ndarray of bool, shape (R,)

    Returns
    -------
    log_sum, mean_weight : ndarray, shape (R,)
    """
    log_sum, mean_weight = np.zeros(present.size), np.zeros(present.size)
    working = np.empty((5, advantage.shape[1]))
    _fill(advantage, inclusion, weight, present, working, log_sum, mean_weight)
    return log_sum, mean_weight


@compiled
def _fill(
    advantage: FloatArray,
    inclusion: FloatArray,
    weight: FloatArray,
    present: BoolArray,
    working: FloatArray,
    log_sum: FloatArray,
    mean_weight: FloatArray,
) -> None:
    for row in range(present.size):
        if not present[row]:
            continue
        choosable = 0
        for j in range(advantage.shape[1]):
            if advantage[row, j] > -math.inf:  # of what cannot be chosen, each factor is one
                working[0, choosable] = advantage[row, j]
                working[1, choosable] = inclusion[row, j]
                working[2, choosable] = weight[row, j]
                choosable += 1
        log_sum[row], mean_weight[row] = expected_log_sum(
            working[0, :choosable],
            working[1, :choosable],
            working[2, :choosable],
            working[3, :choosable],
            working[4, :choosable],
        )


def warm_up() -> None:
    """Compile these sums, or read them from the cache."""
    one = np.zeros((1, 1))
    log_sums(one, one, one, np.ones(1, np.bool_))

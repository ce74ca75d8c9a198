r"""Who wins a race of exponential finishing times when each product enters it by chance.

No product, and the present one, take part for sure; product j comes to mind with probability c_j,
independently, and then finishes at rate v_j = exp(V_j). Given that it finishes at t, all others
must not have finished before, so that

.. math:: P_j = \int_0^\infty c_j v_j e^{-v_j t} \, e^{-(v_0 + v_i) t}
          \prod_{k \ne i, j} (1 - c_k + c_k e^{-v_k t}) \, dt .

That is the sum over all consideration sets of their probabilities times their logits, at the cost
of one sum over k. The integral over ln t is a sum over a lattice of step h = ln 2. Written out,
every term of the integrand is a Gumbel density, and so the relative error of every P_j is at most
``2 |Gamma(1 + 2 pi i / h)|`` = 1e-5; probabilities below 1e-6 may be lost altogether. Rates double
from one point to the next, and ``exp(-2 v t)`` is the square of ``exp(-v t)``: nearly no
exponential is computed.

References
----------
McFadden (1974). Conditional logit analysis of qualitative choice behavior. In: Frontiers in
Econometrics, 105-142.
Trefethen, Weideman (2014). The exponentially convergent trapezoidal rule. SIAM Review 56, 385-458.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled, compiled_apart

STEP = math.log(2.0)
_DOUBLINGS = 16
"""Points between which finishing times are computed anew, before errors of rounding grow."""
_EARLY, _LATE, _OVER = 7.0, 4.0, 20.0
"""A race starts where the fastest has finished with probability exp(-7), the rest being added as a
geometric series; a product has finished at 4, in logarithms of rate times time, and the race is
over where none goes on with a probability above exp(-20)."""
_UNSEEN = 16.0
"""Logarithm below which a rate times time has no part."""
_BLOCK = _DOUBLINGS * STEP
_CLAMP = 600.0
_TINY = 1e-300
_NEGLIGIBLE = 1e-12

Floats = NDArray[np.float64]


class Entrants(NamedTuple):
    """The products of one race, those of one provider next to each other: n of P slots are used.

    Utilities are relative to that of no product, and hold for users who move from no product or
    from another provider's, no product bearing the same cost of switching.
    """

    utility: Floats
    """[P] V_j."""
    consideration: Floats
    """[P] c_j."""
    gains: Floats
    """[1] What V_j gains for users of another product of the same provider."""
    stay_gain: Floats
    """[P, 2] What V_j gains for each class of the product's own users."""
    first: NDArray[np.int64]
    """[P + 1] First product of each provider, and n."""
    order: NDArray[np.int64]
    """[P] Products by the share of new users that may take them, largest first."""
    open_to: NDArray[np.int64]
    """[P] How many products, in that order, are open to each group of new users."""
    is_run: NDArray[np.bool_]
    """[P, 2] Whether anybody is in the class of a product's users; the first always counts."""
    entering: NDArray[np.int64]
    """[P] Working space: the products that may come to mind at all."""


class Times(NamedTuple):
    """Working space: rate times time of every entrant, and what follows from it."""

    x: Floats
    """[P] v t."""
    running: Floats
    """[P] exp(-v t)."""
    behind: Floats
    """[P] Probability of not having finished, 1 - c + c exp(-v t)."""
    pace: Floats
    """[P] Hazard of finishing, times t."""
    x_same: Floats
    running_same: Floats
    behind_same: Floats
    pace_same: Floats
    """The same to users of another product of the provider."""
    stays: Floats
    """[P, 2] exp(-v t) for the present product."""
    others: Floats
    """[P + 1] Probability that no product of the later providers has finished."""
    pace_open: Floats
    """[P] ``pace`` in ``Entrants.order``."""
    pace_mixed: Floats
    """[P] ``pace_same`` within one provider, ``pace`` elsewhere."""


class Won(NamedTuple):
    """Probabilities of moving to each product, the last column to none; zero to the present one."""

    idle: Floats
    """[P + 1] Of users without a product."""
    new: Floats
    """[P, P + 1] Of users who never had one, by group; products in ``Entrants.order``."""
    held: Floats
    """[P, 2, P + 1] Of users of each product, by class."""


def new_times(products: int) -> Times:
    """Make the working space for P product slots."""
    flat = np.zeros((10, products))
    return Times(
        x=flat[0],
        running=flat[1],
        behind=flat[2],
        pace=flat[3],
        x_same=flat[4],
        running_same=flat[5],
        behind_same=flat[6],
        pace_same=flat[7],
        stays=np.zeros((products, 2)),
        others=np.zeros(products + 1),
        pace_open=flat[8],
        pace_mixed=flat[9],
    )


@compiled_apart
def run_race(
    count: int,
    providers: int,
    groups: int,
    quits: bool,
    entrants: Entrants,
    times: Times,
    won: Won,
) -> None:
    """Compute all probabilities of one type of users.

    Parameters
    ----------
    count, providers, groups : int
        Products n, their providers, groups of new users.
    quits : bool
        Whether no product takes part for users of one.
    entrants : Entrants
    times : Times
    won : Won
        Overwritten, up to n products, with column n for none.
    """
    _clear(count, groups, won)
    entering = _list_entering(count, entrants)
    if entering == 0 and not quits:
        return
    most, least = max(0.0, entrants.gains[0]), min(0.0, entrants.gains[0])
    fastest, slowest = 0.0, 0.0
    for j in range(count):
        for c in range(2):
            most = max(most, entrants.stay_gain[j, c])
            least = min(least, entrants.stay_gain[j, c])
    for j in range(count):
        fastest = max(fastest, entrants.utility[j] + most)
        slowest = min(slowest, entrants.utility[j] + least)
    log_time, weight = -fastest - _EARLY, 2.0 * STEP
    end = -slowest + _LATE
    if quits:
        end = min(end, math.log(_OVER))
    while log_time < end:
        following = _next_point(log_time, count, most, least, entrants)
        if following > log_time:
            log_time, weight = following, STEP
            continue
        _set_times(log_time, count, entrants, times)
        rate = math.exp(min(log_time, _CLAMP))
        running = math.exp(-rate)
        for _ in range(_DOUBLINGS):
            _time_products(count, providers, entrants, times)
            _add_idle(weight * running, entering, groups, entrants, times, won)
            share = weight * running if quits else weight
            pace_of_none = rate if quits else 0.0
            _add_holders(share, pace_of_none, count, entering, providers, entrants, times, won)
            _double(count, times)
            rate, running, weight = 2.0 * rate, running * running, STEP
        log_time += _BLOCK
    _spread_columns(count, entering, entrants, won)


@compiled
def _clear(count: int, groups: int, won: Won) -> None:
    for d in range(count + 1):
        won.idle[d] = 0.0
        for m in range(groups):
            won.new[m, d] = 0.0
        for j in range(count):
            won.held[j, 0, d] = 0.0
            won.held[j, 1, d] = 0.0


@compiled
def _list_entering(count: int, entrants: Entrants) -> int:
    """List the products that may come to mind; return how many."""
    entering = 0
    for j in range(count):
        if entrants.consideration[j] > 0.0:
            entrants.entering[entering] = j
            entering += 1
    return entering


@compiled
def _spread_columns(count: int, entering: int, entrants: Entrants, won: Won) -> None:
    """Move columns of products that enter, one next to the other until now, to their places."""
    if entering < count:
        _spread(won.idle, entering, entrants.entering)
    for j in range(count):
        for c in range(2):
            if entering < count:
                _spread(won.held[j, c], entering, entrants.entering)
            won.held[j, c, j] = 0.0


@compiled
def _spread(row: Floats, entering: int, places: NDArray[np.int64]) -> None:
    for reverse in range(entering):
        d = entering - 1 - reverse
        if places[d] != d:
            row[places[d]] = row[d]
            row[d] = 0.0


@compiled
def _next_point(
    log_time: float, count: int, most: float, least: float, entrants: Entrants
) -> float:
    """Return the next time at which any product or none may finish, or this one."""
    following = math.inf
    for j in range(count + 1):
        low = entrants.utility[j] + least if j < count else 0.0
        high = entrants.utility[j] + most if j < count else 0.0
        if low + log_time > _LATE:
            continue
        following = min(following, max(-high - _UNSEEN, log_time))
    return following


@compiled
def _set_times(log_time: float, count: int, entrants: Entrants, times: Times) -> None:
    gain = entrants.gains[0]
    for j in range(count):
        utility = entrants.utility[j] + log_time
        times.x[j] = math.exp(min(utility, _CLAMP))
        times.running[j] = math.exp(-times.x[j])
        times.x_same[j] = math.exp(min(utility + gain, _CLAMP))
        times.running_same[j] = math.exp(-times.x_same[j])
        for c in range(2):
            stay = math.exp(min(utility + entrants.stay_gain[j, c], _CLAMP))
            times.stays[j, c] = math.exp(-stay)


@compiled
def _double(count: int, times: Times) -> None:
    """Go on to twice the time."""
    for j in range(count):
        times.x[j] *= 2.0
        times.running[j] *= times.running[j]
        times.x_same[j] *= 2.0
        times.running_same[j] *= times.running_same[j]
        times.stays[j, 0] *= times.stays[j, 0]
        times.stays[j, 1] *= times.stays[j, 1]


@compiled
def _time_products(count: int, providers: int, entrants: Entrants, times: Times) -> None:
    """Set how likely products are still on their way, and how fast they finish."""
    for j in range(count):
        c = entrants.consideration[j]
        times.behind[j] = 1.0 - c + c * times.running[j]
        times.behind_same[j] = 1.0 - c + c * times.running_same[j]
        times.pace[j] = c * times.x[j] * times.running[j] / max(times.behind[j], _TINY)
        times.pace_same[j] = (
            c * times.x_same[j] * times.running_same[j] / max(times.behind_same[j], _TINY)
        )
    times.others[providers] = 1.0
    for g in range(providers - 1, -1, -1):
        left = times.others[g + 1]
        for j in range(entrants.first[g], entrants.first[g + 1]):
            left *= times.behind[j]
        times.others[g] = left


@compiled
def _add_idle(
    weight: float, entering: int, groups: int, entrants: Entrants, times: Times, won: Won
) -> None:
    """Add what users without a product take; groups of new users may take the first in order."""
    for d in range(entering):
        times.pace_mixed[d] = times.pace[entrants.entering[d]]
    if weight < _NEGLIGIBLE:
        return
    share = weight * times.others[0]
    for d in range(entering):
        won.idle[d] += share * times.pace_mixed[d]
    share, included = weight, 0
    for m in range(groups):
        for d in range(included, entrants.open_to[m]):
            share *= times.behind[entrants.order[d]]
            times.pace_open[d] = times.pace[entrants.order[d]]
        included = entrants.open_to[m]
        for d in range(included):
            won.new[m, d] += share * times.pace_open[d]


@compiled
def _add_holders(
    weight: float,
    pace_of_none: float,
    count: int,
    entering: int,
    providers: int,
    entrants: Entrants,
    times: Times,
    won: Won,
) -> None:
    """Add what users of a product take, provider by provider."""
    before, at, pace = weight, 0, times.pace_mixed
    for g in range(providers):
        low, high = entrants.first[g], entrants.first[g + 1]
        share, begin = before * times.others[g + 1], at
        while at < entering and entrants.entering[at] < high:
            pace[at] = times.pace_same[entrants.entering[at]]
            at += 1
        for j in range(low, high):
            own = share
            for k in range(low, high):
                if k != j:
                    own *= times.behind_same[k]
            for c in range(2):
                left = own * times.stays[j, c]
                if not entrants.is_run[j, c] or left < _NEGLIGIBLE:
                    continue
                row = won.held[j, c]
                for d in range(entering):
                    row[d] += left * pace[d]
                row[count] += left * pace_of_none
            before *= times.behind[j]
        for d in range(begin, at):
            pace[d] = times.pace[entrants.entering[d]]

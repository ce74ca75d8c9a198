"""The outside utility of each domain, solved from the share of users that a market starts with."""

import numpy as np
from numpy.typing import NDArray

from sim.users.extrapolation import Extrapolation
from sim.users.stationary import (
    EXTRAPOLATED_STEPS,
    MOST_STEPS,
    TOLERANCE,
    Habits,
    Market,
    NotSettledError,
    State,
    distance,
    first_guess,
    solve,
    step,
)

Floats = NDArray[np.float64]
Domains = NDArray[np.int64]

_FAR_BELOW = 30.0
"""An outside utility so far below all products that nobody leaves of own accord."""
_LEAP = 3.0
"""Largest change of an outside utility in one step."""
_PRECISION = 1e-6
"""Of the log-odds of the shares."""


def holders_share(market: Market, state: State, domain: Domains, aware: Floats) -> Floats:
    """Return the share of each domain's aware users who hold a product, (D,).

    Parameters
    ----------
    market, state
        As of `sim.users.stationary`.
    domain : ndarray of int64, shape (K,)
        Domain of each type.
    aware : ndarray, shape (D,)
        Aware users of each domain, as a share of all users.
    """
    holders = market.weight * (1.0 - state.held[:, -1])
    return np.asarray(np.bincount(domain, holders, aware.size) / aware)


def attainable_share(market: Market, habits: Habits, domain: Domains, aware: Floats) -> Floats:
    """Return the largest share of each domain's aware users who could hold a product, (D,).

    It is the stationary share where no product is never preferred: all to whom adoption pays for
    the fee and their setup, but for churn and for what never comes to mind. Arguments as above.
    """
    lowest = _lowest(market, habits)
    return holders_share(market, solve(market, habits, lowest), domain, aware)


class OutOfReachError(ValueError):
    """A share that no outside utility brings about."""


def _lowest(market: Market, habits: Habits) -> Floats:
    """Outside utilities at which nobody leaves of own accord, (K,)."""
    worst = np.min(market.utility, axis=1, where=np.isfinite(market.utility), initial=0.0)
    return np.asarray(worst - (habits.vendor_cost + _FAR_BELOW))


def solve_outside(
    market: Market, habits: Habits, domain: Domains, aware: Floats, share: Floats
) -> Floats:
    """Return the outside utility of each domain [a0_d] at which given shares are stationary, (D,).

    Parameters
    ----------
    market, habits, domain, aware
        As of `holders_share`.
    share : ndarray, shape (D,)
        Wanted shares of the aware; positive, and below the attainable.

    Raises
    ------
    OutOfReachError
        So many come to hold a product at no outside utility.
    NotSettledError
        Shares never come to rest.

    Notes
    -----
    A step of the chains at the present constants, and of the constants by what the log-odds of the
    shares lack, is iterated on both at once.
    """
    outside, state, extrapolation = np.zeros(aware.size), first_guess(market), Extrapolation()
    wanted = np.log(share) - np.log1p(-share)
    for number in range(MOST_STEPS):
        following = step(market, habits, outside[domain], state)
        reached = np.clip(holders_share(market, following, domain, aware), 1e-300, 1.0 - 1e-15)
        gap = np.log(reached) - np.log1p(-reached) - wanted
        still = distance(state, following, market)
        if np.abs(gap).max(initial=0.0) < _PRECISION and still < TOLERANCE:
            return outside
        raised = np.clip(gap, -_LEAP, _LEAP)
        if number >= EXTRAPOLATED_STEPS:
            outside, state = outside + 0.5 * raised, following
            continue
        found = extrapolation.after(
            np.concatenate([outside + raised, following.vector()]),
            np.concatenate([aware * raised, following.change_from(state, market)]),
        )
        outside = outside + np.clip(found[: aware.size] - outside, -_LEAP, _LEAP)
        state = following.at(found[aware.size :])
    if (share >= attainable_share(market, habits, domain, aware)).any():
        raise OutOfReachError
    raise NotSettledError

"""The records that the compiled kernel works on: named tuples of arrays and numbers.

Index letters: i user, k type (all domains in one row, domain by domain), j product.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

UNIT = (1 << 32) - 1
"""The share one, in the fixed-point numbers that usage and value shares are kept in."""

NO_PRODUCT = -1
AWARE = 1
ADOPTED_ONCE = 2
"""Bits of ``Users.flags``."""

GRAPH, COMPLETE, ALONE = 0, 1, 2
"""Kinds of ``Graph``: by adjacency; everyone hears from everyone; nobody from anybody."""

AWARENESS, REVIEW, NEWS, USAGE, CHURN = range(5)
"""Rows of ``Clocks``."""

ADOPTIONS, SWITCHES_IN, SWITCHES_OUT, LEAVES = range(4)
"""Rows of ``Totals.moves``."""


class Users(NamedTuple):
    """State of every user: 21 bytes each."""

    type_index: NDArray[np.uint16]
    product: NDArray[np.int16]
    flags: NDArray[np.uint8]
    usage: NDArray[np.uint32]
    """Share of tasks run [w], in units of 1 / UNIT: sums are exact, whatever their order."""
    value: NDArray[np.uint32]
    """Share of the value of all tasks that the tasks run carry [Phi(z_w + s)], likewise."""
    satisfaction: NDArray[np.float32]
    expectation: NDArray[np.float32]


class Graph(NamedTuple):
    """Who hears from whom, as rows of neighbours (compressed sparse rows)."""

    kind: int
    offsets: NDArray[np.int64]
    """First neighbour of user i in ``neighbours``; one entry more than users."""
    neighbours: NDArray[np.int32]


class Book(NamedTuple):
    """The offers as each type sees them; written anew when the offers change."""

    utility: NDArray[np.float64]
    """[2, K, P] Utility in units of mu; -inf for what is not on offer. Row 0 holds for users who
    never adopted: -inf as well where the surplus does not pay for the setup."""
    success: NDArray[np.float32]
    """[K, P] Share of tasks that succeed [pi]."""
    usage_target: NDArray[np.uint32]
    """[K, P] Share of tasks worth running [w*], in units of 1 / UNIT."""
    product_keys: NDArray[np.uint64]
    provider_index: NDArray[np.int16]
    listed: NDArray[np.bool_]
    news: NDArray[np.float64]
    """[P] News level of each product at ``news_time_days``."""
    news_total: float
    news_time_days: float


class Totals(NamedTuple):
    """Sums over users by type and product, and what happened since the last call."""

    users: NDArray[np.int64]
    """[K, P]"""
    usage: NDArray[np.int64]
    """[K, P] Sum of usage shares, in units of 1 / UNIT."""
    value: NDArray[np.int64]
    """[K, P] Sum of value shares, in units of 1 / UNIT."""
    users_of: NDArray[np.int64]
    """[P + 1] Users by product, the last entry all adopters."""
    population: NDArray[np.int64]
    """[K] All users."""
    aware: NDArray[np.int64]
    """[K]"""
    untried: NDArray[np.int64]
    """[K] Aware users who never adopted."""
    days: NDArray[np.float64]
    """[3, K, P] Integrals over time of ``users``, ``usage``, ``value``."""
    moves: NDArray[np.int64]
    """[4, K, P] Adoptions, switches in, switches out, leaves."""
    counts: NDArray[np.int64]
    """[2] Reviews; candidate events."""


class Clocks(NamedTuple):
    """Superposed Poisson clocks of all users, one row a purpose."""

    next_days: NDArray[np.float64]
    """[5] Time of the next candidate event."""
    ordinal: NDArray[np.uint64]
    """[5] Candidate events so far."""
    rate_per_day: NDArray[np.float64]
    """[5] Rate of candidates of all users together, an upper bound of the hazard of events."""


class Rules(NamedTuple):
    """Parameters that all users share; symbols as in ``sim.scenario.demand``."""

    seed: np.uint64
    replication: np.uint64
    innovation_per_day: float
    imitation_per_day: float
    consideration_base: float
    market_share_weight: float
    peer_weight: float
    news_weight: float
    news_decay_per_day: float
    switching_cost_vendor: float
    switching_cost_model: float
    peer_bonus: float
    satisfaction_weight: float
    outside_utility: float
    usage_adjustment_share: float
    churn_slope: float
    churn_bound: float
    """Candidates of the churn clock per event at zero satisfaction."""
    satisfaction_adjustment: float
    log_sd: NDArray[np.float64]
    """[K] Spread of log task values [s]."""
    race_floor: NDArray[np.float64]
    """Lower bounds of the logarithm of an exponential draw; see ``sim.users.review``."""

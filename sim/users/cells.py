"""Compiled sums over the cells of the totals: from types by products to domains by products.

The types of a domain are added one after the other, in their order.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled
from sim.users.records import ADOPTED_ONCE, AWARE, CELL, NO_PRODUCT, OFFER, TYPE, USER, Rows

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

ADOPTIONS, SWITCHES_IN, SWITCHES_OUT, LEAVES = range(4)
"""Rows of ``moves``."""
POPULATION, AWARE_USERS, DETERRED, ADOPTERS, BARRED = range(5)
"""Rows of ``people``; ``survey`` fills the last two."""


@compiled
def collect(
    cells: Rows,
    domain: Counts,
    mtok_per_day: Floats,
    value: Floats,
    price: Floats,
    token_cost: Floats,
    work: Floats,
    free: Floats,
    user_days: Floats,
    moves: Counts,
    gain: Floats,
) -> None:
    """Add up what happened since the last call, and begin anew.

    Parameters
    ----------
    cells : CELL[K, P]
        Its integrals and counts of moves are set back to zero.
    domain : int64[K]
        Domain of each type.
    mtok_per_day : float64[K]
        Work of a user at a usage of one unit of the fixed-point numbers.
    value, price : float64[K, P]
        Value and price of a Mtok of work, in USD.
    token_cost : float64[D, P]
        Price of the tokens of a Mtok of work, which those within the free quota do not cost.
    work, free, user_days : float64[D, P]
        Zeros; receive the work done [Mtok of work], that within free quotas, and the integral of
        users.
    moves : int64[4, D, P]
        Zeros; receives the moves.
    gain : float64[K, P]
        Receives value less cost, in USD per Mtok of work times fixed-point units times days.
    """
    for k in range(cells.shape[0]):
        d = domain[k]
        for j in range(cells.shape[1]):
            cell = cells[k, j]
            usage_days = cell["usage_days"]
            work[d, j] += usage_days * mtok_per_day[k]
            user_days[d, j] += cell["user_days"]
            gain[k, j] = value[k, j] * cell["value_days"] - price[k, j] * usage_days
            if cell["free_days"] != 0.0:
                free[d, j] += cell["free_days"] * mtok_per_day[k]
                gain[k, j] += token_cost[d, j] * cell["free_days"]
            moves[ADOPTIONS, d, j] += cell["adoptions"]
            moves[SWITCHES_IN, d, j] += cell["switches_in"]
            moves[SWITCHES_OUT, d, j] += cell["switches_out"]
            moves[LEAVES, d, j] += cell["leaves"]
            cell["user_days"] = 0.0
            cell["usage_days"] = 0.0
            cell["value_days"] = 0.0
            cell["free_days"] = 0.0
            cell["adoptions"] = 0
            cell["switches_in"] = 0
            cell["switches_out"] = 0
            cell["leaves"] = 0


@compiled
def stand(
    cells: Rows,
    domain: Counts,
    mtok_per_day: Floats,
    value: Floats,
    price: Floats,
    token_cost: Floats,
    users: Counts,
    work: Floats,
    gain: Floats,
) -> None:
    """Add up how users stand: as ``collect``, but now, per day, and without beginning anew.

    ``users`` is int64[D, P], zeros that receive the users of each product.
    """
    for k in range(cells.shape[0]):
        d = domain[k]
        for j in range(cells.shape[1]):
            cell = cells[k, j]
            users[d, j] += cell["users"]
            work[d, j] += cell["usage"] * mtok_per_day[k]
            gain[k, j] = value[k, j] * cell["value"] - price[k, j] * cell["usage"]
            gain[k, j] += token_cost[d, j] * cell["free"]


@compiled
def count_people(
    cells: Rows,
    types: Rows,
    domain: Counts,
    offers: Rows,
    open_utility: Floats,
    people: Counts,
) -> None:
    """Count users, aware users, and those whom privacy keeps from adopting.

    Parameters
    ----------
    cells : CELL[K, P]
    types : TYPE[K]
    domain : int64[K]
        Domain of each type.
    offers : OFFER[K, P]
    open_utility : float64[K, P]
        Utilities without what privacy takes from them.
    people : int64[5, D]
        Zeros; receives all users; those who are aware; those who are aware, have no product, and
        see none better than none, though one would be but for privacy.
    """
    for k in range(cells.shape[0]):
        has_any, would_have = False, False
        outside_utility = types[k]["outside_utility"]
        holders = 0
        for j in range(cells.shape[1]):
            offer = offers[k, j]
            utility = offer["utility"]
            holders += cells[k, j]["users"]
            has_any |= utility > outside_utility
            would_have |= open_utility[k, j] > outside_utility
        d = domain[k]
        people[POPULATION, d] += types[k]["population"]
        people[AWARE_USERS, d] += types[k]["aware"]
        if would_have and not has_any:
            people[DETERRED, d] += types[k]["aware"] - holders


@compiled
def survey(
    rows: Rows,
    product: NDArray[np.int16],
    domain: Counts,
    reach: Floats,
    least_usage: Floats,
    satisfaction: Floats,
    satisfaction_by_product: Floats,
    people: Counts,
) -> None:
    """Go through all users, in their order: who counts as an adopter, and who is kept out.

    Parameters
    ----------
    rows : USER[N]
    product : int16[N]
    domain : int64[K]
        Domain of each type.
    reach : float64[K]
        Largest ``setup_z`` at which a first adoption pays.
    least_usage : float64[K, P]
        Usage of an adopter at least, in units of 1 / UNIT.
    satisfaction : float64[D]
        Zeros; receives the sum over users of a product.
    satisfaction_by_product : float64[P]
        Zeros; receives the same by product.
    people : int64[5, D]
        Receives the users of a product who run at least that much; and those who are aware, never
        adopted, and for whom no product's surplus pays for the fee and their own setup.
    """
    for user in range(product.size):
        row, held = rows[user], product[user]
        k = row["type_index"]
        if held != NO_PRODUCT:
            satisfaction[domain[k]] += np.float64(row["satisfaction"])
            satisfaction_by_product[held] += np.float64(row["satisfaction"])
            people[ADOPTERS, domain[k]] += np.float64(row["usage"]) >= least_usage[k, held]
        elif row["flags"] & (AWARE | ADOPTED_ONCE) == AWARE:
            people[BARRED, domain[k]] += np.float64(row["setup_z"]) > reach[k]


@compiled
def any_gone(users_of: Counts, listed: Mask) -> bool:
    """Return whether a product that is not listed has users; ``users_of`` is int64[P + 1]."""
    gone = False
    for j in range(listed.size):
        gone |= users_of[j] != 0 and not listed[j]
    return gone


@compiled
def any_priced_out(cells: Rows, offers: Rows) -> bool:
    """Return whether a type has users of a product that is not, or no longer, on offer to it.

    ``cells`` is CELL[K, P], ``offers`` OFFER[K, P].
    """
    out = False
    for k in range(cells.shape[0]):
        for j in range(cells.shape[1]):
            out |= cells[k, j]["users"] != 0 and offers[k, j]["utility"] == -math.inf
    return out


def warm_up() -> None:
    """Compile these sums, or read them from the cache."""
    one, cell, offer = np.ones((1, 1)), np.zeros((1, 1), CELL), np.zeros((1, 1), OFFER)
    amounts, count = np.zeros((4, 1, 1)), np.zeros((1, 1), np.int64)
    index, row, flag = np.zeros(1, np.int64), np.zeros(1), np.zeros(1, np.bool_)
    moves, people = np.zeros((4, 1, 1), np.int64), np.zeros((5, 1), np.int64)
    work, free, user_days, gain = amounts
    collect(cell, index, row, one, one, one, work, free, user_days, moves, gain)
    stand(cell, index, row, one, one, one, count, work, gain)
    count_people(cell, np.zeros(1, TYPE), index, offer, one, people)
    user = np.zeros(1, USER)
    survey(user, np.full(1, NO_PRODUCT, np.int16), index, row, one, row, row, people)
    any_priced_out(cell, offer)
    any_gone(np.zeros(2, np.int64), flag)

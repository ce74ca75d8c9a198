"""Sums over users by type and product."""

import numpy as np

from sim.users.records import AWARE, NO_PRODUCT, Totals, Users
from sim.users.user_types import UserTypes


def count_totals(types: UserTypes, users: Users, products: int) -> Totals:
    """Count the totals of the present state; integrals and counts of events begin at zero.

    Parameters
    ----------
    types : UserTypes
    users : Users
    products : int
        Number of product slots P.
    """
    shape = types.count, products
    totals = Totals(
        users=np.zeros(shape, np.int64),
        usage=np.zeros(shape, np.int64),
        value=np.zeros(shape, np.int64),
        users_of=np.zeros(products + 1, np.int64),
        population=np.bincount(users.type_index, minlength=types.count),
        aware=np.bincount(users.type_index[users.flags & AWARE != 0], minlength=types.count),
        untried=np.bincount(users.type_index[users.flags == AWARE], minlength=types.count),
        days=np.zeros((3, *shape)),
        moves=np.zeros((4, *shape), np.int64),
        counts=np.zeros(2, np.int64),
    )
    held = np.flatnonzero(users.product != NO_PRODUCT)
    cell = users.type_index[held], users.product[held]
    np.add.at(totals.users, cell, 1)
    np.add.at(totals.usage, cell, users.usage[held].astype(np.int64))
    np.add.at(totals.value, cell, users.value[held].astype(np.int64))
    totals.users_of[:-1] = totals.users.sum(axis=0)
    totals.users_of[-1] = held.size
    return totals


def restart(totals: Totals) -> None:
    """Set integrals and counts of events back to zero, in place."""
    for counter in (totals.days, totals.moves, totals.counts):
        counter.fill(0)

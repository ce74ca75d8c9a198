"""Sums over users by type and product."""

import numpy as np

from sim.users.meters import recount
from sim.users.records import AWARE, CELL, METER, NO_PRODUCT, TYPE, Rows, Totals, Users
from sim.users.user_types import UserTypes


def count_totals(types: UserTypes, users: Users, limits: Rows) -> Totals:
    """Count the totals of the present state; integrals and counts of events begin at zero.

    Parameters
    ----------
    types : UserTypes
    users : Users
    limits : LIMIT[K, P]
        What of its tasks each type has free.
    """
    products = limits.shape[1]
    totals = Totals(
        cells=np.zeros((types.count, products), CELL),
        types=np.zeros(types.count, TYPE),
        users_of=np.zeros(products + 1, np.int64),
        counts=np.zeros(2, np.int64),
        meters=np.zeros((types.count, products), METER),
    )
    type_index, flags = users.rows["type_index"], users.rows["flags"]
    totals.types["population"] = np.bincount(type_index, minlength=types.count)
    totals.types["aware"] = np.bincount(type_index[flags & AWARE != 0], minlength=types.count)
    totals.types["untried"] = np.bincount(type_index[flags == AWARE], minlength=types.count)
    for parameter in ("outside_utility", "setup_cost_usd", "setup_cost_log_sd"):
        totals.types[parameter] = getattr(types, parameter)
    held = np.flatnonzero(users.product != NO_PRODUCT)
    cell = type_index[held], users.product[held]
    np.add.at(totals.cells["users"], cell, 1)
    for share in ("usage", "value"):
        np.add.at(totals.cells[share], cell, users.rows[share][held].astype(np.int64))
    recount(users.rows, users.product, limits, totals.meters)
    totals.cells["free"] = totals.meters["free"]
    totals.users_of[:-1] = totals.cells["users"].sum(axis=0)
    totals.users_of[-1] = held.size
    return totals

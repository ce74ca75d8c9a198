"""Sums over users by type and product."""

import numpy as np

from sim.users.meters import recount
from sim.users.portfolio.holdings import count_holdings, count_vendors
from sim.users.records import AWARE, CELL, METER, NO_PRODUCT, TYPE, Book, Rules, Totals, Users
from sim.users.user_types import UserTypes


def count_totals(types: UserTypes, users: Users, book: Book, rules: Rules) -> Totals:
    """Count the totals of the present state; integrals and counts of events begin at zero.

    Parameters
    ----------
    types : UserTypes
    users : Users
    book : Book
        What is on offer, and what of its tasks each type has free.
    rules : Rules
    """
    rows, products = book.limits.shape
    totals = Totals(
        cells=np.zeros((rows, products), CELL),
        types=np.zeros(types.count, TYPE),
        users_of=np.zeros(products + 1, np.int64),
        counts=np.zeros(2, np.int64),
        meters=np.zeros((rows, products), METER),
        holdings=count_holdings(users, types.count, products, rules.portfolios),
    )
    count = rules.portfolios.users
    type_index, flags = users.rows["type_index"][:count], users.rows["flags"][:count]
    totals.types["population"] = np.bincount(type_index, minlength=types.count)
    totals.types["aware"] = np.bincount(type_index[flags & AWARE != 0], minlength=types.count)
    totals.types["untried"] = np.bincount(type_index[flags == AWARE], minlength=types.count)
    for parameter in ("outside_utility", "setup_cost_usd", "setup_cost_log_sd"):
        totals.types[parameter] = getattr(types, parameter)
    held = np.flatnonzero(users.product != NO_PRODUCT)
    cell = users.rows["type_index"][held], users.product[held]
    np.add.at(totals.cells["users"], cell, 1)
    for share in ("usage", "value"):
        np.add.at(totals.cells[share], cell, users.rows[share][held].astype(np.int64))
    recount(users.rows, users.product, book.limits, totals.meters)
    totals.cells["free"] = totals.meters["free"]
    by_product = totals.holdings if rules.portfolios.is_on else totals.cells
    totals.users_of[:-1] = by_product["users"].sum(axis=0)
    totals.users_of[-1] = np.count_nonzero(users.product[:count] != NO_PRODUCT)
    if rules.portfolios.is_on:
        count_vendors(totals, users, types, book, rules.portfolios)
    return totals

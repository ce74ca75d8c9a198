"""Who has which products, each user counted once a product, whatever number of its requests."""

import numpy as np

from sim.compiled import compiled
from sim.quantities import BoolArray, FloatArray, IntegerArray
from sim.users.cells import ADOPTERS, BARRED
from sim.users.mechanisms.portfolios import PortfolioRules
from sim.users.portfolio.moving import felt, further_vendors
from sim.users.records import (
    ADOPTED_ONCE,
    AWARE,
    HOLDING,
    NO_PRODUCT,
    Book,
    Rows,
    Totals,
    Users,
    World,
    smallest_world,
)
from sim.users.user_types import UserTypes


def first_of_product(users: Users, classes: int) -> BoolArray:
    """Return the places that are a user's first with their product, (C, N)."""
    product = users.product.reshape(classes, -1)
    first = product != NO_PRODUCT
    for c in range(1, classes):
        first[c] &= (product[:c] != product[c]).all(axis=0)
    return np.asarray(first)


def count_holdings(users: Users, types: int, products: int, rules: PortfolioRules) -> Rows:
    """Count the users of each product by type, (K, P); (0, P) where cells say it.

    Parameters
    ----------
    users : Users
    types, products : int
        K, P.
    rules : PortfolioRules
    """
    if not rules.is_on:
        return np.zeros((0, products), HOLDING)
    holdings = np.zeros((types, products), HOLDING)
    places = np.flatnonzero(first_of_product(users, rules.classes))
    kind = users.rows["type_index"][places % rules.users]
    np.add.at(holdings["users"], (kind, users.product[places]), 1)
    return holdings


def count_vendors(
    totals: Totals, users: Users, types: UserTypes, book: Book, rules: PortfolioRules
) -> None:
    """Note what vendors cost, in units of mu, and how many users have beyond the first."""
    scale = types.taste_scale_usd_per_month
    totals.types["further_vendor_fee"] = types.further_vendor_fee_usd_per_month / scale
    further = np.zeros(types.count, np.int64)
    _count_vendors(users, book.products, further, rules.users)
    totals.types["further_vendors"] = further


@compiled
def _count_vendors(users: Users, products: Rows, further: IntegerArray, count: int) -> None:
    for user in range(count):
        if users.product[user] != NO_PRODUCT:
            vendors = further_vendors(user, users, products, count)
            further[users.rows[user]["type_index"]] += vendors


@compiled
def survey_portfolios(
    world: World,
    reach: FloatArray,
    least_usage: FloatArray,
    satisfaction: FloatArray,
    satisfaction_by_product: FloatArray,
    domain: IntegerArray,
    people: IntegerArray,
) -> None:
    """Go through all users: who counts as an adopter, and who is kept out.

    Parameters
    ----------
    world : World
    reach, satisfaction, satisfaction_by_product, domain, people
        As of `sim.users.cells.survey`; with a product users are as satisfied as on average over
        the work that it does for them.
    least_usage : float64[C K, P]
        Usage of an adopter at least, if one class of requests were all that it had tasks for.
    """
    users, count = world.users, world.rules.portfolios.users
    for user in range(count):
        row = users.rows[user]
        k = row["type_index"]
        if users.product[user] != NO_PRODUCT:
            satisfaction[domain[k]] += felt(user, world)
            reached = 0.0
            for place in range(user, users.product.size, count):
                part = users.rows[place]
                least = least_usage[part["type_index"], users.product[place]]
                reached += np.float64(part["usage"]) / least if least > 0.0 else 1.0
                work, share = world.rules.work_share[part["type_index"]], 0.0
                for other in range(user, users.product.size, count):
                    if users.product[other] == users.product[place]:
                        share += world.rules.work_share[users.rows[other]["type_index"]]
                own = np.float64(part["satisfaction"]) * work / share
                satisfaction_by_product[users.product[place]] += own
            people[ADOPTERS, domain[k]] += reached >= 1.0
        elif row["flags"] & (AWARE | ADOPTED_ONCE) == AWARE:
            people[BARRED, domain[k]] += np.float64(row["setup_z"]) > reach[k]


def warm_up() -> None:
    """Compile these counts, or read them from the cache."""
    world, one = smallest_world(), np.zeros((1, 1))
    _count_vendors(world.users, world.book.products, np.zeros(1, np.int64), 1)
    index, people = np.zeros(1, np.int64), np.zeros((5, 1), np.int64)
    survey_portfolios(world, np.zeros(1), one, np.zeros(1), np.zeros(1), index, people)

"""Changes of one user's product and usage, with every total kept exact.

Totals are integrated over time as if nothing changed until the end of the batch; each change adds
its own correction for the time that remains. So a batch costs nothing per type and product, and
the integrals are exact.
"""

import numpy as np

from sim.compiled import compiled
from sim.users.mechanisms.adoption import setup_cost_usd
from sim.users.mechanisms.usage import adjusted_usage, carried_usage, first_usage
from sim.users.meters import note_change
from sim.users.normal import normal_cdf, normal_quantile
from sim.users.records import ADOPTED_ONCE, NO_PRODUCT, UNIT, Book, World
from sim.users.shortlist import attend, news_weight


@compiled
def move(
    user: int,
    product: int,
    time_days: float,
    remaining_days: float,
    world: World,
) -> None:
    """Move a user to another product, or to none.

    Parameters
    ----------
    user, product : int
        Who moves and where to; ``NO_PRODUCT`` for leaving. Not the present product.
    time_days, remaining_days : float
        Now, and the time from now to the end of the batch.
    world : World
        Records of the population.

    Notes
    -----
    A new user begins with one adjustment step from zero usage. A user who switches takes its
    usage along, less the tasks that do not pay at the new product. Satisfaction starts afresh.
    """
    users, book, totals, rules = world.users, world.book, world.totals, world.rules
    row = users.rows[user]
    k = row["type_index"]
    old = users.product[user]
    _note_cost(row, old, product, book, totals.types[k])
    if product == NO_PRODUCT:
        totals.cells[k, old]["leaves"] += 1
    elif old == NO_PRODUCT:
        totals.cells[k, product]["adoptions"] += 1
        note_adoption(row, totals.types[k])
    else:
        totals.cells[k, old]["switches_out"] += 1
        totals.cells[k, product]["switches_in"] += 1
    hand_over(user, product, time_days, remaining_days, world)
    weight = news_weight(time_days, book, rules)
    if product != NO_PRODUCT:
        totals.users_of[product] += 1
        attend(product, weight, world)
    if old != NO_PRODUCT:
        totals.users_of[old] -= 1
        attend(old, weight, world)
    totals.users_of[-1] += np.int64(old == NO_PRODUCT) - np.int64(product == NO_PRODUCT)


@compiled
def hand_over(
    place: int, product: int, time_days: float, remaining_days: float, world: World
) -> None:
    """Let another product, or none, serve the requests of a place; arguments as in ``move``.

    A place is a user, or one of its classes of requests.
    """
    users, rules = world.users, world.rules
    row = users.rows[place]
    k, old = row["type_index"], users.product[place]
    if old != NO_PRODUCT:
        _add(place, old, np.int64(-1), time_days, remaining_days, world)
    usage = np.int64(0)
    if product != NO_PRODUCT:
        target = np.int64(world.book.offers[k, product]["usage_target"])
        if old == NO_PRODUCT:
            usage = first_usage(target, rules.usage)
        else:
            usage = carried_usage(np.int64(row["usage"]), target)
    users.product[place] = product
    row["satisfaction"] = 0.0
    row["usage"] = usage
    row["value"] = value_share(usage, rules.log_sd[k])
    if product != NO_PRODUCT:
        _add(place, np.int16(product), np.int64(1), time_days, remaining_days, world)


@compiled
def note_adoption(row: np.void, kind: np.void) -> None:
    """Note that a user holds a product, perhaps for the first time."""
    kind["untried"] -= 0 if row["flags"] & ADOPTED_ONCE else 1
    row["flags"] |= ADOPTED_ONCE


@compiled
def _note_cost(row: np.void, old: int, product: int, book: Book, kind: np.void) -> None:
    """Note what a move costs the user: the setup, once, or a switch, each time.

    Who leaves a product pays as for a switch of vendors; who comes without one pays the setup if it
    never paid before, ``h_i = h exp(s_h z_i)``. Between hosts of one model a move is free.
    """
    if old == NO_PRODUCT:
        note_setup(row, kind)
        return
    if product == NO_PRODUCT:
        kind["vendor_moves"] += 1
        return
    before, after = book.products[old], book.products[product]
    if after["provider"] == before["provider"]:
        kind["model_moves"] += after["model"] != before["model"]
    else:
        kind["vendor_moves"] += after["model"] != before["model"]


@compiled
def note_setup(row: np.void, kind: np.void) -> None:
    """Note that whoever never adopted pays its setup, before ``note_adoption``."""
    if not row["flags"] & ADOPTED_ONCE:
        kind["setup_paid_usd"] += setup_cost_usd(
            kind["setup_cost_usd"], kind["setup_cost_log_sd"], np.float64(row["setup_z"])
        )


@compiled
def adjust_usage(place: int, time_days: float, remaining_days: float, world: World) -> None:
    """One event of the usage clock: the user moves towards the usage that it wants."""
    product = world.users.product[place]
    if product == NO_PRODUCT:
        return
    row = world.users.rows[place]
    usage = np.int64(row["usage"])
    target = np.int64(world.book.offers[row["type_index"], product]["usage_target"])
    if usage != target:
        run = adjusted_usage(usage, target, world.rules.usage)
        _set_usage(place, run, time_days, remaining_days, world)


@compiled
def keep_to_budgets(now_days: float, until_days: float, world: World) -> None:
    """Let users drop at once what their budgets no longer pay for, the least valuable tasks.

    Parameters
    ----------
    now_days, until_days : float
        Now, and the end of the batch.
    world : World
        Records of the population.
    """
    for place in range(world.users.product.size):
        product = world.users.product[place]
        if product == NO_PRODUCT:
            continue
        row = world.users.rows[place]
        most = np.int64(world.book.limits[row["type_index"], product]["most"])
        if np.int64(row["usage"]) > most:
            _set_usage(place, most, now_days, until_days - now_days, world)


@compiled
def _set_usage(
    place: int, usage: np.int64, time_days: float, remaining_days: float, world: World
) -> None:
    """Let the user of a product run another share of its tasks."""
    row, product = world.users.rows[place], world.users.product[place]
    _add(place, product, np.int64(-1), time_days, remaining_days, world)
    row["usage"] = usage
    row["value"] = value_share(usage, world.rules.log_sd[row["type_index"]])
    _add(place, product, np.int64(1), time_days, remaining_days, world)


@compiled
def value_share(usage: np.int64, log_sd: float) -> np.int64:
    """Share of the value of all tasks in the most valuable ``usage`` of them [Phi(z_w + s)].

    Both shares in units of 1 / UNIT; task values are lognormal with spread ``log_sd``.
    """
    if usage == 0 or usage == UNIT:
        return usage
    return np.int64(normal_cdf(normal_quantile(usage / UNIT) + log_sd) * UNIT + 0.5)


@compiled
def _add(
    place: int,
    product: np.int16,
    sign: np.int64,
    time_days: float,
    remaining_days: float,
    world: World,
) -> None:
    """Add a place, as it stands, to the totals of a product, or take it out with sign -1."""
    row, totals = world.users.rows[place], world.totals
    k = row["type_index"]
    cell = totals.cells[k, product]
    usage = sign * np.int64(row["usage"])
    value = sign * np.int64(row["value"])
    free = np.int64(0)
    if world.book.has_quotas:
        quota = np.int64(world.book.limits[k, product]["quota"])
        free = sign * min(np.int64(row["usage"]), quota)
        cell["free"] += free
        cell["free_days"] += free * remaining_days
    cell["users"] += sign
    cell["usage"] += usage
    cell["value"] += value
    cell["user_days"] += sign * remaining_days
    cell["usage_days"] += usage * remaining_days
    cell["value_days"] += value * remaining_days
    note_change(totals.meters[k, product], usage, free, time_days)

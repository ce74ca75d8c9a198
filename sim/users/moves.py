"""Changes of one user's product and usage, with every total kept exact.

Totals are integrated over time as if nothing changed until the end of the batch; each change adds
its own correction for the time that remains. So a batch costs nothing per type and product, and
the integrals are exact.
"""

import numpy as np

from sim.users.compiled import compiled
from sim.users.normal import normal_cdf, normal_quantile
from sim.users.records import (
    ADOPTED_ONCE,
    ADOPTIONS,
    LEAVES,
    NO_PRODUCT,
    SWITCHES_IN,
    SWITCHES_OUT,
    UNIT,
)


@compiled
def move(user, product, remaining_days, users, book, totals, rules):
    """Move a user to another product, or to none.

    Parameters
    ----------
    user, product : int
        Who moves and where to; ``NO_PRODUCT`` for leaving. Not the present product.
    remaining_days : float
        Time from the move to the end of the batch.
    users, book, totals, rules
        Records of the population.

    Notes
    -----
    A new user begins with one adjustment step from zero usage. A user who switches takes its
    usage along, less the tasks that do not pay at the new product. Satisfaction starts afresh.
    """
    k = users.type_index[user]
    old = users.product[user]
    if old != NO_PRODUCT:
        _add(k, old, -1, users.usage[user], users.value[user], remaining_days, totals)
        totals.moves[LEAVES if product == NO_PRODUCT else SWITCHES_OUT, k, old] += 1
    users.product[user] = product
    users.satisfaction[user] = 0.0
    if product == NO_PRODUCT:
        users.usage[user] = 0
        users.value[user] = 0
        return
    target = np.int64(book.usage_target[k, product])
    if old == NO_PRODUCT:
        totals.moves[ADOPTIONS, k, product] += 1
        _set_usage(user, adjusted_usage(0, target, rules.usage_adjustment_share), users, rules)
        if not users.flags[user] & ADOPTED_ONCE:
            users.flags[user] |= ADOPTED_ONCE
            totals.untried[k] -= 1
    else:
        totals.moves[SWITCHES_IN, k, product] += 1
        if users.usage[user] > target:
            _set_usage(user, target, users, rules)
    _add(k, product, 1, users.usage[user], users.value[user], remaining_days, totals)


@compiled
def adjust_usage(user, remaining_days, users, book, totals, rules):
    """One event of the usage clock: the user moves towards the usage that it wants."""
    product = users.product[user]
    if product == NO_PRODUCT:
        return
    k = users.type_index[user]
    old_usage = np.int64(users.usage[user])
    old_value = np.int64(users.value[user])
    target = np.int64(book.usage_target[k, product])
    usage = adjusted_usage(old_usage, target, rules.usage_adjustment_share)
    if usage == old_usage:
        return
    _set_usage(user, usage, users, rules)
    value = np.int64(users.value[user]) - old_value
    totals.usage[k, product] += usage - old_usage
    totals.value[k, product] += value
    totals.days[1, k, product] += (usage - old_usage) * remaining_days
    totals.days[2, k, product] += value * remaining_days


@compiled
def adjusted_usage(usage, target, adjustment_share):
    """Usage share after one adjustment, in units of 1 / UNIT.

    Upwards the user closes a share of the gap, since every further task takes integration work.
    Tasks that no longer pay are dropped at once: stopping takes none.
    """
    if target <= usage:
        return target
    return usage + np.int64((target - usage) * adjustment_share + 0.5)


@compiled
def value_share(usage, log_sd):
    """Share of the value of all tasks in the most valuable ``usage`` of them [Phi(z_w + s)].

    Both shares in units of 1 / UNIT; task values are lognormal with spread ``log_sd``.
    """
    if usage == 0 or usage == UNIT:
        return np.int64(usage)
    return np.int64(normal_cdf(normal_quantile(usage / UNIT) + log_sd) * UNIT + 0.5)


@compiled
def _set_usage(user, usage, users, rules):
    users.usage[user] = usage
    users.value[user] = value_share(usage, rules.log_sd[users.type_index[user]])


@compiled
def _add(k, product, sign, usage, value, remaining_days, totals):
    usage_change = sign * np.int64(usage)
    value_change = sign * np.int64(value)
    totals.users[k, product] += sign
    totals.usage[k, product] += usage_change
    totals.value[k, product] += value_change
    totals.users_of[product] += sign
    totals.users_of[-1] += sign
    totals.days[0, k, product] += sign * remaining_days
    totals.days[1, k, product] += usage_change * remaining_days
    totals.days[2, k, product] += value_change * remaining_days

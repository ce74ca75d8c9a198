r"""Who chooses what, and what owners gain by their prices, compiled.

Types come in blocks of `LANES`, filled up by some of no weight: arrays are blocks by products by
types in a block, so that the rows of a block stay in the processor's first cache and loops run in
lanes. The formulas are those of `choice_demand` and `first_order`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.quantities import FloatArray, IntegerArray

LANES = 64
"""Types in a block."""
_MOST = 700.0
"""Of exponents: the product is chosen by everybody anyway."""


class Choices(NamedTuple):
    """What prices do not change. B blocks of `LANES` types L, P products in G nests.

    Attributes
    ----------
    utility
        delta, (B, P, L).
    outside, price_weight, weight
        V_0, alpha and w, (B, L).
    members, first
        Products, nest after nest, (P,), and where each nest begins, (G + 1,).
    dissimilarity
        lambda of each nest, (G,).
    """

    utility: FloatArray
    outside: FloatArray
    price_weight: FloatArray
    weight: FloatArray
    members: IntegerArray
    first: IntegerArray
    dissimilarity: FloatArray


class Held(NamedTuple):
    """What is computed at prices, and overwritten at the next.

    Attributes
    ----------
    probability
        P_ij, (B, P, L).
    in_nest
        Probability within the product's nest, (B, P, L); of nests with lambda below 1 alone.
    inclusive
        Of each nest with lambda below 1, (B, G, L).
    pull
        G of each owner, (B, O, L).
    nest_pull
        H of each product in a nest with lambda below 1, (B, P, L).
    scratch
        (5, L).
    """

    probability: FloatArray
    in_nest: FloatArray
    inclusive: FloatArray
    pull: FloatArray
    nest_pull: FloatArray
    scratch: FloatArray


@compiled
def _exponential(value: Any) -> Any:
    """Return e^x for x at most 709, to the last digit; unlike the library's, many at a time."""
    n = value * 1.4426950408889634 + 6755399441055744.0  # its last bits are round(x / ln 2)
    bits = np.float64(n).view(np.int64)
    n -= 6755399441055744.0
    r = value - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10
    s = r * r
    q = s * s
    low = 1.0 + (r + s * (0.5 + r * (1.0 / 6.0)))
    middle = 1.0 / 24.0 + r * (1.0 / 120.0) + s * (1.0 / 720.0 + r * (1.0 / 5040.0))
    high = 1.0 / 40320.0 + r * (1.0 / 362880.0) + s * (1.0 / 3628800.0 + r * (1.0 / 39916800.0))
    series = low + q * (middle + q * (high + q * (1.0 / 479001600.0)))
    power = np.int64((bits + 1023) << 52).view(np.float64)
    return series * power if value > -708.0 else 0.0


@compiled
def _sum(row: Any) -> Any:
    """Return the sum of a row."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for k in range(0, LANES, 4):
        a += row[k]
        b += row[k + 1]
        c += row[k + 2]
        d += row[k + 3]
    return (a + c) + (b + d)


@compiled
def _inner(one: Any, other: Any) -> Any:
    """Return the inner product of two rows."""
    a, b, c, d = 0.0, 0.0, 0.0, 0.0
    for k in range(0, LANES, 4):
        a += one[k] * other[k]
        b += one[k + 1] * other[k + 1]
        c += one[k + 2] * other[k + 2]
        d += one[k + 3] * other[k + 3]
    return (a + c) + (b + d)


@compiled
def _write_utility(row: Any, block: Any, j: Any, price: Any, choices: Any, surplus: Any) -> None:
    """Write V of a product."""
    delta, alpha = choices.utility[block, j], choices.price_weight[block]
    if surplus is None:
        for k in range(LANES):
            row[k] = delta[k] - alpha[k] * price
    else:
        of_product = surplus[block, j]
        for k in range(LANES):
            row[k] = delta[k] + alpha[k] * of_product[k]


@compiled
def _raise_to(top: Any, row: Any) -> None:
    """Raise each entry to that of a row, if it is higher."""
    for k in range(LANES):
        here, before = row[k], top[k]
        top[k] = here if here > before else before


@compiled_apart
def _write_within(block: Any, g: Any, price: Any, choices: Any, surplus: Any, held: Any) -> None:
    """Write the probabilities within a nest, and its inclusive value."""
    begin, end, dissimilarity = choices.first[g], choices.first[g + 1], choices.dissimilarity[g]
    value, highest = held.inclusive[block, g], held.scratch[2]
    for k in range(LANES):
        highest[k] = -np.inf
        value[k] = 0.0
    for i in range(begin, end):
        j = choices.members[i]
        row = held.in_nest[block, j]
        _write_utility(row, block, j, price[j], choices, surplus)
        for k in range(LANES):
            row[k] /= dissimilarity
        _raise_to(highest, row)
    for k in range(LANES):
        highest[k] = highest[k] if highest[k] > -np.inf else 0.0
    for i in range(begin, end):
        row = held.in_nest[block, choices.members[i]]
        for k in range(LANES):
            row[k] = _exponential(row[k] - highest[k])
            value[k] += row[k]
    for i in range(begin, end):
        row = held.in_nest[block, choices.members[i]]
        for k in range(LANES):
            row[k] = row[k] / value[k] if value[k] > 0.0 else 0.0
    for k in range(LANES):
        value[k] = dissimilarity * (highest[k] + np.log(value[k]))


@compiled_apart
def _choose(block: Any, price: Any, choices: Any, surplus: Any, held: Any) -> None:
    """Write who chooses what; ends with V's top in the first row of the scratch, and the total."""
    top, total, highest = held.scratch[0], held.scratch[1], held.scratch[2]
    probability, outside = held.probability[block], choices.outside[block]
    for k in range(LANES):
        top[k] = outside[k]
    for g in range(choices.dissimilarity.size):
        if choices.dissimilarity[g] < 1.0:
            _write_within(block, g, price, choices, surplus, held)
            _raise_to(top, held.inclusive[block, g])
            continue
        for i in range(choices.first[g], choices.first[g + 1]):
            j = choices.members[i]
            _write_utility(probability[j], block, j, price[j], choices, surplus)
            _raise_to(top, probability[j])
    for k in range(LANES):
        total[k] = _exponential(outside[k] - top[k])
    for g in range(choices.dissimilarity.size):
        if choices.dissimilarity[g] < 1.0:
            value = held.inclusive[block, g]
            for k in range(LANES):
                highest[k] = _exponential(value[k] - top[k])
                total[k] += highest[k]
            for i in range(choices.first[g], choices.first[g + 1]):
                row = probability[choices.members[i]]
                within = held.in_nest[block, choices.members[i]]
                for k in range(LANES):
                    row[k] = highest[k] * within[k]
            continue
        for i in range(choices.first[g], choices.first[g + 1]):
            row = probability[choices.members[i]]
            for k in range(LANES):
                row[k] = _exponential(row[k] - top[k])
                total[k] += row[k]
    for k in range(LANES):
        highest[k] = 1.0 / total[k]
    for j in range(price.size):
        row = probability[j]
        for k in range(LANES):
            row[k] *= highest[k]


@compiled
def _add(row: Any, factor: Any, quantity: Any, block: Any, j: Any, chosen: Any) -> None:
    """Add what a product brings by those who choose it."""
    if quantity is None:
        for k in range(LANES):
            row[k] += factor * chosen[k]
    else:
        bought = quantity[block, j]
        for k in range(LANES):
            row[k] += factor * bought[k] * chosen[k]


@compiled_apart
def _write_pulls(
    block: Any, margin: Any, choices: Any, owner: Any, owned: Any, quantity: Any, held: Any
) -> None:
    """Write what a user of a type brings to each owner, and what one within a nest."""
    for o in range(owned.shape[0]):
        row = held.pull[block, o]
        for k in range(LANES):
            row[k] = 0.0
        for j in range(margin.size):
            if owned[o, j] != 0.0:
                _add(row, owned[o, j] * margin[j], quantity, block, j, held.probability[block, j])
    for g in range(choices.dissimilarity.size):
        if choices.dissimilarity[g] == 1.0:
            continue
        for i in range(choices.first[g], choices.first[g + 1]):
            own = owned[owner[choices.members[i]]]
            row = held.nest_pull[block, choices.members[i]]
            for k in range(LANES):
                row[k] = 0.0
            for n in range(choices.first[g], choices.first[g + 1]):
                j = choices.members[n]
                if own[j] != 0.0:
                    _add(row, own[j] * margin[j], quantity, block, j, held.in_nest[block, j])


@compiled
def choose(price: Any, choices: Any, surplus: Any, held: Any) -> None:
    """Write who chooses what; the surplus is (B, P, L), or None: minus the price, (P,)."""
    for block in range(choices.weight.shape[0]):
        _choose(block, price, choices, surplus, held)


@compiled
def meet(
    price: Any,
    cost: Any,
    choices: Any,
    owner: Any,
    owned: Any,
    surplus: Any,
    quantity: Any,
    slope: Any,
    relative: Any,
    held: Any,
    sums: Any,
) -> None:
    """Write choices, pulls, and of each product F, Lambda, D and the margin into sums, (4, P).

    Parameters
    ----------
    owner, owned
        Number of each product's owner, (P,), and the rows of O that differ, (O, P).
    surplus, quantity, slope
        CS, x and x', (B, P, L); None: one unit each.
    relative
        What is summed instead of P: P over a number of the product's own, (B, P, L); None: P.
    """
    margin = sums[3]
    for j in range(price.size):
        margin[j] = price[j] - cost[j]
        sums[0, j] = sums[1, j] = sums[2, j] = 0.0
    users, gained = held.scratch[0], held.scratch[1]
    for block in range(choices.weight.shape[0]):
        _choose(block, price, choices, surplus, held)
        _write_pulls(block, margin, choices, owner, owned, quantity, held)
        weight, alpha = choices.weight[block], choices.price_weight[block]
        for g in range(choices.dissimilarity.size):
            dissimilarity = choices.dissimilarity[g]
            for i in range(choices.first[g], choices.first[g + 1]):
                j = choices.members[i]
                chosen, pull = held.probability[block, j], held.pull[block, owner[j]]
                if relative is not None:
                    chosen = relative[block, j]
                for k in range(LANES):
                    users[k] = weight[k] * chosen[k]
                    gained[k] = -pull[k]
                if dissimilarity < 1.0:
                    closeness, inner = 1.0 / dissimilarity - 1.0, held.nest_pull[block, j]
                    for k in range(LANES):
                        gained[k] -= closeness * inner[k]
                brings = margin[j] / dissimilarity
                if quantity is None:
                    for k in range(LANES):
                        gained[k] = users[k] * (1.0 - alpha[k] * (gained[k] + brings))
                    sums[0, j] += _sum(gained)
                    sums[1, j] += _inner(users, alpha) / dissimilarity
                    sums[2, j] += _sum(users)
                else:
                    bought, change = quantity[block, j], slope[block, j]
                    for k in range(LANES):
                        pulled = alpha[k] * bought[k] * (gained[k] + brings * bought[k])
                        gained[k] = users[k] * (bought[k] + margin[j] * change[k] - pulled)
                    sums[0, j] += _sum(gained)
                    sums[2, j] += _inner(users, bought)
                    for k in range(LANES):
                        lost = alpha[k] * bought[k] * bought[k] / dissimilarity - change[k]
                        gained[k] = users[k] * lost
                    sums[1, j] += _sum(gained)


@compiled_apart
def _write_nest_parts(
    block: Any,
    g: Any,
    nests: Any,
    price: Any,
    cost: Any,
    choices: Any,
    owner: Any,
    owned: Any,
    quantity: Any,
    slope: Any,
    held: Any,
    parts: Any,
) -> None:
    """Write what `differentiate` does of a nest: the last of so many in which lambda is below 1."""
    dissimilarity, inner = choices.dissimilarity[g], held.scratch[1]
    closeness, alpha = 1.0 / dissimilarity - 1.0, choices.price_weight[block]
    for i in range(choices.first[g], choices.first[g + 1]):
        j = choices.members[i]
        margin, pull = price[j] - cost[j], held.pull[block, owner[j]]
        within, pulled = held.in_nest[block, j], held.nest_pull[block, j]
        plain, users = parts[0, j, block], parts[2, j, block]
        left, right, right_own = parts[4, j, block], parts[5, j, block], parts[6, j, block]
        for k in range(LANES):
            x, first = 1.0, 0.0
            if quantity is not None:
                x, first = quantity[block, j, k], slope[block, j, k]
            falls = -alpha[k] * x
            left[k] = closeness * (users[k] * (pull[k] - pulled[k] / dissimilarity) - plain[k])
            right[k] = falls * within[k]
            own = x + margin * first + falls * margin * x / dissimilarity
            right_own[k] = closeness * own * within[k]
    for o in range(owned.shape[0]):
        for k in range(LANES):
            inner[k] = 0.0
        for i in range(choices.first[g], choices.first[g + 1]):
            j = choices.members[i]
            if owned[o, j] != 0.0:
                share = owned[o, j] * (price[j] - cost[j])
                _add(inner, share, quantity, block, j, held.in_nest[block, j])
        for j in range(price.size):
            if owner[j] == o:
                crossing, users = parts[7 + nests, j, block], parts[2, j, block]
                for k in range(LANES):
                    crossing[k] = closeness * users[k] * inner[k]


@compiled
def differentiate(
    price: Any,
    cost: Any,
    choices: Any,
    owner: Any,
    owned: Any,
    quantity: Any,
    slope: Any,
    bend: Any,
    relative: Any,
    held: Any,
    parts: Any,
    diagonal: Any,
) -> None:
    """Write the matrices whose products are the derivative of F, after `meet` at these prices.

    Parameters
    ----------
    quantity, slope, bend
        x, x' and x'', (B, P, L); None: one unit each.
    relative
        As of `meet`.
    parts
        (4, P, B, L): left and right factors of all pairs of products, then of those of one owner.
        With N nests (7 + N, P, B, L): then left and right of those in one nest, right of those of
        one owner besides, and left of all pairs whose column's product is in each nest.
    diagonal
        Zeros, (P,): receives what the own price changes besides.
    """
    change = held.scratch[0]
    for block in range(choices.weight.shape[0]):
        weight, alpha = choices.weight[block], choices.price_weight[block]
        for g in range(choices.dissimilarity.size):
            dissimilarity = choices.dissimilarity[g]
            for i in range(choices.first[g], choices.first[g + 1]):
                j = choices.members[i]
                margin = price[j] - cost[j]
                chosen, pull = held.probability[block, j], held.pull[block, owner[j]]
                counted = chosen if relative is None else relative[block, j]
                left, right = parts[0, j, block], parts[1, j, block]
                left_own, right_own = parts[2, j, block], parts[3, j, block]
                for k in range(LANES):
                    x, first, second = 1.0, 0.0, 0.0
                    if quantity is not None:
                        x, first = quantity[block, j, k], slope[block, j, k]
                        second = bend[block, j, k]
                    users, falls = weight[k] * counted[k], -alpha[k] * x
                    gain = margin * x / dissimilarity - pull[k]
                    if dissimilarity < 1.0:
                        gain -= (1.0 / dissimilarity - 1.0) * held.nest_pull[block, j, k]
                    rise = x + margin * first
                    marginal = rise + falls * gain
                    left[k] = users * (falls * pull[k] - marginal)
                    right[k] = falls * chosen[k]
                    left_own[k] = users * falls
                    right_own[k] = (rise + falls * margin * x / dissimilarity) * chosen[k]
                    bent = 2.0 * first + margin * second - alpha[k] * first * gain
                    change[k] = users * (falls * (marginal + rise) / dissimilarity + bent)
                diagonal[j] += _sum(change)
        nests = 0
        for g in range(choices.dissimilarity.size):
            if choices.dissimilarity[g] < 1.0:
                _write_nest_parts(
                    block,
                    g,
                    nests,
                    price,
                    cost,
                    choices,
                    owner,
                    owned,
                    quantity,
                    slope,
                    held,
                    parts,
                )
                nests += 1


@compiled_apart
def _write_tried(
    block: Any,
    g: Any,
    price: Any,
    choices: Any,
    owned: Any,
    surplus: Any,
    held: Any,
    level: Any,
    tried: Any,
    total: Any,
) -> None:
    """Write what an owner's products in a nest weigh at other prices, and add them to the total."""
    if choices.dissimilarity[g] < 1.0:
        _write_within(block, g, price, choices, surplus, held)
        value = held.inclusive[block, g]
        for k in range(LANES):
            ahead = value[k] - level[k]
            value[k] = _exponential(ahead if ahead < _MOST else _MOST)
            total[k] += value[k]
        for i in range(choices.first[g], choices.first[g + 1]):
            row, within = tried[choices.members[i]], held.in_nest[block, choices.members[i]]
            for k in range(LANES):
                row[k] = value[k] * within[k]
        return
    for i in range(choices.first[g], choices.first[g + 1]):
        j = choices.members[i]
        if owned[j] == 0.0:
            continue
        row = tried[j]
        _write_utility(row, block, j, price[j], choices, surplus)
        for k in range(LANES):
            ahead = row[k] - level[k]
            row[k] = _exponential(ahead if ahead < _MOST else _MOST)
            total[k] += row[k]


@compiled
def _is_touched(g: Any, choices: Any, owned: Any) -> Any:
    """Whether an owner has a share in a product of a nest."""
    for i in range(choices.first[g], choices.first[g + 1]):
        if owned[choices.members[i]] != 0.0:
            return True
    return False


@compiled_apart
def _write_rest(block: Any, choices: Any, owned: Any, held: Any, rest: Any) -> None:
    """Add the probabilities of what an owner's prices leave as they are, to that of nothing."""
    probability = held.probability[block]
    for g in range(choices.dissimilarity.size):
        together = choices.dissimilarity[g] < 1.0 and _is_touched(g, choices, owned)
        for i in range(choices.first[g], choices.first[g + 1]):
            j = choices.members[i]
            if together or owned[j] != 0.0:
                continue
            row = probability[j]
            for k in range(LANES):
                rest[k] += row[k]


@compiled
def _copy(row: Any, source: Any) -> None:
    for k in range(LANES):
        row[k] = source[k]


@compiled
def _swap(one: Any, other: Any) -> None:
    for k in range(LANES):
        one[k], other[k] = other[k], one[k]


@compiled
def deviate(
    price: Any,
    tried: Any,
    cost: Any,
    choices: Any,
    owner: Any,
    owned: Any,
    surplus: Any,
    quantity: Any,
    tried_surplus: Any,
    tried_quantity: Any,
    held: Any,
    weighs: Any,
    profits: Any,
) -> None:
    """Add each owner's profit at each of F vectors of prices of its products to zeros, (O, F).

    Parameters
    ----------
    price
        What all others stay at, (P,); overwritten, and restored, as are surplus and quantity.
    tried
        (F, P).
    surplus, quantity, tried_surplus, tried_quantity
        At these prices, (B, P, L), and at those tried, (F, B, P, L); None: one unit each.
    weighs
        Scratch, (P, L).
    """
    level, nothing = held.scratch[0], held.scratch[1]
    total, rest = held.scratch[3], held.scratch[4]
    for block in range(choices.weight.shape[0]):
        _choose(block, price, choices, surplus, held)
        weight, outside = choices.weight[block], choices.outside[block]
        for k in range(LANES):
            level[k] += np.log(nothing[k])
            nothing[k] = _exponential(outside[k] - level[k])
        for o in range(owned.shape[0]):
            own = owned[o]
            _copy(rest, nothing)
            _write_rest(block, choices, own, held, rest)
            for f in range(tried.shape[0]):
                for j in range(price.size):
                    if owner[j] == o:
                        tried[f, j], price[j] = price[j], tried[f, j]
                        if surplus is not None:
                            _swap(surplus[block, j], tried_surplus[f, block, j])
                            _swap(quantity[block, j], tried_quantity[f, block, j])
                _copy(total, rest)
                for g in range(choices.dissimilarity.size):
                    if _is_touched(g, choices, own):
                        _write_tried(
                            block, g, price, choices, own, surplus, held, level, weighs, total
                        )
                for k in range(LANES):
                    total[k] = weight[k] / total[k]
                for j in range(price.size):
                    if own[j] == 0.0:
                        continue
                    share = own[j] * (price[j] - cost[j])
                    row = weighs[j]
                    if quantity is not None:
                        bought = quantity[block, j]
                        for k in range(LANES):
                            row[k] *= bought[k]
                    profits[o, f] += share * _inner(row, total)
                for j in range(price.size):
                    if owner[j] == o:
                        tried[f, j], price[j] = price[j], tried[f, j]
                        if surplus is not None:
                            _swap(surplus[block, j], tried_surplus[f, block, j])
                            _swap(quantity[block, j], tried_quantity[f, block, j])

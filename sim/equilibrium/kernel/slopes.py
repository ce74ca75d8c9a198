"""How the first-order conditions change with prices."""

from __future__ import annotations

from typing import Any

from sim.compiled import compiled, compiled_apart
from sim.equilibrium.kernel.records import LANES
from sim.equilibrium.kernel.rows import add, sum_of


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
                add(inner, share, quantity, block, j, held.in_nest[block, j])
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
                diagonal[j] += sum_of(change)
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

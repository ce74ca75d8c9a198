"""What each owner would earn at other prices of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.equilibrium.kernel.choosing import choose_in, write_utility, write_within
from sim.equilibrium.kernel.records import LANES
from sim.equilibrium.kernel.rows import copy, exponential, inner_product, swap

_MOST = 700.0
"""Of exponents: the product is chosen by everybody anyway."""


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
        write_within(block, g, price, choices, surplus, held)
        value = held.inclusive[block, g]
        for k in range(LANES):
            ahead = value[k] - level[k]
            value[k] = exponential(ahead if ahead < _MOST else _MOST)
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
        write_utility(row, block, j, price[j], choices, surplus)
        for k in range(LANES):
            ahead = row[k] - level[k]
            row[k] = exponential(ahead if ahead < _MOST else _MOST)
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
        choose_in(block, price, choices, surplus, held)
        weight, outside = choices.weight[block], choices.outside[block]
        for k in range(LANES):
            level[k] += np.log(nothing[k])
            nothing[k] = exponential(outside[k] - level[k])
        for o in range(owned.shape[0]):
            own = owned[o]
            copy(rest, nothing)
            _write_rest(block, choices, own, held, rest)
            for f in range(tried.shape[0]):
                for j in range(price.size):
                    if owner[j] == o:
                        tried[f, j], price[j] = price[j], tried[f, j]
                        if surplus is not None:
                            swap(surplus[block, j], tried_surplus[f, block, j])
                            swap(quantity[block, j], tried_quantity[f, block, j])
                copy(total, rest)
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
                    profits[o, f] += share * inner_product(row, total)
                for j in range(price.size):
                    if owner[j] == o:
                        tried[f, j], price[j] = price[j], tried[f, j]
                        if surplus is not None:
                            swap(surplus[block, j], tried_surplus[f, block, j])
                            swap(quantity[block, j], tried_quantity[f, block, j])

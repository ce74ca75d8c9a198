"""What owners gain by their prices: the first-order conditions."""

from __future__ import annotations

from typing import Any

from sim.compiled import compiled, compiled_apart
from sim.equilibrium.kernel.choosing import choose_in
from sim.equilibrium.kernel.records import LANES
from sim.equilibrium.kernel.rows import add, inner_product, sum_of


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
                add(row, owned[o, j] * margin[j], quantity, block, j, held.probability[block, j])
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
                    add(row, own[j] * margin[j], quantity, block, j, held.in_nest[block, j])


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
        choose_in(block, price, choices, surplus, held)
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
                    sums[0, j] += sum_of(gained)
                    sums[1, j] += inner_product(users, alpha) / dissimilarity
                    sums[2, j] += sum_of(users)
                else:
                    bought, change = quantity[block, j], slope[block, j]
                    for k in range(LANES):
                        pulled = alpha[k] * bought[k] * (gained[k] + brings * bought[k])
                        gained[k] = users[k] * (bought[k] + margin[j] * change[k] - pulled)
                    sums[0, j] += sum_of(gained)
                    sums[2, j] += inner_product(users, bought)
                    for k in range(LANES):
                        lost = alpha[k] * bought[k] * bought[k] / dissimilarity - change[k]
                        gained[k] = users[k] * lost
                    sums[1, j] += sum_of(gained)

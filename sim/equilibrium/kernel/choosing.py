"""Who chooses what at given prices."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.equilibrium.kernel.records import LANES
from sim.equilibrium.kernel.rows import exponential, raise_to


@compiled
def write_utility(row: Any, block: Any, j: Any, price: Any, choices: Any, surplus: Any) -> None:
    """Write V of a product."""
    delta, alpha = choices.utility[block, j], choices.price_weight[block]
    if surplus is None:
        for k in range(LANES):
            row[k] = delta[k] - alpha[k] * price
    else:
        of_product = surplus[block, j]
        for k in range(LANES):
            row[k] = delta[k] + alpha[k] * of_product[k]


@compiled_apart
def write_within(block: Any, g: Any, price: Any, choices: Any, surplus: Any, held: Any) -> None:
    """Write the probabilities within a nest, and its inclusive value."""
    begin, end, dissimilarity = choices.first[g], choices.first[g + 1], choices.dissimilarity[g]
    value, highest = held.inclusive[block, g], held.scratch[2]
    for k in range(LANES):
        highest[k] = -np.inf
        value[k] = 0.0
    for i in range(begin, end):
        j = choices.members[i]
        row = held.in_nest[block, j]
        write_utility(row, block, j, price[j], choices, surplus)
        for k in range(LANES):
            row[k] /= dissimilarity
        raise_to(highest, row)
    for k in range(LANES):
        highest[k] = highest[k] if highest[k] > -np.inf else 0.0
    for i in range(begin, end):
        row = held.in_nest[block, choices.members[i]]
        for k in range(LANES):
            row[k] = exponential(row[k] - highest[k])
            value[k] += row[k]
    for i in range(begin, end):
        row = held.in_nest[block, choices.members[i]]
        for k in range(LANES):
            row[k] = row[k] / value[k] if value[k] > 0.0 else 0.0
    for k in range(LANES):
        value[k] = dissimilarity * (highest[k] + np.log(value[k]))


@compiled_apart
def choose_in(block: Any, price: Any, choices: Any, surplus: Any, held: Any) -> None:
    """Write who chooses what; ends with V's top in the first row of the scratch, and the total."""
    top, total, highest = held.scratch[0], held.scratch[1], held.scratch[2]
    probability, outside = held.probability[block], choices.outside[block]
    for k in range(LANES):
        top[k] = outside[k]
    for g in range(choices.dissimilarity.size):
        if choices.dissimilarity[g] < 1.0:
            write_within(block, g, price, choices, surplus, held)
            raise_to(top, held.inclusive[block, g])
            continue
        for i in range(choices.first[g], choices.first[g + 1]):
            j = choices.members[i]
            write_utility(probability[j], block, j, price[j], choices, surplus)
            raise_to(top, probability[j])
    for k in range(LANES):
        total[k] = exponential(outside[k] - top[k])
    for g in range(choices.dissimilarity.size):
        if choices.dissimilarity[g] < 1.0:
            value = held.inclusive[block, g]
            for k in range(LANES):
                highest[k] = exponential(value[k] - top[k])
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
                row[k] = exponential(row[k] - top[k])
                total[k] += row[k]
    for k in range(LANES):
        highest[k] = 1.0 / total[k]
    for j in range(price.size):
        row = probability[j]
        for k in range(LANES):
            row[k] *= highest[k]


@compiled
def choose(price: Any, choices: Any, surplus: Any, held: Any) -> None:
    """Write who chooses what; the surplus is (B, P, L), or None: minus the price, (P,)."""
    for block in range(choices.weight.shape[0]):
        choose_in(block, price, choices, surplus, held)

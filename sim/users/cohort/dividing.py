"""Random division of users: by binomial draws, one after the other, each of its own word."""

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.binomial import binomial
from sim.users.cohort.records import Counts, Floats, Words, World
from sim.users.draws import product_step, product_word

_FIRST = 1 << 32
"""Keys of what is no product lie above all keys of names."""
NONE_STEP = product_step(np.uint64(_FIRST))
IDLE_STEP = product_step(np.uint64(_FIRST + 1))
HEARING_STEP = product_step(np.uint64(_FIRST + 2))
LEAVING_STEP = product_step(np.uint64(_FIRST + 3))
EXPECTING_STEP = product_step(np.uint64(_FIRST + 4))
MEETING_STEP = product_step(np.uint64(_FIRST + 5))
NEW_STEP = product_step(np.uint64(_FIRST + 6))
GROUP_STEP = product_step(np.uint64(_FIRST + 7))
STRATUM_STEP = product_step(np.uint64(_FIRST + 8))
"""Steps of purposes other than a product; strata and classes add their number."""


_NEARLY_ALL = 1.0 - 1e-9
"""Widths of strata add to one but for their rounding."""


@compiled
def divide(movers: np.int64, count: int, weights: Floats, key: np.uint64, world: World) -> None:
    """Divide users between the products that take part, and none: ``flows.moved``.

    Parameters
    ----------
    movers : int
        How many.
    count : int
        Products that take part.
    weights : float64[P + 1]
        In proportion to which; the last one used is none's.
    key : uint64
        Of this division.
    world : World
    """
    flows = world.scratch.flows
    divide_by_words(movers, count, weights, key, world.offered.book.steps, flows.slots, flows.moved)


@compiled_apart
def divide_by_words(
    movers: np.int64,
    count: int,
    weights: Floats,
    key: np.uint64,
    steps: Words,
    slots: Counts,
    moved: Counts,
) -> None:
    """Divide a count in proportion to weights, by a binomial draw for each.

    Parameters
    ----------
    movers, count, weights, key
        As in ``divide``.
    steps : uint64[P]
        Each product's step in draws.
    slots : int64[P]
        Slot of each product that takes part.
    moved : int64[P + 1]
        Receives the parts.
    """
    left, last = 0.0, 0
    for d in range(count + 1):
        moved[d] = 0
        left += weights[d]
        if weights[d] > 0.0:
            last = d
    for d in range(count + 1):
        if movers == 0:
            return
        if weights[d] <= 0.0:
            continue
        word = product_word(key, NONE_STEP if d == count else steps[slots[d]])
        share = 1.0 if d == last or weights[d] >= left else weights[d] / left
        moved[d] = binomial(word, movers, share)
        movers -= moved[d]
        left -= weights[d]


@compiled
def spread_over_strata(movers: np.int64, k: int, key: np.uint64, world: World) -> None:
    """Divide users who have just heard of the technology between strata: ``flows.heard``."""
    heard, width = world.scratch.flows.heard, world.strata.width
    left = 1.0
    for z in range(heard.size):
        heard[z] = 0
        if movers == 0 or width[k, z] <= 0.0:
            continue
        word = product_word(key, STRATUM_STEP + np.uint64(z))
        share = 1.0 if width[k, z] >= left * _NEARLY_ALL else width[k, z] / left
        heard[z] = binomial(word, movers, share)
        movers -= heard[z]
        left -= width[k, z]

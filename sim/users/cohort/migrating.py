"""Users whose product is no longer on offer to them choose anew, between all that is, or none."""

import math

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.streams import Stream
from sim.users.cohort.arriving import clear_arrivals, settle_all, switch_from
from sim.users.cohort.climate import count_people
from sim.users.cohort.dividing import divide
from sim.users.cohort.entering import enter
from sim.users.cohort.records import World
from sim.users.cohort.satisfaction import weigh_the_best
from sim.users.cohort.use import mean_value
from sim.users.draws import event_words, product_word
from sim.users.mechanisms.choice import switching_cost
from sim.users.meters import note_change

_STREAM = np.uint64(Stream.COHORT_MIGRATION)


@compiled_apart
def any_gone(world: World) -> bool:
    """Return whether anybody holds what is not on offer to its type."""
    book = world.offered.book
    for k in range(world.type_keys.size):
        for j in range(book.products.size):
            if world.totals.cells[k, j]["users"] > 0 and _is_gone(k, j, world):
                return True
    return False


@compiled_apart
def keep_to_budgets(metered_days: float, world: World) -> None:
    """Let users at once drop what their budgets no longer pay for, as far as means tell it."""
    for k in range(world.type_keys.size):
        for j in range(world.offered.book.products.size):
            cell = world.totals.cells[k, j]
            before = cell["usage"]
            most = cell["users"] * np.int64(world.offered.book.limits[k, j]["most"])
            if before > most:
                cell["usage"] = most
                world.cohorts.usage_square[k, j] *= (most / np.float64(before)) ** 2
                note_change(world.totals.meters[k, j], most - before, np.int64(0), metered_days)


@compiled_apart
def migrate(metered_days: float, ordinal: np.uint64, world: World) -> None:
    """Let the users of products that are gone choose anew: everything on offer comes to mind.

    Parameters
    ----------
    metered_days : float
        Time since meters were read.
    ordinal : uint64
        Of the step that begins, in draws.
    world : World
        Changed in place.
    """
    climate, people = world.scratch.climate, count_people(world)
    for j in range(world.offered.book.products.size):
        share = world.totals.users_of[j] / people
        climate.share[j] = share if world.offered.has_peers else 0.0
        climate.consideration[j] = 1.0 if world.offered.book.products[j]["listed"] else 0.0
        climate.reach[j] = 0.0
    for k in range(world.type_keys.size):
        key = event_words(
            _STREAM, world.type_keys[k], ordinal, world.rules.seed, world.rules.replication
        )[0]
        count = enter(k, world)[0]
        weigh_the_best(k, count, world)
        clear_arrivals(count, world)
        for j in range(world.offered.book.products.size):
            if world.totals.cells[k, j]["users"] > 0 and _is_gone(k, j, world):
                _leave(k, j, count, metered_days, key, world)
        settle_all(k, count, metered_days, key, world)
        for place in range(count):
            slot = world.scratch.flows.slots[place]
            cell = world.totals.cells[k, slot]
            square = world.cohorts.usage_square[k, slot]
            cell["value"] = mean_value(cell["users"], cell["usage"], square, world.rules.log_sd[k])


@compiled
def _is_gone(k: int, j: int, world: World) -> bool:
    book = world.offered.book
    return not book.products[j]["listed"] or book.offers[k, j]["utility"] == -math.inf


@compiled
def _leave(k: int, j: int, count: int, metered_days: float, key: np.uint64, world: World) -> None:
    """Divide the users of one product by the logit of all that is on offer, and none."""
    flows, entrants = world.scratch.flows, world.scratch.entrants
    products, best = world.offered.book.products, 0.0
    vendor = switching_cost(True, False, False, world.rules.choice)
    gain = vendor - switching_cost(True, False, True, world.rules.choice)
    for place in range(count):
        same = products[flows.slots[place]]["provider"] == products[j]["provider"]
        flows.row[place] = entrants.utility[place] + (gain if same else 0.0)
        best = max(best, flows.row[place])
    for place in range(count):
        flows.row[place] = math.exp(flows.row[place] - best)
    flows.row[count] = math.exp(-best)
    for c in range(2):
        flows.class_left[c] = world.cohorts.held[k, j, c]
    movers = world.totals.cells[k, j]["users"]
    own_key = product_word(key, world.offered.book.steps[j])
    divide(movers, count, flows.row, own_key, world)
    switch_from(k, j, count, movers, metered_days, world)
    world.totals.cells[k, j]["value"] = 0
    world.totals.counts[0] += movers

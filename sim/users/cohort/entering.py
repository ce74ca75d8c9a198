"""Who takes part in one type's races: products, their utilities, and groups of new users."""

import math

import numpy as np

from sim.compiled import compiled
from sim.users.cohort.records import STRATA, World
from sim.users.mechanisms.choice import (
    leaving_cost,
    other_utility,
    outside_utility,
    present_utility,
    switching_cost,
)
from sim.users.mechanisms.satisfaction import adjusted_satisfaction


@compiled
def enter(k: int, world: World) -> tuple[int, int]:
    """List the products that are on offer to a type; return how many, and of how many providers."""
    flows, entrants, rules = world.scratch.flows, world.scratch.entrants, world.rules.choice
    climate, book = world.scratch.climate, world.offered.book
    vendor, model = switching_cost(True, False, rules), switching_cost(True, True, rules)
    none = world.totals.types[k]["outside_utility"]
    # no product costs a holder as much to move to as another provider's, so that it drops out
    outside = outside_utility(none, leaving_cost(True, rules))
    entrants.gains[0] = vendor - model
    count, providers, provider = 0, 0, np.int64(-1)
    for n in range(world.offered.by_provider.size):
        slot = world.offered.by_provider[n]
        flows.place[slot] = -1
        utility = book.offers[k, slot]["utility"]
        if not book.products[slot]["listed"] or utility == -math.inf:
            continue
        if count == 0 or book.products[slot]["provider"] != provider:
            provider = book.products[slot]["provider"]
            entrants.first[providers] = count
            providers += 1
        flows.slots[count], flows.place[slot] = slot, count
        share = climate.share[slot]
        entrants.utility[count] = other_utility(utility, share, vendor, rules) - outside
        entrants.consideration[count] = climate.consideration[slot]
        for c in range(2):
            satisfaction = adjusted_satisfaction(
                world.cohorts.satisfaction[k, slot, c],
                np.float64(book.offers[k, slot]["success"]),
                world.cohorts.expectation[k, slot, c],
                world.rules.satisfaction,
            )
            stay = present_utility(utility, share, satisfaction, rules) - outside
            entrants.stay_gain[count, c] = stay - entrants.utility[count]
            entrants.is_run[count, c] = c == 0 or world.cohorts.held[k, slot, c] > 0
        count += 1
    entrants.first[providers] = count
    return count, providers


@compiled
def group_new_users(k: int, count: int, world: World) -> int:
    """Group the strata of new users by the products that are open to them; return how many.

    A product is open to a whole stratum or to none of it: to those that more than half of which may
    take it.
    """
    flows, entrants = world.scratch.flows, world.scratch.entrants
    for place in range(count):
        share = world.offered.setup_share[k, flows.slots[place]]
        at = place
        while at > 0 and _share(k, entrants.order[at - 1], world) < share:
            entrants.order[at] = entrants.order[at - 1]
            at -= 1
        entrants.order[at] = place
    groups, open_to = 0, 0
    for reverse in range(STRATA):
        z = STRATA - 1 - reverse
        middle = world.strata.middle[k, z]
        flows.group[z] = -1
        if world.strata.width[k, z] == 0.0:
            continue
        while open_to < count and _share(k, entrants.order[open_to], world) >= middle:
            open_to += 1
        if open_to == 0:
            continue
        if groups == 0 or entrants.open_to[groups - 1] < open_to:
            entrants.open_to[groups] = open_to
            groups += 1
        flows.group[z] = groups - 1
    return groups


@compiled
def _share(k: int, place: np.int64, world: World) -> float:
    """Share of a type's users whose setup cost lets them take a product, by its place."""
    return world.offered.setup_share[k, world.scratch.flows.slots[place]]

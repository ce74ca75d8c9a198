"""Who takes part in one type's races: products, their utilities, and groups of new users."""

import math

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.records import STRATA, World
from sim.users.mechanisms.choice import (
    leaving_cost,
    other_utility,
    outside_utility,
    present_utility,
    switching_cost,
)
from sim.users.mechanisms.satisfaction import adjusted_satisfaction


@compiled_apart
def enter(k: int, world: World) -> tuple[int, int]:
    """List the products that are on offer to a type; return how many, and of how many providers."""
    flows, entrants, rules = world.scratch.flows, world.scratch.entrants, world.rules.choice
    climate, book = world.scratch.climate, world.offered.book
    vendor = switching_cost(True, False, False, rules)
    none = world.totals.types[k]["outside_utility"]
    # no product costs a holder as much to move to as another provider's, so that it drops out
    outside = outside_utility(none, leaving_cost(True, rules))
    entrants.gains[0] = vendor - switching_cost(True, False, True, rules)
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
        count += 1
    entrants.first[providers] = count
    return count, providers


@compiled_apart
def compare(k: int, count: int, by_news: bool, world: World) -> None:
    """Set what comes to mind at a review, or by news, and how attached users are to what they hold.

    At a review users have first learnt how satisfied they are; news do not teach them.
    """
    flows, entrants, rules = world.scratch.flows, world.scratch.entrants, world.rules
    climate, offers = world.scratch.climate, world.offered.book.offers
    none = world.totals.types[k]["outside_utility"]
    outside = outside_utility(none, leaving_cost(True, rules.choice))
    for place in range(count):
        slot = flows.slots[place]
        entrants.consideration[place] = (
            climate.reach[slot] if by_news else climate.consideration[slot]
        )
        for c in range(2):
            satisfaction = world.cohorts.satisfaction[k, slot, c]
            if not by_news:
                satisfaction = adjusted_satisfaction(
                    satisfaction,
                    np.float64(offers[k, slot]["delivered"]),
                    world.cohorts.expectation[k, slot, c],
                    rules.satisfaction,
                )
            stay = present_utility(
                offers[k, slot]["utility"], climate.share[slot], satisfaction, rules.choice
            )
            entrants.stay_gain[place, c] = stay - outside - entrants.utility[place]
            entrants.is_run[place, c] = c == 0 or world.cohorts.held[k, slot, c] > 0


@compiled_apart
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
    return float(world.offered.setup_share[k, world.scratch.flows.slots[place]])

"""Who moves in a step: users of each product, without any, who never had one, and who hear."""

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.arriving import adopt, rest, switch_from
from sim.users.cohort.binomial import binomial
from sim.users.cohort.dividing import (
    GROUP_STEP,
    HEARING_STEP,
    IDLE_STEP,
    LEAVING_STEP,
    NEW_STEP,
    divide,
    spread_over_strata,
)
from sim.users.cohort.moving import add_moves, clear_moves, leaving_probability, move_twice
from sim.users.cohort.records import STRATA, Floats, World
from sim.users.cohort.satisfaction import expected_change, mean_excess
from sim.users.draws import product_word
from sim.users.mechanisms.churn import churn_per_day


@compiled_apart
def move_holders(
    k: int, count: int, days: float, time_days: float, key: np.uint64, world: World
) -> None:
    """Let the users of each product leave for others, or for none, at a time."""
    cohorts, flows, won = world.cohorts, world.scratch.flows, world.scratch.won
    for place in range(count):
        slot = flows.slots[place]
        users = world.totals.cells[k, slot]["users"]
        if users == 0:
            continue
        _count_reviews(users, world)
        own_key = product_word(key, world.offered.book.steps[slot])
        clear_moves(count, world)
        for c in range(2):
            held = cohorts.held[k, slot, c]
            flows.class_left[c] = 0
            if held == 0:
                continue
            satisfaction = cohorts.satisfaction[k, slot, c]
            churn = churn_per_day(satisfaction, world.rules.churn) * days
            row = won.held[place, c]
            add_moves(count, np.float64(held), churn, row, world)
            leaving = leaving_probability(count, place, churn, row, world)
            word = product_word(own_key, LEAVING_STEP + np.uint64(c))
            flows.class_left[c] = binomial(word, held, leaving)
        movers = flows.class_left[0] + flows.class_left[1]
        if movers > 0:
            move_twice(count, place, world)
            divide(movers, count, flows.chance, own_key, world)
            switch_from(k, slot, count, movers, time_days, world)


@compiled
def _count_reviews(users: np.int64, world: World) -> None:
    world.totals.counts[0] += np.int64(world.scratch.climate.amounts[0] * users + 0.5)


@compiled_apart
def move_idle(k: int, count: int, key: np.uint64, world: World) -> None:
    """Let users without a product, who had one before, take one."""
    cohorts, flows = world.cohorts, world.scratch.flows
    idle, expectation = cohorts.idle[k], cohorts.idle_expectation[k]
    if idle == 0:
        return
    _count_reviews(idle, world)
    own_key = product_word(key, IDLE_STEP)
    row = world.scratch.won.idle
    clear_moves(count, world)
    add_moves(count, np.float64(idle), 0.0, row, world)
    leaving = leaving_probability(count, count, 0.0, row, world)
    movers = binomial(product_word(own_key, LEAVING_STEP), idle, leaving)
    move_twice(count, count, world)
    divide(movers, count, flows.chance, own_key, world)
    cohorts.idle[k] -= movers
    _adopt_all(k, count, expectation, world)
    cohorts.idle_expectation[k] += expected_change(k, expectation, world)


@compiled_apart
def move_new(k: int, count: int, groups: int, key: np.uint64, world: World) -> None:
    """Let users take a product who know the technology and never had one, group by group."""
    cohorts, flows = world.cohorts, world.scratch.flows
    expectation, untried = cohorts.new_expectation[k], np.int64(0)
    for z in range(STRATA):
        untried += cohorts.new[k, z]
    _count_reviews(untried, world)
    for group in range(groups):
        _open_row(count, group, world)
        clear_moves(count, world)
        add_moves(count, 1.0, 0.0, flows.row, world)
        move_twice(count, count + 1, world)
        movers = np.int64(0)
        for z in range(STRATA):
            if flows.group[z] == group:
                word = product_word(key, NEW_STEP + np.uint64(z))
                left = binomial(word, cohorts.new[k, z], _total(count, flows.chance))
                cohorts.new[k, z] -= left
                movers += left
                _pay_setup(k, z, left, world)
        divide(movers, count, flows.chance, product_word(key, GROUP_STEP + np.uint64(group)), world)
        _adopt_all(k, count, expectation, world)
        rest(flows.moved[count], expectation, world)
    cohorts.new_expectation[k] += expected_change(k, expectation, world)


@compiled_apart
def hear(k: int, count: int, groups: int, key: np.uint64, world: World) -> None:
    """Let users hear of the technology, who then review it at once; the others wait apart."""
    cohorts, flows = world.cohorts, world.scratch.flows
    own_key = product_word(key, HEARING_STEP)
    hearers = binomial(own_key, cohorts.unaware[k], world.scratch.climate.amounts[2])
    world.totals.counts[0] += hearers
    cohorts.unaware[k] -= hearers
    spread_over_strata(hearers, k, own_key, world)
    for group in range(groups if hearers > 0 else 0):
        _open_row(count, group, world)
        movers = np.int64(0)
        for z in range(STRATA):
            if flows.group[z] == group:
                word = product_word(own_key, NEW_STEP + np.uint64(z))
                left = binomial(word, flows.heard[z], _total(count, flows.row))
                flows.heard[z] -= left
                movers += left
                _pay_setup(k, z, left, world)
        group_key = product_word(own_key, GROUP_STEP + np.uint64(group))
        divide(movers, count, flows.row, group_key, world)
        _adopt_all(k, count, 0.0, world)


@compiled
def join_new_users(k: int, world: World) -> None:
    """Count those who heard of the technology, and took nothing, among those who know it."""
    cohorts, flows = world.cohorts, world.scratch.flows
    known, heard = np.int64(0), np.int64(0)
    for z in range(STRATA):
        known += cohorts.new[k, z]
        heard += flows.heard[z]
        cohorts.new[k, z] += flows.heard[z]
    if heard > 0:
        gap = mean_excess(k, 0.0, world) - cohorts.new_expectation[k]
        cohorts.new_expectation[k] += heard / (known + heard) * gap


@compiled
def _pay_setup(k: int, z: int, users: np.int64, world: World) -> None:
    """Note what users of a stratum pay to adopt for the first time."""
    cost_usd = users * world.strata.setup_cost_usd[k, z]
    world.totals.types[k]["setup_paid_usd"] += cost_usd


@compiled
def _open_row(count: int, group: int, world: World) -> None:
    """Set ``flows.row`` to what a group of new users takes, or expects to."""
    flows, entrants = world.scratch.flows, world.scratch.entrants
    for d in range(count + 1):
        flows.row[d] = 0.0
    for n in range(entrants.open_to[group]):
        flows.row[entrants.order[n]] = world.scratch.won.new[group, n]


@compiled
def _total(count: int, weights: Floats) -> float:
    total = 0.0
    for d in range(count + 1):
        total += weights[d]
    return total


@compiled_apart
def _adopt_all(k: int, count: int, expectation: float, world: World) -> None:
    """Let users without a product take those that ``flows.moved`` says."""
    raised = expectation + mean_excess(k, expectation, world)
    for d in range(count):
        adopt(k, d, world.scratch.flows.moved[d], expectation, raised, world)

"""Users leave one product and arrive at another, or at none, with what they run and expect."""

import math

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.binomial import binomial
from sim.users.cohort.dividing import EXPECTING_STEP, MEETING_STEP
from sim.users.cohort.records import CONTENT, DISAPPOINTED, World
from sim.users.cohort.satisfaction import (
    expect_on_arrival,
    join,
    mean_excess,
    settle_arrivals,
)
from sim.users.draws import product_word
from sim.users.mechanisms.usage import carried_usage, first_usage
from sim.users.meters import note_change
from sim.users.records import UNIT


@compiled
def clear_arrivals(count: int, world: World) -> None:
    """Begin another step of a type."""
    flows = world.scratch.flows
    for place in range(count):
        flows.arrived[place] = 0
        flows.arrived_usage[place] = 0
        flows.arrived_square[place] = 0.0
        flows.arrived_disappointed[place] = 0.0
        flows.arrived_expectation[place] = 0.0
    flows.rested[0] = 0
    flows.rested_expectation[0] = 0.0


@compiled
def adopt(
    k: int, place: int, count: np.int64, expectation: float, raised: float, world: World
) -> None:
    """Let users without a product take one; they begin with one adjustment from zero.

    Parameters
    ----------
    k, place : int
        Type; product, by its place among those that take part.
    count : int
        How many.
    expectation, raised : float
        What they expect; the same after a review, see ``expect_on_arrival``.
    world : World
    """
    if count == 0:
        return
    flows = world.scratch.flows
    slot = flows.slots[place]
    offer = world.offered.book.offers[k, slot]
    usage = first_usage(np.int64(offer["usage_target"]), world.rules.usage)
    world.totals.cells[k, slot]["adoptions"] += count
    _arrive(place, count, count * usage, count * (usage / UNIT) ** 2, world)
    expect_on_arrival(place, count, expectation, raised, offer, flows)


@compiled
def _arrive(place: int, count: np.int64, usage: np.int64, square: float, world: World) -> None:
    flows = world.scratch.flows
    flows.arrived[place] += count
    flows.arrived_usage[place] += usage
    flows.arrived_square[place] += square


@compiled
def rest(count: np.int64, expectation: float, world: World) -> None:
    """Let users have no product who had one."""
    flows = world.scratch.flows
    flows.rested[0] += count
    flows.rested_expectation[0] += count * expectation


@compiled_apart
def switch_from(
    k: int, slot: int, count: int, movers: np.int64, time_days: float, world: World
) -> None:
    """Take users out of a product and bring them to where ``flows.moved`` says.

    Parameters
    ----------
    k : int
        Type.
    slot : int
        Product.
    count : int
        Products that take part.
    movers : int
        Sum of ``flows.moved``, and of ``flows.class_left``.
    time_days : float
        When they move.
    world : World
    """
    flows, cohorts = world.scratch.flows, world.cohorts
    cell = world.totals.cells[k, slot]
    mean = cell["usage"] / np.float64(cell["users"])
    mean_square = cohorts.usage_square[k, slot] / np.float64(cell["users"])
    usage = cell["usage"] if movers == cell["users"] else np.int64(mean * movers + 0.5)
    expectation = 0.0
    for c in range(2):
        cohorts.held[k, slot, c] -= flows.class_left[c]
        expectation += flows.class_left[c] * cohorts.expectation[k, slot, c] / movers
    raised = expectation + mean_excess(k, expectation, world)
    cell["users"] -= movers
    cell["usage"] -= usage
    cell["leaves"] += flows.moved[count]
    cell["switches_out"] += movers - flows.moved[count]
    cohorts.usage_square[k, slot] = max(cohorts.usage_square[k, slot] - movers * mean_square, 0.0)
    note_change(world.totals.meters[k, slot], -usage, np.int64(0), time_days)
    rest(flows.moved[count], raised, world)
    products, within = world.offered.book.products, np.int64(0)
    for d in range(count):
        moved = flows.moved[d]
        if moved == 0:
            continue
        target = np.int64(world.offered.book.offers[k, flows.slots[d]]["usage_target"])
        carried = carried_usage(np.int64(mean + 0.5), target)
        square = min(mean_square, (target / UNIT) ** 2)
        world.totals.cells[k, flows.slots[d]]["switches_in"] += moved
        if products[flows.slots[d]]["provider"] == products[slot]["provider"]:
            within += moved
        _arrive(d, moved, moved * carried, moved * square, world)
        offer = world.offered.book.offers[k, flows.slots[d]]
        expect_on_arrival(d, moved, expectation, raised, offer, flows)
    world.totals.types[k]["model_moves"] += within
    world.totals.types[k]["vendor_moves"] += movers - within


@compiled_apart
def settle_all(k: int, count: int, time_days: float, key: np.uint64, world: World) -> None:
    """Add those who arrived at each product, or have none any more, to those who stayed."""
    for place in range(count):
        _settle(k, place, time_days, key, world)
    _settle_rested(k, world)


@compiled
def meet_better(k: int, place: int, key: np.uint64, world: World) -> None:
    """Let content users of a product be disappointed where something better comes up."""
    flows, cohorts = world.scratch.flows, world.cohorts
    slot, meeting = flows.slots[place], flows.meeting[place]
    content = cohorts.held[k, slot, CONTENT]
    if content == 0 or meeting <= 0.0:
        return
    word = product_word(product_word(key, world.offered.book.steps[slot]), MEETING_STEP)
    count = binomial(word, content, -math.expm1(-meeting))
    delivered = np.float64(world.offered.book.offers[k, slot]["delivered"])
    expectation = delivered + flows.exceeding[place] / meeting
    cohorts.held[k, slot, CONTENT] -= count
    satisfaction = cohorts.satisfaction[k, slot, CONTENT]
    join(k, slot, DISAPPOINTED, count, satisfaction, expectation, cohorts)


@compiled
def _settle(k: int, place: int, time_days: float, key: np.uint64, world: World) -> None:
    """Add those who arrived at a product to its users."""
    flows, cohorts = world.scratch.flows, world.cohorts
    slot, arrived = flows.slots[place], flows.arrived[place]
    if arrived == 0:
        return
    word = product_word(product_word(key, world.offered.book.steps[slot]), EXPECTING_STEP)
    disappointed = binomial(word, arrived, flows.arrived_disappointed[place] / arrived)
    cell = world.totals.cells[k, slot]
    cell["users"] += arrived
    cell["usage"] += flows.arrived_usage[place]
    cohorts.usage_square[k, slot] += flows.arrived_square[place]
    note_change(world.totals.meters[k, slot], flows.arrived_usage[place], np.int64(0), time_days)
    settle_arrivals(k, place, disappointed, world)


@compiled
def _settle_rested(k: int, world: World) -> None:
    """Add those who gave up their product, or took and left one, to those without any."""
    flows, cohorts = world.scratch.flows, world.cohorts
    count = flows.rested[0]
    if count == 0:
        return
    part = count / (cohorts.idle[k] + count)
    gap = flows.rested_expectation[0] / count - cohorts.idle_expectation[k]
    cohorts.idle_expectation[k] += part * gap
    cohorts.idle[k] += count

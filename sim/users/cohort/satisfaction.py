"""What users of a product come to expect, and how satisfied they become: means of each class.

A review compares what a product delivers with what was expected, and raises the expectation to the
best that comes to mind. With M what the best delivers that does, over random consideration sets,
``P(M <= x)`` is the product of ``1 - c_k`` over all products better than x, and the mean of
``max(E, M)`` is ``E`` plus the integral of ``P(M > x)`` from E up.
"""

import math

import numpy as np

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.records import CONTENT, DISAPPOINTED, Cohorts, Counts, Floats, Flows, World
from sim.users.mechanisms.satisfaction import adjusted_satisfaction
from sim.users.records import Rows


@compiled_apart
def weigh_the_best(k: int, count: int, world: World) -> None:
    """Set, for each product that takes part, how often something better comes to mind."""
    flows, climate = world.scratch.flows, world.scratch.climate
    offers, by_delivered = world.offered.book.offers[k], world.offered.by_delivered[k]
    reviews, ticks = climate.amounts[0], climate.amounts[1]
    for place in range(count):
        delivered = np.float64(offers[flows.slots[place]]["delivered"])
        better, excess = _what_is_better(delivered, offers, by_delivered, climate.consideration)
        news, surplus = _what_is_better(delivered, offers, by_delivered, climate.reach)
        flows.better[place], flows.excess[place] = better, excess
        flows.meeting[place] = reviews * better + ticks * news
        flows.exceeding[place] = reviews * excess + ticks * surplus


@compiled
def expected_rise(k: int, expectation: float, world: World) -> float:
    """Return by how much reviews and news raise an expectation in the step."""
    climate, offers = world.scratch.climate, world.offered.book.offers[k]
    by_delivered = world.offered.by_delivered[k]
    reviews = _what_is_better(expectation, offers, by_delivered, climate.consideration)[1]
    news = _what_is_better(expectation, offers, by_delivered, climate.reach)[1]
    return float(climate.amounts[0] * reviews + climate.amounts[1] * news)


@compiled
def expected_fall(k: int, expectation: float, world: World) -> float:
    """Return by how much reviews change an expectation in the step that nothing on offer meets."""
    gap = min(np.float64(world.offered.book.best_delivered[k]) - expectation, 0.0)
    share = world.rules.satisfaction.expectation_fall_share
    return float(-math.expm1(-share * world.scratch.climate.amounts[0]) * gap)


@compiled
def expected_change(k: int, expectation: float, world: World) -> float:
    """Return by how much reviews and news change an expectation in the step."""
    return expected_rise(k, expectation, world) + expected_fall(k, expectation, world)


@compiled
def mean_excess(k: int, expectation: float, world: World) -> float:
    """Mean of ``max(M - E, 0)``: by how much a review raises an expectation."""
    return _what_is_better(
        expectation,
        world.offered.book.offers[k],
        world.offered.by_delivered[k],
        world.scratch.climate.consideration,
    )[1]


@compiled_apart
def _what_is_better(
    expectation: float, offers: Rows, by_delivered: Counts, consideration: Floats
) -> tuple[float, float]:
    """Probability that something better comes to mind, and mean of by how much."""
    none, excess, above = 1.0, 0.0, 0.0
    for n in range(by_delivered.size):
        slot = by_delivered[n]
        delivered = np.float64(offers[slot]["delivered"])
        if delivered <= expectation:
            break
        if none < 1.0:
            excess += (above - delivered) * (1.0 - none)
        none *= 1.0 - consideration[slot]
        above = delivered
    if none < 1.0:
        excess += (above - expectation) * (1.0 - none)
    return 1.0 - none, excess


@compiled
def learn(k: int, place: int, world: World) -> None:
    """Let those who hold a product all along the step make an expected number of reviews.

    A mean over a Poisson number of reviews n: what closes a share g of a gap each time closes
    ``1 - exp(-g n)`` of it.
    """
    flows, cohorts = world.scratch.flows, world.cohorts
    slot, reviews = flows.slots[place], world.scratch.climate.amounts[0]
    delivered = np.float64(world.offered.book.offers[k, slot]["delivered"])
    share = world.rules.satisfaction.adjustment_share
    often = -math.expm1(-share * reviews) / share if share > 0.0 else 0.0
    for c in range(2):
        satisfaction = cohorts.satisfaction[k, slot, c]
        expected = cohorts.expectation[k, slot, c]
        gain = adjusted_satisfaction(satisfaction, delivered, expected, world.rules.satisfaction)
        cohorts.satisfaction[k, slot, c] += often * (gain - satisfaction)
        if delivered > expected:
            cohorts.expectation[k, slot, c] += -math.expm1(-reviews) * (delivered - expected)
        elif expected > world.offered.book.best_delivered[k]:
            cohorts.expectation[k, slot, c] += expected_fall(k, expected, world)
        elif c == DISAPPOINTED:
            cohorts.expectation[k, slot, c] += expected_rise(k, expected, world)


@compiled
def join(
    k: int, slot: int, c: int, count: np.int64, satisfaction: float, expectation: float,
    cohorts: Cohorts,
) -> None:  # fmt: skip
    """Add users to a class, and mix their means with those of its present ones."""
    if count == 0:
        return
    present = cohorts.held[k, slot, c]
    part = count / (present + count)
    old, expected = cohorts.satisfaction[k, slot, c], cohorts.expectation[k, slot, c]
    cohorts.satisfaction[k, slot, c] = old + part * (satisfaction - old)
    cohorts.expectation[k, slot, c] = expected + part * (expectation - expected)
    cohorts.held[k, slot, c] += count


@compiled
def expect_on_arrival(
    place: int, count: np.int64, expectation: float, raised: float, offer: Rows, flows: Flows
) -> None:
    """Note how many of those who arrive at a product have met a better one, in expectation.

    Parameters
    ----------
    place : int
        The product, by its place among those that take part.
    count : int
        Users who arrive.
    expectation, raised : float
        Their mean expectation; the same plus its mean excess, see ``mean_excess``.
    offer : OFFER
        The product to their type.
    flows : Flows
    """
    delivered = np.float64(offer["delivered"])
    if expectation > delivered:
        flows.arrived_disappointed[place] += count
        flows.arrived_expectation[place] += count * raised
    elif flows.better[place] > 0.0:
        flows.arrived_disappointed[place] += count * flows.better[place]
        expected = delivered * flows.better[place] + flows.excess[place]
        flows.arrived_expectation[place] += count * expected


@compiled
def settle_arrivals(k: int, place: int, disappointed: np.int64, world: World) -> None:
    """Add the users who arrived at a product to its classes, with satisfaction zero."""
    flows, cohorts = world.scratch.flows, world.cohorts
    slot, arrived = flows.slots[place], flows.arrived[place]
    delivered = np.float64(world.offered.book.offers[k, slot]["delivered"])
    join(k, slot, CONTENT, arrived - disappointed, 0.0, delivered, cohorts)
    if disappointed > 0:
        mean = flows.arrived_expectation[place] / flows.arrived_disappointed[place]
        join(k, slot, DISAPPOINTED, disappointed, 0.0, mean, cohorts)

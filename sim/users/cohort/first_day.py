"""The first day of cohorts: how many of each type there are, know the technology, use what."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from sim.scenario.demand import Clocks
from sim.scenario.demand import Population as PopulationRecord
from sim.scenario.scenario import Scenario
from sim.streams import Stream, Streams, entity_of
from sim.users.cohort.binomial import binomial
from sim.users.cohort.records import (
    CONTENT,
    DISAPPOINTED,
    LOWER_STRATA,
    STRATA,
    UPPER_STRATA,
    Cohorts,
    Strata,
    new_cohorts,
)
from sim.users.initial import log_weights, market_of
from sim.users.records import CELL, HOLDING, METER, TYPE, UNIT, Book, Totals
from sim.users.setup import reach_of
from sim.users.stationary import Habits, solve
from sim.users.user_types import UserTypes

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Keys = NDArray[np.uint64]

_PEOPLE, _AWARE, _EXPERIENCED, _STRATUM, _PRODUCT, _CLASS = range(6)
"""Purposes of draws, in the upper half of their ordinals; the lower half numbers them."""


class Draws:
    """The first day's draws of one type: binomials, each by its purpose and number."""

    def __init__(self, streams: Streams, entity: int) -> None:
        self._streams, self._entity = streams, entity

    def some(self, purpose: int, number: int, count: int, probability: float) -> int:
        """Return how many of a count succeed."""
        ordinal = purpose << 40 | number
        word = self._streams.words(Stream.COHORT_FIRST_DAY, self._entity, ordinal)[0]
        return int(binomial(np.uint64(word), np.int64(count), float(probability)))

    def divide(self, purpose: int, keys: list[int], count: int, weights: Floats) -> Counts:
        """Divide a count in proportion to weights."""
        parts, left = np.zeros(weights.size, np.int64), float(weights.sum())
        last = int(np.flatnonzero(weights)[-1]) if left > 0.0 else -1
        for n in np.flatnonzero(weights):
            share = 1.0 if n == last else weights[n] / left
            parts[n] = self.some(purpose, keys[n], count, share)
            count -= int(parts[n])
            left -= weights[n]
        return parts


def type_keys(scenario: Scenario) -> Keys:
    """Return the entity of each type in draws, (K,): of its domain's name and its number."""
    types = scenario.population.types_per_domain
    keys = [entity_of(f"{one.name}/{n}") for one in scenario.domains for n in range(types)]
    return np.array(keys, np.uint64)


def settle_strata(types: UserTypes, book: Book) -> Strata:
    """Divide the users of each type into strata of setup costs.

    The largest cost at which an adoption pays on the first day lies between two strata, so that
    those who adopt then are told from all others exactly. Between the other edges a product is open
    to a stratum as a whole or not at all. Edges differ from type to type by a part of a stratum,
    so that what is rounded up for some types is rounded down for others.
    """
    per_domain = types.count // types.domains
    shift = (np.arange(types.count) % per_domain + 0.5)[:, None] / per_domain
    reach = ndtr(reach_of(book.offers))[:, None]
    lower = (np.arange(1, LOWER_STRATA) - 1.0 + shift) / (LOWER_STRATA - 1.0) * reach
    upper = (np.arange(1, UPPER_STRATA) - 1.0 + shift) / (UPPER_STRATA - 1.0)
    upper = reach + upper * (1.0 - reach)
    ends = np.zeros((types.count, 1)), np.ones((types.count, 1))
    edges = np.column_stack([ends[0], lower, reach, upper, ends[1]])
    width = np.diff(edges, axis=1)
    spread = types.setup_cost_log_sd[:, None]
    mass = np.diff(ndtr(ndtri(edges) - spread), axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.exp(0.5 * spread**2) * np.where(width > 0.0, mass / width, 1.0)
    return Strata(width, 0.5 * (edges[:, 1:] + edges[:, :-1]), types.setup_cost_usd[:, None] * mean)


def open_first_day(
    scenario: Scenario, types: UserTypes, streams: Streams, book: Book, strata: Strata
) -> tuple[Cohorts, Totals]:
    """Draw the first day.

    Raises
    ------
    NotSettledError
        The start is to be settled, and shares never come to rest.
    """
    record, products = scenario.population, book.products.size
    cohorts = new_cohorts(types.count, products)
    draws = [Draws(streams, int(key)) for key in type_keys(scenario)]
    totals = _new_totals(types, products)
    totals.types["population"] = _people(scenario, types, draws)
    aware = np.zeros(types.count, np.int64)
    for k, draw in enumerate(draws):
        people, share = int(totals.types["population"][k]), record.awareness.initial_share
        aware[k] = draw.some(_AWARE, 0, people, share)
    cohorts.unaware[:] = totals.types["population"] - aware
    if record.start == "settled":
        reached = _settle(record, types, draws, aware, cohorts, book, strata)
    else:
        reached = _declare(scenario, types, draws, aware, cohorts, book, strata)
    _begin_usage(reached, cohorts, totals, book)
    return cohorts, totals


def _new_totals(types: UserTypes, products: int) -> Totals:
    totals = Totals(
        cells=np.zeros((types.count, products), CELL),
        types=np.zeros(types.count, TYPE),
        users_of=np.zeros(products + 1, np.int64),
        counts=np.zeros(2, np.int64),
        meters=np.zeros((types.count, products), METER),
        holdings=np.zeros((0, products), HOLDING),
    )
    for parameter in ("outside_utility", "setup_cost_usd", "setup_cost_log_sd"):
        totals.types[parameter] = getattr(types, parameter)
    return totals


def _people(scenario: Scenario, types: UserTypes, draws: list[Draws]) -> Counts:
    """Divide all users between types: by the domains' shares, evenly within a domain."""
    size = np.array([domain.share for domain in scenario.domains])
    weight = size[types.domain] / (size.sum() * (types.count // types.domains))
    people, left, whole = np.zeros(types.count, np.int64), scenario.population.users, 1.0
    last = int(np.flatnonzero(weight)[-1])
    for k in np.flatnonzero(weight):
        share = 1.0 if k == last else weight[k] / whole
        people[k] = draws[k].some(_PEOPLE, 0, left, share)
        left -= int(people[k])
        whole -= weight[k]
    return people


def _settle(
    record: PopulationRecord,
    types: UserTypes,
    draws: list[Draws],
    aware: Counts,
    cohorts: Cohorts,
    book: Book,
    strata: Strata,
) -> tuple[Floats, Floats]:
    """Divide the aware to whom adoption pays as the market's stationary state has it.

    As of users one by one: see ``sim.users.initial``. Returned are mean and mean square of the
    share of the wanted usage that a type's holders have reached, (K,).
    """
    market, reach = market_of(book)
    on_offer = np.flatnonzero((book.offers["utility"] > -np.inf).any(axis=0))
    able = ndtr(reach)
    experienced = np.array(
        [draw.some(_EXPERIENCED, 0, int(aware[k]), able[k]) for k, draw in enumerate(draws)]
    )
    market = replace(market, weight=experienced / record.users)
    state = solve(market, Habits.of(record), types.outside_utility)
    best = np.max(market.delivered, axis=1, where=np.isfinite(market.utility), initial=0.0)
    keys = [int(key) for key in book.products["key"][on_offer]] + [1 << 32]
    for k, draw in enumerate(draws):
        held = draw.divide(_PRODUCT, keys, int(experienced[k]), state.held[k])
        cohorts.idle[k] = held[-1]
        cohorts.idle_expectation[k] = best[k]
        worse = market.delivered[k] < best[k]
        cohorts.held[k, on_offer, CONTENT] = np.where(worse, 0, held[:-1])
        cohorts.held[k, on_offer, DISAPPOINTED] = np.where(worse, held[:-1], 0)
        cohorts.expectation[k, on_offer] = best[k]
        cohorts.satisfaction[k, on_offer] = state.satisfaction[k][:, None]
        open_strata = strata.width[k].copy()
        open_strata[:LOWER_STRATA] = 0.0
        untried = int(aware[k] - experienced[k])
        cohorts.new[k] = draw.divide(_STRATUM, list(range(STRATA)), untried, open_strata)
    return _reached(state.leave_per_day, record.clocks)


def _reached(leave_per_day: Floats, clocks: Clocks) -> tuple[Floats, Floats]:
    """Mean and mean square of ``1 - (1 - g)^(n + 1)``, n geometric: see ``sim.users.initial``."""
    if clocks.usage_per_day == 0.0:
        return np.ones_like(leave_per_day), np.ones_like(leave_per_day)
    more, gap = clocks.usage_per_day / (clocks.usage_per_day + leave_per_day), 1.0
    gap = 1.0 - clocks.usage_adjustment_share
    once, twice = (power * (1.0 - more) / (1.0 - more * power) for power in (gap, gap * gap))
    return 1.0 - once, 1.0 - 2.0 * once + twice


def _declare(
    scenario: Scenario,
    types: UserTypes,
    draws: list[Draws],
    aware: Counts,
    cohorts: Cohorts,
    book: Book,
    strata: Strata,
) -> tuple[Floats, Floats]:
    """Let the declared share of the aware hold a product, by ``initial_weight exp(V)``."""
    share = np.array([domain.initial_adopter_share for domain in scenario.domains])[types.domain]
    advantage = book.offers["utility"] + log_weights(scenario, book)
    keys = [int(key) for key in book.products["key"]]
    for k, draw in enumerate(draws):
        best, early = advantage[k].max(initial=-np.inf), 0
        if best > -np.inf:
            early = draw.some(_EXPERIENCED, 0, int(aware[k]), share[k])
            weight = np.exp(advantage[k] - best)
            cohorts.held[k, :, CONTENT] = draw.divide(_PRODUCT, keys, early, weight)
            cohorts.expectation[k] = book.offers["delivered"][k][:, None]
        numbers = list(range(STRATA))
        untried = int(aware[k]) - early
        cohorts.new[k] = draw.divide(_STRATUM, numbers, untried, strata.width[k])
    reached = np.array([domain.initial_usage_share for domain in scenario.domains])[types.domain]
    return reached, reached**2


def _begin_usage(
    reached: tuple[Floats, Floats], cohorts: Cohorts, totals: Totals, book: Book
) -> None:
    """Set usage to what holders have reached of what they want."""
    users = cohorts.held.sum(axis=2)
    target = book.offers["usage_target"].astype(np.float64)
    mean, square = reached
    totals.cells["users"] = users
    totals.cells["usage"] = np.rint(np.floor(mean[:, None] * target) * users)
    totals.meters["usage"] = totals.cells["usage"]
    cohorts.usage_square[:] = users * square[:, None] * (target / UNIT) ** 2

"""The first day: who knows the technology, who already uses which product, and how much."""

import pickle
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from sim.scenario.demand import Clocks, Population
from sim.scenario.scenario import Scenario
from sim.streams import Stream, Streams, entity_of
from sim.users.records import ADOPTED_ONCE, AWARE, NO_PRODUCT, UNIT, USER, Book, Users
from sim.users.setup import draw_setup_z, reach_of
from sim.users.stationary import Habits, Market, State, solve
from sim.users.usage import value_share
from sim.users.user_types import UserTypes

_BLOCK = 1 << 14
_MOST_KEPT = 20_000
"""Most types times products of a settled first day that is kept for worlds that begin alike."""
NONE_KEY = 1 << 32
"""Ordinal of no product in the first day's race; it lies above all keys of names."""


def draw_users(scenario: Scenario, types: UserTypes, streams: Streams) -> Users:
    """Draw every user's domain and type; nobody knows of the technology yet.

    The domain is drawn by the domains' shares, the type evenly among the domain's types, each by a
    draw of the user's own.
    """
    count = scenario.population.users
    number = np.arange(count)
    cumulative = np.cumsum([domain.share for domain in scenario.domains])
    drawn = streams.uniforms(Stream.USER_DOMAIN, number, 0) * cumulative[-1]
    domain = np.minimum(np.searchsorted(cumulative, drawn, side="right"), types.domains - 1)
    per_domain = types.count // types.domains
    within = (streams.uniforms(Stream.USER_TYPE, number, 0) * per_domain).astype(np.int64)
    users = Users(np.zeros(count, USER), np.full(count, NO_PRODUCT, np.int16))
    users.rows["type_index"] = domain * per_domain + within
    return users


def open_first_day(
    scenario: Scenario, types: UserTypes, streams: Streams, users: Users, book: Book
) -> None:
    """Make users aware, and let the first adopters hold a product, in place.

    A first adopter's product is drawn as a race between products with a draw for each user and
    product, so that one more product changes as few users as it can.

    Raises
    ------
    NotSettledError
        The start is to be settled, and shares never come to rest.
    """
    record = scenario.population
    number = np.arange(users.product.size)
    aware = streams.uniforms(Stream.INITIAL_AWARENESS, number, 0) < record.awareness.initial_share
    users.rows["flags"][aware] = AWARE
    users.rows["setup_z"] = draw_setup_z(number.size, streams)
    if record.start == "settled":
        _settle(record, types, streams, users, book)
    else:
        _declare(scenario, types, streams, users, book)


def market_of(book: Book) -> tuple[Market, NDArray[np.float64]]:
    """Return the offers as experienced users see them, and who else may adopt.

    Returns
    -------
    Market
        Of the products that are on offer to any type; nobody is counted yet.
    ndarray, shape (K,)
        The largest ``setup_z`` at which a first adoption pays, of any product.
    """
    offers = book.whole
    may = offers["utility"] > -np.inf
    some = may.any(axis=0)
    market = Market(
        offers["utility"][:, some],
        offers["delivered"][:, some].astype(np.float64),
        book.products["provider"][some],
        book.products["model"][some],
        book.products["nest"][some],
        np.zeros(len(offers)),
    )
    return market, reach_of(offers)


def _settle(
    record: Population, types: UserTypes, streams: Streams, users: Users, book: Book
) -> None:
    """Draw every aware user to whom adoption pays from the market's stationary state.

    They count as experienced, whether they hold a product now or not: their setup is sunk.
    """
    market, reach = market_of(book)
    on_offer = np.flatnonzero((book.whole["utility"] > -np.inf).any(axis=0))
    type_index = users.rows["type_index"]
    able = (users.rows["flags"] == AWARE) & (users.rows["setup_z"] <= reach[type_index])
    experienced = np.flatnonzero(able)
    users.rows["flags"][experienced] |= ADOPTED_ONCE
    counts = np.bincount(type_index[experienced], minlength=types.count)
    market = replace(market, weight=counts / users.product.size)
    state = _settled(market, Habits.of(record), types.outside_utility)
    best = np.max(market.delivered, axis=1, where=np.isfinite(market.utility), initial=0.0)
    users.rows["expectation"][experienced] = best[type_index[experienced]]
    with np.errstate(divide="ignore"):
        advantage = np.log(state.held)
    keys = np.append(book.products["key"][on_offer], NONE_KEY).astype(np.uint64)
    for start in range(0, experienced.size, _BLOCK):
        some = experienced[start : start + _BLOCK]
        chosen = _race(some, advantage, keys, streams, users)
        holds = chosen < on_offer.size
        users.product[some[holds]] = on_offer[chosen[holds]]
        users.rows["satisfaction"][some[holds]] = state.satisfaction[
            type_index[some[holds]], chosen[holds]
        ]
    held = np.flatnonzero(users.product != NO_PRODUCT)
    reached = _reached_usage(held, state.leave_per_day[type_index[held]], record.clocks, streams)
    _begin_usage(held, reached, types, users, book)


@dataclass(frozen=True)
class _FirstDay:
    """A market to be settled, equal to another of the same content."""

    digest: bytes
    market: Market = field(compare=False)
    habits: Habits = field(compare=False)
    outside: NDArray[np.float64] = field(compare=False)


def _settled(market: Market, habits: Habits, outside: NDArray[np.float64]) -> State:
    """Return the stationary state; worlds that begin alike have it from the first of them."""
    if market.utility.size > _MOST_KEPT:
        return solve(market, habits, outside)
    digest = blake2b(pickle.dumps((market, habits, outside))).digest()
    return _kept(_FirstDay(digest, market, habits, outside))


@lru_cache(maxsize=64)
def _kept(first_day: _FirstDay) -> State:
    return solve(first_day.market, first_day.habits, first_day.outside)


def _declare(
    scenario: Scenario, types: UserTypes, streams: Streams, users: Users, book: Book
) -> None:
    """Let the declared share of the aware hold a product, by ``initial_weight exp(V)``.

    First adopters have paid for their setup before.
    """
    number = np.arange(users.product.size)
    share = np.array([domain.initial_adopter_share for domain in scenario.domains])
    domain = types.domain[users.rows["type_index"]]
    early = streams.uniforms(Stream.INITIAL_ADOPTION, number, 0) < share[domain]
    adopters = np.flatnonzero((users.rows["flags"] == AWARE) & early)
    advantage = book.whole["utility"] + log_weights(scenario, book)
    offered = np.flatnonzero(np.isfinite(advantage).any(axis=0))
    for start in range(0, adopters.size if offered.size else 0, _BLOCK):
        some = adopters[start : start + _BLOCK]
        chosen = _race(some, advantage[:, offered], book.products["key"][offered], streams, users)
        holds = np.isfinite(advantage[users.rows["type_index"][some], offered[chosen]])
        users.product[some[holds]] = offered[chosen[holds]]
    held = np.flatnonzero(users.product != NO_PRODUCT)
    cell = users.rows["type_index"][held], users.product[held]
    users.rows["expectation"][held] = book.whole["delivered"][cell]
    users.rows["flags"][held] |= ADOPTED_ONCE
    reached = np.array([domain.initial_usage_share for domain in scenario.domains])[domain[held]]
    _begin_usage(held, reached, types, users, book)


def log_weights(scenario: Scenario, book: Book) -> NDArray[np.float64]:
    """Return the logarithm of each product's ``initial_weight``, (P,)."""
    weight = {entity_of(product.name): product.initial_weight for product in scenario.products}
    with np.errstate(divide="ignore"):
        return np.log([weight.get(int(key), 1.0) for key in book.products["key"]])


def _race(
    some: NDArray[np.int64],
    advantage: NDArray[np.float64],
    keys: NDArray[np.uint64],
    streams: Streams,
    users: Users,
) -> NDArray[np.int64]:
    """Return which of the products (K, P) each of these users draws, by the log weights."""
    uniform = streams.uniforms(Stream.INITIAL_CHOICE, some[:, None], keys)
    finish = np.log(-np.log(uniform)) - advantage[users.rows["type_index"][some]]
    return np.asarray(finish.argmin(axis=1))


def _reached_usage(
    held: NDArray[np.int64], leave_per_day: NDArray[np.float64], clocks: Clocks, streams: Streams
) -> NDArray[np.float64]:
    """Draw how much of the wanted usage each of these users has reached by now.

    After n events of its usage clock a user runs ``1 - (1 - g)^(n + 1)`` of it; n is geometric,
    with the odds of another event against leaving. Without such events nobody is on the way.
    """
    if clocks.usage_per_day == 0.0:
        return np.ones(held.size)
    uniform = streams.uniforms(Stream.INITIAL_ADOPTION, held, 0)
    with np.errstate(divide="ignore", over="ignore"):
        events = np.floor(np.log(uniform) / -np.log1p(leave_per_day / clocks.usage_per_day))
    return np.asarray(1.0 - (1.0 - clocks.usage_adjustment_share) ** (events + 1.0))


def _begin_usage(
    held: NDArray[np.int64],
    reached: NDArray[np.float64],
    types: UserTypes,
    users: Users,
    book: Book,
) -> None:
    """Set the usage of these users to the shares that they have reached of what they want."""
    kind = users.rows["type_index"][held]
    usage = np.rint(book.whole["usage_target"][kind, users.product[held]] * reached)
    users.rows["usage"][held] = usage.astype(np.uint32)
    value = value_share(users.rows["usage"][held] / UNIT, types.log_sd[kind])
    users.rows["value"][held] = np.rint(value * UNIT).astype(np.uint32)

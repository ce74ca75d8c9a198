"""The first day: who knows the technology, who already uses which product, and how much."""

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scenario import Scenario
from sim.streams import Stream, Streams, entity_of
from sim.users.records import ADOPTED_ONCE, AWARE, NO_PRODUCT, UNIT, USER, Book, Users
from sim.users.usage import value_share
from sim.users.user_types import UserTypes

_BLOCK = 1 << 14


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


def settle_first_day(
    scenario: Scenario, types: UserTypes, streams: Streams, users: Users, book: Book
) -> None:
    """Make users aware, and let the first adopters hold a product, in place.

    A first adopter's product is drawn in proportion to ``initial_weight exp(V)``, as a race between
    products with a draw for each user and product, so that one more product changes nobody's
    product but its own users'. First adopters have paid for their setup before.
    """
    number = np.arange(users.product.size)
    record = scenario.population
    aware = streams.uniforms(Stream.INITIAL_AWARENESS, number, 0) < record.awareness.initial_share
    users.rows["flags"][aware] = AWARE
    share = np.array([domain.initial_adopter_share for domain in scenario.domains])
    domain = types.domain[users.rows["type_index"]]
    early = streams.uniforms(Stream.INITIAL_ADOPTION, number, 0) < share[domain]
    adopters = np.flatnonzero(aware & early)
    advantage = book.offers["utility"] + _log_weights(scenario, book)
    for start in range(0, adopters.size, _BLOCK):
        _hold(adopters[start : start + _BLOCK], advantage, book.products["key"], streams, users)
    _begin_usage(scenario, types, users, book)


def _log_weights(scenario: Scenario, book: Book) -> NDArray[np.float64]:
    weight = {entity_of(product.name): product.initial_weight for product in scenario.products}
    with np.errstate(divide="ignore"):
        return np.log([weight.get(int(key), 1.0) for key in book.products["key"]])


def _hold(
    adopters: NDArray[np.int64],
    advantage: NDArray[np.float64],
    keys: NDArray[np.uint64],
    streams: Streams,
    users: Users,
) -> None:
    """Draw the product of each of these adopters; those to whom none appeals take none."""
    offered = np.flatnonzero(np.isfinite(advantage).any(axis=0))
    if offered.size == 0:
        return
    uniform = streams.uniforms(Stream.INITIAL_CHOICE, adopters[:, None], keys[offered])
    finish = np.log(-np.log(uniform)) - advantage[users.rows["type_index"][adopters]][:, offered]
    first = finish.argmin(axis=1)
    holds = np.isfinite(finish[np.arange(adopters.size), first])
    users.product[adopters[holds]] = offered[first[holds]]


def _begin_usage(scenario: Scenario, types: UserTypes, users: Users, book: Book) -> None:
    """Set the usage of the first adopters to their share of what they want."""
    share = np.array([domain.initial_usage_share for domain in scenario.domains])[types.domain]
    usage = np.rint(book.offers["usage_target"] * share[:, None]).astype(np.uint32)
    value = np.rint(value_share(usage / UNIT, types.log_sd[:, None]) * UNIT).astype(np.uint32)
    held = np.flatnonzero(users.product != NO_PRODUCT)
    cell = users.rows["type_index"][held], users.product[held]
    users.rows["usage"][held] = usage[cell]
    users.rows["value"][held] = value[cell]
    users.rows["expectation"][held] = book.offers["success"][cell]
    users.rows["flags"][held] |= ADOPTED_ONCE

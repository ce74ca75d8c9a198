"""A review of a portfolio: what comes to mind, what each would be worth, and what is held then.

What comes to mind, what it costs to move, and every draw are those of a user of one product; see
`sim.users.mechanisms.portfolios` for the utility.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.users.draws import product_word
from sim.users.mechanisms.adoption import may_adopt
from sim.users.mechanisms.choice import (
    leaving_cost,
    other_utility,
    outside_utility,
    present_utility,
)
from sim.users.mechanisms.portfolios import class_utility
from sim.users.mechanisms.satisfaction import adjusted_expectation, raised_expectation
from sim.users.nests import noise_of
from sim.users.portfolio.choosing import NOBODY, choose_best, choose_on_news
from sim.users.portfolio.moving import cost_of_moving, holds, move_portfolio
from sim.users.race import log_exponential
from sim.users.records import (
    ADOPTED_ONCE,
    COMPLETE,
    GRAPH,
    MIGRATION,
    NEWS,
    NO_PRODUCT,
    World,
)
from sim.users.review import OUTSIDE_STEP, learn, review
from sim.users.shortlist import list_considered, list_everything, list_news


@compiled
def look(
    user: int,
    event_key: np.uint64,
    time_days: float,
    remaining_days: float,
    cause: int,
    world: World,
) -> None:
    """Let one user look at the market and choose, whatever it may hold; arguments as ``review``."""
    if world.rules.portfolios.is_on:
        review_portfolio(user, event_key, time_days, remaining_days, cause, world)
    else:
        review(user, event_key, time_days, remaining_days, cause, world)


@compiled
def review_portfolio(
    user: int,
    event_key: np.uint64,
    time_days: float,
    remaining_days: float,
    cause: int,
    world: World,
) -> None:
    """Let one user look at the market and choose a portfolio.

    Parameters
    ----------
    user, event_key, time_days, remaining_days, world
        As of ``review``.
    cause : int
        ``MIGRATION``: a product that the user has is no longer on offer to it; all that is comes to
        mind. ``NEWS``: the user compares what it has with the products whose news reaches it, one
        at a time. Else products come to mind by consideration.
    """
    users, scratch = world.users, world.scratch
    listed = 0
    if cause == NEWS:
        listed = list_news(NO_PRODUCT, event_key, time_days, world)
        listed = without_held(user, listed, world)
        if listed == 0:
            return
    peer_unit = count_peers_of_portfolios(user, world)
    if cause == MIGRATION:
        listed = list_everything(NO_PRODUCT, world)
        listed = without_held(user, listed, world)
    elif cause != NEWS:
        listed = list_considered(NO_PRODUCT, event_key, time_days, peer_unit, world)
        listed = without_held(user, listed, world)
        _learn_all(user, world)
    choose(user, event_key, peer_unit, listed, cause, world)
    _expect(user, listed, cause, world)
    world.totals.counts[0] += 1
    changes = False
    for c in range(world.rules.portfolios.classes):
        held = users.product[c * world.rules.portfolios.users + user]
        changes |= held != scratch.portfolios.wanted[c]
    if changes:
        move_portfolio(user, time_days, remaining_days, world)


@compiled
def choose(
    user: int, event_key: np.uint64, peer_unit: float, listed: int, cause: int, world: World
) -> float:
    """Choose a portfolio from what is held and what is listed; it is put into ``wanted``.

    Returns
    -------
    float
        What it is worth, draws included, in units of mu.
    """
    users, rules, space = world.users, world.rules, world.scratch.portfolios
    row, most, classes = users.rows[user], rules.portfolios.most_products, rules.portfolios.classes
    kind = world.totals.types[row["type_index"]]
    members = _gather_held(user, world)
    candidates = _gather_listed(user, listed, members, world)
    for n in range(candidates):
        _value(n, user, event_key, peer_unit, world)
    further = kind["further_vendor_fee"]
    has_any = users.product[user] != NO_PRODUCT
    if cause == NEWS and has_any:
        worth = choose_on_news(members, candidates, further, most, classes, space)
    else:
        outside = outside_utility(kind["outside_utility"], leaving_cost(has_any, rules.choice))
        outside -= log_exponential(product_word(event_key, OUTSIDE_STEP))
        if row["flags"] & ADOPTED_ONCE == 0:
            most = 1
        worth = choose_best(candidates, outside, further, most, classes, space)
    for c in range(classes):
        best = space.best[c]
        space.wanted[c] = NO_PRODUCT if best == NOBODY else space.product[best]
    return worth


@compiled
def count_peers_of_portfolios(user: int, world: World) -> float:
    """Count each product's users among a user's neighbours, each once a product.

    Returns the share of one count; as `sim.users.neighbours.count_peers`.
    """
    users, graph, peers = world.users, world.graph, world.scratch.peers
    count = world.rules.portfolios.users
    if graph.kind == COMPLETE:
        for j in range(peers.size):
            peers[j] = world.totals.users_of[j]
        return 1.0 / count
    for j in range(peers.size):
        peers[j] = 0
    if graph.kind != GRAPH:
        return 0.0
    first, last = graph.offsets[user], graph.offsets[user + 1]
    for n in range(first, last):
        neighbour = graph.neighbours[n]
        for place in range(neighbour, users.product.size, count):
            held, is_new = users.product[place], True
            for earlier in range(neighbour, place, count):
                is_new &= users.product[earlier] != held
            peers[held] += is_new
    return float(1.0 / max(last - first, 1))


@compiled
def without_held(user: int, listed: int, world: World) -> int:
    """Take what the user has off the list; return how many are left."""
    shortlist, length = world.scratch.shortlist, 0
    for n in range(listed):
        j = shortlist[n]
        if not holds(user, j, world):
            shortlist[length] = j
            length += 1
    return length


@compiled
def _learn_all(user: int, world: World) -> None:
    """Let satisfaction move, class by class, towards what the products deliver."""
    users = world.users
    for place in range(user, users.product.size, world.rules.portfolios.users):
        held = users.product[place]
        if held != NO_PRODUCT:
            row = users.rows[place]
            learn(row, world.book.offers[row["type_index"], held], world.rules.satisfaction)


@compiled
def _expect(user: int, listed: int, cause: int, world: World) -> None:
    """Let each class of requests expect what was compared, as a user of one product does."""
    users, book, shortlist = world.users, world.book, world.scratch.shortlist
    count, rules = world.rules.portfolios.users, world.rules.satisfaction
    compares_own = cause != MIGRATION and users.product[user] != NO_PRODUCT
    for place in range(user, users.product.size, count):
        row = users.rows[place]
        offers, best = book.offers[row["type_index"]], row["expectation"]
        for n in range(listed):
            best = raised_expectation(best, offers[shortlist[n]]["delivered"])
        for other in range(user, users.product.size if compares_own else user, count):
            best = raised_expectation(best, offers[users.product[other]]["delivered"])
        reachable = np.float32(np.inf) if cause == NEWS else book.best_delivered[row["type_index"]]
        row["expectation"] = adjusted_expectation(row["expectation"], best, reachable, rules)


@compiled
def _gather_held(user: int, world: World) -> int:
    """List the products held that are still on offer, each once; return how many."""
    users, book, space = world.users, world.book, world.scratch.portfolios
    k, count, members = users.rows[user]["type_index"], world.rules.portfolios.users, 0
    for c in range(world.rules.portfolios.classes):
        held = users.product[c * count + user]
        if held == NO_PRODUCT or book.whole[k, held]["utility"] == -math.inf:
            space.present[c] = NOBODY
            continue
        found = NOBODY
        for n in range(members):
            if space.product[n] == held:
                found = n
        if found == NOBODY:
            found = members
            space.product[found] = held
            members += 1
        space.present[c] = found
    return members


@compiled
def _gather_listed(user: int, listed: int, members: int, world: World) -> int:
    """Add what is on the list, on offer to the user and worth its setup; return how many in all."""
    users, book, space = world.users, world.book, world.scratch.portfolios
    row = users.rows[user]
    adopted = row["flags"] & ADOPTED_ONCE != 0
    candidates = members
    for n in range(listed):
        j = world.scratch.shortlist[n]
        offer = book.whole[row["type_index"], j]
        if offer["utility"] == -math.inf:
            continue
        if not may_adopt(adopted, row["setup_z"], offer["setup_quantile"]):
            continue
        space.product[candidates] = j
        candidates += 1
    return candidates


@compiled
def _value(n: int, user: int, event_key: np.uint64, peer_unit: float, world: World) -> None:
    """Value a candidate for each class of requests, with its draw in this event."""
    users, book, rules, space = world.users, world.book, world.rules, world.scratch.portfolios
    j = space.product[n]
    product = book.products[j]
    space.vendor[n] = product["provider"]
    scale = rules.nests.dissimilarity[product["nest"]]
    noise = -log_exponential(product_word(event_key, book.steps[j])) * scale
    if scale < 1.0:
        noise += noise_of(product["nest"], event_key, world)
    peers = world.scratch.peers[j] * peer_unit
    for c in range(rules.portfolios.classes):
        place = c * rules.portfolios.users + user
        row, held = users.rows[place], users.product[place]
        if held == j:
            tie = present_utility(0.0, peers, np.float64(row["satisfaction"]), rules.choice)
        else:
            cost = cost_of_moving(held, j, book.products, rules.choice)
            tie = other_utility(0.0, peers, cost, rules.choice)
        r = row["type_index"]
        space.value[c, n] = class_utility(
            book.offers[r, j]["utility"], rules.work_share[r], tie, noise
        )

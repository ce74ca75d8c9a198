"""A review: which products come to mind, and which of them the user takes."""

import math

import numpy as np

from sim.compiled import compiled
from sim.users.draws import product_step, product_word, upper_uniform
from sim.users.moves import move
from sim.users.neighbours import count_peers
from sim.users.race import considered, finish_below, log_finish, shortlist
from sim.users.records import ADOPTED_ONCE, NO_PRODUCT, Book, Rules, World

OUTSIDE_STEP = product_step(np.uint64(1 << 32))
"""Step of using no product, whose key lies above all keys of names."""


@compiled
def review(
    user: int,
    event_key: np.uint64,
    time_days: float,
    remaining_days: float,
    must_move: bool,
    world: World,
) -> None:
    """Let one user look at the market and choose.

    Parameters
    ----------
    user : int
        The user.
    event_key : uint64
        Random key of this review.
    time_days, remaining_days : float
        Now, and the time from now to the end of the batch.
    must_move : bool
        The user's product is no longer on offer: everything that is comes to mind.
    world : World
        Records of the population.
    """
    users, book, totals, rules = world.users, world.book, world.totals, world.rules
    current = users.product[user]
    if current != NO_PRODUCT and not must_move:
        offer = book.offers[users.rows[user]["type_index"], current]
        _learn(users.rows[user], offer, rules.satisfaction_adjustment)
    chosen = _choose(user, current, event_key, time_days, must_move, world)
    totals.counts[0] += 1
    if chosen != current:
        move(user, chosen, remaining_days, users, book, totals, rules)


@compiled
def _learn(row: np.void, offer: np.void, adjustment_share: float) -> None:
    """Satisfaction moves towards what the present product delivers over what was expected."""
    satisfaction = np.float64(row["satisfaction"])
    surprise = np.float64(offer["success"]) - np.float64(row["expectation"])
    row["satisfaction"] = satisfaction + adjustment_share * (surprise - satisfaction)


@compiled
def _choose(
    user: int,
    current: np.int16,
    event_key: np.uint64,
    time_days: float,
    must_move: bool,
    world: World,
) -> int:
    """Run the race between no product, the present one, and all others that come to mind."""
    users, book, rules, scratch = world.users, world.book, world.rules, world.scratch
    row = users.rows[user]
    offers = book.offers[row["type_index"]]
    adopted = row["flags"] & ADOPTED_ONCE != 0
    expectation = row["expectation"]
    provider, vendor_cost, model_cost = np.int64(-1), 0.0, 0.0
    if current != NO_PRODUCT:
        provider = book.products[current]["provider"]
        vendor_cost, model_cost = rules.switching_cost_vendor, rules.switching_cost_model

    peers, users_of = scratch.peers, world.totals.users_of
    peer_unit = count_peers(user, users.product, world.graph, users_of, peers)
    length = shortlist(
        event_key,
        rules.peer_weight * peer_unit,
        _news_weight(time_days, book, rules),
        rules.market_share_weight / users.product.size,
        rules.consideration_base,
        users_of,
        book,
        scratch,
    )
    chosen, best = NO_PRODUCT, math.inf
    if current != NO_PRODUCT and not must_move:
        expectation = max(expectation, offers[current]["success"])
        utility = offers[current]["utility"] + rules.peer_bonus * (peers[current] * peer_unit)
        utility += rules.satisfaction_weight * np.float64(row["satisfaction"])
        chosen, best = int(current), log_finish(scratch.word[current], utility)
    word = product_word(event_key, OUTSIDE_STEP)
    utility = rules.outside_utility - vendor_cost
    finish = finish_below(best, word, utility, rules.race_floor)
    if finish < best:
        best, chosen = finish, NO_PRODUCT

    for n in range(book.products.size if must_move else length):
        j = n if must_move else int(scratch.shortlist[n])
        word, product = scratch.word[j], book.products[j]
        if j == current or not product["listed"]:
            continue
        if not must_move and not considered(upper_uniform(word), scratch.intensity[j]):
            continue
        expectation = max(expectation, offers[j]["success"])
        utility = offers[j]["utility"] if adopted else offers[j]["first_utility"]
        utility += rules.peer_bonus * (peers[j] * peer_unit)
        utility -= model_cost if product["provider"] == provider else vendor_cost
        finish = finish_below(best, word, utility, rules.race_floor)
        if finish < best:
            best, chosen = finish, int(j)
    row["expectation"] = expectation
    return chosen


@compiled
def _news_weight(time_days: float, book: Book, rules: Rules) -> float:
    """Weight of the book's news levels in consideration, after their decay to now."""
    if book.news_total == 0.0:
        return 0.0
    return rules.news_weight * math.exp(
        -rules.news_decay_per_day * (time_days - book.news_time_days)
    )

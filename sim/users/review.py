"""A review: which products come to mind, and which of them the user takes."""

import numpy as np

from sim.compiled import compiled
from sim.users.draws import product_step, product_word, uniform_32
from sim.users.mechanisms.adoption import may_adopt
from sim.users.mechanisms.choice import (
    leaving_cost,
    other_utility,
    outside_utility,
    present_utility,
    switching_cost,
)
from sim.users.mechanisms.consideration import considered
from sim.users.mechanisms.satisfaction import (
    SatisfactionRules,
    adjusted_satisfaction,
    raised_expectation,
)
from sim.users.moves import move
from sim.users.neighbours import count_peers
from sim.users.prefetch import prefetch
from sim.users.race import overtakes
from sim.users.records import ADOPTED_ONCE, NO_PRODUCT, World
from sim.users.shortlist import intensity_of, news_weight, shortlist

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
        The user's product is no longer on offer to it: everything that is comes to mind.
    world : World
        Records of the population.
    """
    users, book, rules = world.users, world.book, world.rules
    current = users.product[user]
    if current != NO_PRODUCT and not must_move:
        offer = book.offers[users.rows[user]["type_index"], current]
        _learn(users.rows[user], offer, rules.satisfaction)
    chosen = _choose(user, current, event_key, time_days, must_move, world)
    world.totals.counts[0] += 1
    if chosen != current:
        move(user, chosen, time_days, remaining_days, world)


@compiled
def _learn(row: np.void, offer: np.void, rules: SatisfactionRules) -> None:
    """Satisfaction moves towards what the present product delivers over what was expected."""
    row["satisfaction"] = adjusted_satisfaction(
        np.float64(row["satisfaction"]),
        np.float64(offer["success"]),
        np.float64(row["expectation"]),
        rules,
    )


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
    holds = current != NO_PRODUCT
    provider = book.products[current]["provider"] if holds else np.int64(-1)
    peers = scratch.peers
    peer_unit = count_peers(user, users.product, world.graph, world.totals.users_of, peers)

    chosen, leader = NO_PRODUCT, product_word(event_key, OUTSIDE_STEP)
    leading = outside_utility(
        world.totals.types[row["type_index"]]["outside_utility"],
        leaving_cost(holds, rules.choice),
    )
    if holds and not must_move:
        expectation = raised_expectation(expectation, offers[current]["success"])
        utility = present_utility(
            offers[current]["utility"],
            peers[current] * peer_unit,
            np.float64(row["satisfaction"]),
            rules.choice,
        )
        word = product_word(event_key, book.steps[current])
        if overtakes(word, utility, leader, leading, rules.race_bounds):
            chosen, leader, leading = int(current), word, utility

    length = book.steps.size if must_move else shortlist(event_key, peer_unit, rules, scratch)
    for n in range(0 if must_move else length):
        prefetch(offers, scratch.shortlist[n])
    weight = news_weight(time_days, book, rules)
    for n in range(length):
        j = n if must_move else int(scratch.shortlist[n])
        if j == current or (must_move and not book.products[j]["listed"]):
            continue
        peers_share = peers[j] * peer_unit
        if not must_move and not considered(
            uniform_32(scratch.word[j]), intensity_of(j, peers_share, weight, world)
        ):
            continue
        expectation = raised_expectation(expectation, offers[j]["success"])
        if not may_adopt(adopted, row["setup_z"], offers[j]["setup_quantile"]):
            continue
        same_provider = book.products[j]["provider"] == provider
        utility = other_utility(
            offers[j]["utility"],
            peers_share,
            switching_cost(holds, same_provider, rules.choice),
            rules.choice,
        )
        word = product_word(event_key, book.steps[j])
        if overtakes(word, utility, leader, leading, rules.race_bounds):
            chosen, leader, leading = int(j), word, utility
    row["expectation"] = expectation
    return chosen

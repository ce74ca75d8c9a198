"""A review: what a user of one product compares, and what it takes."""

import numpy as np

from sim.compiled import compiled
from sim.users.draws import product_step, product_word
from sim.users.mechanisms.adoption import may_adopt
from sim.users.mechanisms.choice import (
    leaving_cost,
    other_utility,
    outside_utility,
    present_utility,
    switching_cost,
)
from sim.users.mechanisms.satisfaction import (
    SatisfactionRules,
    adjusted_expectation,
    adjusted_satisfaction,
    raised_expectation,
)
from sim.users.moves import move
from sim.users.neighbours import count_peers
from sim.users.nests import noise_of
from sim.users.prefetch import prefetch
from sim.users.race import overtakes
from sim.users.records import ADOPTED_ONCE, MIGRATION, NEWS, NO_PRODUCT, World
from sim.users.shortlist import list_considered, list_everything, list_news

OUTSIDE_STEP = product_step(np.uint64(1 << 32))
"""Step of using no product, whose key lies above all keys of names."""


@compiled
def review(
    user: int,
    event_key: np.uint64,
    time_days: float,
    remaining_days: float,
    cause: int,
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
    cause : int
        ``MIGRATION``: the user's product is no longer on offer to it, and everything that is comes
        to mind. ``NEWS``: the user compares what it has with the products whose news reaches it,
        and with nothing else; if none does, there is no review. Else products come to mind by
        consideration.
    world : World
        Records of the population.
    """
    users, book, rules = world.users, world.book, world.rules
    current = users.product[user]
    length = 0
    if cause == NEWS:
        length = list_news(current, event_key, time_days, world)
        if length == 0:
            return
    peer_unit = count_peers(
        user, users.product, world.graph, world.totals.users_of, world.scratch.peers
    )
    if cause == MIGRATION:
        length = list_everything(current, world)
    elif cause != NEWS:
        length = list_considered(current, event_key, time_days, peer_unit, world)
        if current != NO_PRODUCT:
            offer = book.offers[users.rows[user]["type_index"], current]
            learn(users.rows[user], offer, rules.satisfaction)
    chosen = _choose(user, current, event_key, peer_unit, length, cause, world)
    world.totals.counts[0] += 1
    if chosen != current:
        move(user, chosen, time_days, remaining_days, world)


@compiled
def learn(row: np.void, offer: np.void, rules: SatisfactionRules) -> None:
    """Satisfaction moves towards what the present product delivers over what was expected."""
    row["satisfaction"] = adjusted_satisfaction(
        np.float64(row["satisfaction"]),
        np.float64(offer["delivered"]),
        np.float64(row["expectation"]),
        rules,
    )


@compiled
def _choose(
    user: int,
    current: np.int16,
    event_key: np.uint64,
    peer_unit: float,
    length: int,
    cause: int,
    world: World,
) -> int:
    """Run the race between no product, the present one, and those on the list.

    No product takes no part where news makes a holder look: it would leave for the news of others.
    """
    users, book, rules, scratch = world.users, world.book, world.rules, world.scratch
    row = users.rows[user]
    offers = book.offers[row["type_index"]]
    adopted = row["flags"] & ADOPTED_ONCE != 0
    best = row["expectation"]
    holds = current != NO_PRODUCT
    provider = book.products[current]["provider"] if holds else np.int32(-1)
    model = book.products[current]["model"] if holds else np.int32(-1)
    for n in range(length):
        prefetch(offers, scratch.shortlist[n])

    chosen, leader = NO_PRODUCT, product_word(event_key, OUTSIDE_STEP)
    leading = outside_utility(
        world.totals.types[row["type_index"]]["outside_utility"],
        leaving_cost(holds, rules.choice),
    )
    leader_scale = 1.0
    if holds and cause != MIGRATION:
        best = raised_expectation(best, offers[current]["delivered"])
        utility = present_utility(
            offers[current]["utility"],
            scratch.peers[current] * peer_unit,
            np.float64(row["satisfaction"]),
            rules.choice,
        )
        word = product_word(event_key, book.steps[current])
        nest = book.products[current]["nest"]
        scale = rules.nests.dissimilarity[nest]
        if scale < 1.0:
            utility += noise_of(nest, event_key, world)
        if cause == NEWS or overtakes(
            word, utility, scale, leader, leading, leader_scale, rules.race_bounds
        ):
            chosen, leader, leading, leader_scale = int(current), word, utility, scale

    for n in range(length):
        j = int(scratch.shortlist[n])
        best = raised_expectation(best, offers[j]["delivered"])
        if not may_adopt(adopted, row["setup_z"], offers[j]["setup_quantile"]):
            continue
        product = book.products[j]
        utility = other_utility(
            offers[j]["utility"],
            scratch.peers[j] * peer_unit,
            switching_cost(
                holds, product["model"] == model, product["provider"] == provider, rules.choice
            ),
            rules.choice,
        )
        word = product_word(event_key, book.steps[j])
        scale = rules.nests.dissimilarity[product["nest"]]
        if scale < 1.0:
            utility += noise_of(product["nest"], event_key, world)
        if overtakes(word, utility, scale, leader, leading, leader_scale, rules.race_bounds):
            chosen, leader, leading, leader_scale = j, word, utility, scale
    # news of some products says nothing of what all others offer
    reachable = np.float32(np.inf) if cause == NEWS else book.best_delivered[row["type_index"]]
    row["expectation"] = adjusted_expectation(
        row["expectation"], best, reachable, rules.satisfaction
    )
    return chosen

"""A review: which products come to mind, and which of them the user takes.

The choice is a logit, drawn as a race: product j finishes at E_j / exp(V_j) with E_j exponential,
and the first to finish is chosen with probability exp(V_j) / sum exp(V). Finishing times are held
as logarithms, ln E_j - V_j (a Gumbel draw, sign reversed), so that no utility is too large. Each
product's draw hangs on the event and the product's own key: one more product changes the choice
only if it is chosen itself.

Nearly all products lose by a wide margin. A table of lower bounds of ln E_j, read by the leading
bits of the draw, settles that without a logarithm; it never changes the outcome.
"""

import math

import numpy as np
from numpy.typing import NDArray

from sim.users.compiled import compiled
from sim.users.draws import lower_uniform, product_word, upper_uniform
from sim.users.moves import move
from sim.users.records import ADOPTED_ONCE, COMPLETE, GRAPH, NO_PRODUCT

OUTSIDE_KEY = np.uint64(1 << 32)
"""Key of using no product: above all keys of names."""

_FLOOR_BITS = 10
_FLOOR_SHIFT = np.uint64(32 - _FLOOR_BITS)
_LOW_32 = np.uint64(0xFFFF_FFFF)


def race_floor() -> NDArray[np.float64]:
    """Lower bounds of ln E over 1024 equal steps of the uniform draw; the first bounds nothing."""
    steps = np.arange(1, 1 << _FLOOR_BITS) / (1 << _FLOOR_BITS)
    return np.concatenate(([-1e300], np.log(-np.log1p(-steps))))


@compiled
def review(
    user, event_key, time_days, remaining_days, must_move, users, graph, book, totals, rules, peers
):
    """Let one user look at the market and choose.

    Parameters
    ----------
    user : int
    event_key : uint64
        Random key of this review.
    time_days, remaining_days : float
        Now, and the time from now to the end of the batch.
    must_move : bool
        The user's product is gone: all that is on offer is considered.
    users, graph, book, totals, rules
        Records of the population.
    peers : int64[P]
        Scratch of zeros; zeros again on return.
    """
    current = users.product[user]
    _learn(user, current, users, book, rules)
    chosen = _choose(
        user, event_key, time_days, must_move, current, users, graph, book, totals, rules, peers
    )
    totals.counts[0] += 1
    if chosen != current:
        move(user, chosen, remaining_days, users, book, totals, rules)


@compiled
def adopting_share(user, users, graph, totals):
    """Share of a user's neighbours that use any product."""
    if graph.kind == COMPLETE:
        return totals.users_of[-1] / users.product.size
    if graph.kind != GRAPH:
        return 0.0
    first, last = graph.offsets[user], graph.offsets[user + 1]
    adopters = 0
    for n in range(first, last):
        adopters += users.product[graph.neighbours[n]] != NO_PRODUCT
    return adopters / max(last - first, 1)


@compiled
def _learn(user, current, users, book, rules):
    """Satisfaction moves towards what the present product delivers over what was expected."""
    if current == NO_PRODUCT:
        return
    surprise = book.success[users.type_index[user], current] - users.expectation[user]
    gap = surprise - users.satisfaction[user]
    users.satisfaction[user] += np.float32(rules.satisfaction_adjustment * gap)


@compiled
def _choose(
    user, event_key, time_days, must_move, current, users, graph, book, totals, rules, peers
):
    k = users.type_index[user]
    utilities = book.utility[1 if users.flags[user] & ADOPTED_ONCE else 0, k]
    peer_counts, peer_unit = _count_peers(user, users, graph, totals, peers)
    news_weight = _news_weight(time_days, book, rules)
    own_bonus = rules.satisfaction_weight * users.satisfaction[user]
    leaving_cost = rules.switching_cost_vendor if current != NO_PRODUCT else 0.0
    provider = book.provider_index[current] if current != NO_PRODUCT else -1
    expectation = users.expectation[user]

    chosen = NO_PRODUCT
    outside_word = product_word(event_key, OUTSIDE_KEY)
    best = _finish(outside_word, rules.outside_utility - leaving_cost)
    for j in range(utilities.size):
        if not book.listed[j]:
            continue
        word = product_word(event_key, book.product_keys[j])
        peer_share = peer_counts[j] * peer_unit
        utility = utilities[j] + rules.peer_bonus * peer_share
        if j == current:
            utility += own_bonus
        elif book.provider_index[j] == provider:
            utility -= rules.switching_cost_model
        else:
            utility -= leaving_cost
        may_win = rules.race_floor[(word & _LOW_32) >> _FLOOR_SHIFT] - utility < best
        if not (may_win or book.success[k, j] > expectation):
            continue
        if not (must_move or j == current):
            intensity = (
                rules.consideration_base
                + rules.market_share_weight * totals.users_of[j] / users.product.size
                + rules.peer_weight * peer_share
                + news_weight * book.news[j]
            )
            if not _considered(upper_uniform(word), intensity):
                continue
        expectation = max(expectation, book.success[k, j])
        if may_win:
            finish = _finish(word, utility)
            if finish < best:
                best = finish
                chosen = j
    users.expectation[user] = expectation
    _clear_peers(user, users, graph, peers)
    return chosen


@compiled
def _finish(word, utility):
    """Logarithm of the finishing time in the race."""
    return math.log(-math.log1p(-lower_uniform(word))) - utility


@compiled
def _considered(uniform, intensity):
    """Whether uniform < 1 - exp(-x), with the exponential taken only when bounds do not settle."""
    if uniform >= intensity:
        return False
    if uniform <= intensity - 0.5 * intensity * intensity:
        return True
    return uniform < -math.expm1(-intensity)


@compiled
def _news_weight(time_days, book, rules):
    if book.news_total == 0.0:
        return 0.0
    return rules.news_weight * math.exp(
        -rules.news_decay_per_day * (time_days - book.news_time_days)
    )


@compiled
def _count_peers(user, users, graph, totals, peers):
    """Users of each product among the neighbours, and the weight of one of them."""
    if graph.kind == COMPLETE:
        return totals.users_of, 1.0 / users.product.size
    if graph.kind != GRAPH:
        return peers, 0.0
    first, last = graph.offsets[user], graph.offsets[user + 1]
    for n in range(first, last):
        product = users.product[graph.neighbours[n]]
        if product != NO_PRODUCT:
            peers[product] += 1
    return peers, 1.0 / max(last - first, 1)


@compiled
def _clear_peers(user, users, graph, peers):
    if graph.kind != GRAPH:
        return
    for n in range(graph.offsets[user], graph.offsets[user + 1]):
        product = users.product[graph.neighbours[n]]
        if product != NO_PRODUCT:
            peers[product] = 0

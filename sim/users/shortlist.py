"""Which products a user compares at a review with what it has: those that come to mind, mostly.

A product comes to mind if its uniform draw is below 1 - exp(-x), with x its intensity of
consideration (`sim.users.mechanisms.consideration`): a few of many, found without computing all of
them. Here a short list is made first, of the products whose draw may be below x, in single
precision and for several products at once; the draws of those few are then held against
1 - exp(-x) in double precision, so that the law is exact.

The list is never too short. The draw is (h + 1/2) / 2**32 of a 32-bit word h, so that whenever it
is below x, the whole number h >> 8, which single precision represents, is below 2**24 x. The bound
that it is held against is 2**24 x times 1 + 2**-20. Five roundings, each by a share of at most
2**-24, lie between the bound and its value; what underflows on the way is below 2**-90, and h >> 8
is listed anyhow if it is zero. So the margin is more than twice what is needed.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.users.draws import high_half, low_half, product_word_32, uniform_32
from sim.users.mechanisms.consideration import (
    considered,
    intensity,
    news_factor,
    news_reach,
    shared_intensity,
)
from sim.users.records import Book, Rules, Scratch, World

_DROPPED_BITS = np.uint32(8)
SCALE = 2.0**24 * (1.0 + 2.0**-20)
"""Bounds per unit of intensity."""
CERTAIN = 2.0**25
"""A bound above all draws; capped there, no weight is too large for single precision."""


@compiled
def news_weight(time_days: float, book: Book, rules: Rules) -> float:
    """Weight of the book's news levels in consideration, after their decay to now."""
    if book.news_total == 0.0:
        return 0.0
    return news_factor(time_days - book.news_time_days, rules.consideration)


@compiled
def intensity_of(product: int, peers_share: float, weight_of_news: float, world: World) -> float:
    """Intensity of consideration of a product.

    Parameters
    ----------
    product : int
        The product j, to which ``attend`` has been called since its users changed.
    peers_share : float
        Its share of the user's neighbours.
    weight_of_news : float
        As ``news_weight`` returns it.
    world : World
        Records of the population.
    """
    news = weight_of_news * world.book.news[product]
    shared = world.scratch.shared[product]
    return float(intensity(shared, peers_share, news, world.rules.consideration))


@compiled
def attend(product: int, weight_of_news: float, world: World) -> None:
    """Note the attention to a product from now on: its intensity to a user without neighbours.

    It is noted when a batch begins and when the product's users change; meanwhile news only fades,
    so that what is noted bounds the intensity of all later times. A product that is not listed gets
    none, whatever the neighbours use. Arguments as in ``intensity_of``.
    """
    rules, scratch = world.rules, world.scratch
    share = world.totals.users_of[product] / rules.portfolios.users
    scratch.shared[product] = shared_intensity(
        share, world.book.reputation[product], rules.consideration
    )
    bound = min(SCALE * intensity_of(product, 0.0, weight_of_news, world), CERTAIN)
    listed = world.book.products[product]["listed"]
    scratch.attention[product] = bound if listed else -math.inf


@compiled
def attend_all(time_days: float, world: World) -> None:
    """Note the attention to all products when a batch begins, and their steps."""
    weight = news_weight(time_days, world.book, world.rules)
    for j in range(world.book.steps.size):
        world.scratch.steps[j] = low_half(world.book.steps[j])
        attend(j, weight, world)


@compiled
def shortlist(event_key: np.uint64, peer_unit: float, rules: Rules, scratch: Scratch) -> int:
    """List the products that may come to mind.

    The loops have no branch that the processor would have to guess, and the first is done for
    eight products at once.

    Parameters
    ----------
    event_key : uint64
        Random key of the review.
    peer_unit : float
        Share of one neighbour among the user's neighbours.
    rules : Rules
    scratch : Scratch
        Holds the attention to each product and its users among the neighbours; receives the words
        of the products, and the list.

    Returns
    -------
    int
        Length of the list.
    """
    low, high = low_half(event_key), high_half(event_key)
    peer = np.float32(min(SCALE * rules.consideration.peer_weight * peer_unit, CERTAIN))
    products = scratch.attention.size
    for j in range(products):
        word = product_word_32(low, high, scratch.steps[j])
        bound = scratch.attention[j] + peer * np.float32(scratch.peers[j])
        scratch.word[j] = word
        scratch.listed[j] = np.float32(np.int32(word >> _DROPPED_BITS)) <= bound
    length = 0
    for j in range(products):
        scratch.shortlist[length] = j
        length += scratch.listed[j]
    return length


@compiled
def list_considered(
    current: int, event_key: np.uint64, time_days: float, peer_unit: float, world: World
) -> int:
    """List the products that come to mind, but for the present one.

    Parameters
    ----------
    current : int
        The user's product, or ``NO_PRODUCT``.
    event_key : uint64
        Random key of the review.
    time_days : float
        Now.
    peer_unit : float
        Share of one neighbour among the user's neighbours.
    world : World
        The list is in its scratch.

    Returns
    -------
    int
        Length of the list.
    """
    scratch = world.scratch
    candidates = shortlist(event_key, peer_unit, world.rules, scratch)
    weight = news_weight(time_days, world.book, world.rules)
    length = 0
    for n in range(candidates):
        j = scratch.shortlist[n]
        share = scratch.peers[j] * peer_unit
        if j != current and considered(
            uniform_32(scratch.word[j]), intensity_of(j, share, weight, world)
        ):
            scratch.shortlist[length] = j
            length += 1
    return length


@compiled
def list_everything(current: int, world: World) -> int:
    """List all products on offer, but for the present one; return how many."""
    length = 0
    for j in range(world.book.steps.size):
        if j != current and world.book.products[j]["listed"]:
            world.scratch.shortlist[length] = j
            length += 1
    return length


@compiled
def list_news(current: int, event_key: np.uint64, time_days: float, world: World) -> int:
    """List the products whose news reaches a user, but for the present one; return how many.

    Each product's news reaches it by a draw of the product's own, so that news of one product
    neither brings nor takes away that of another. Arguments as in ``list_considered``.
    """
    book, scratch = world.book, world.scratch
    if book.news_total == 0.0:
        return 0
    age_days = time_days - book.news_time_days
    low, high = low_half(event_key), high_half(event_key)
    length = 0
    for j in range(book.steps.size):
        reach = news_reach(book.news[j], age_days, world.rules.consideration)
        if j != current and uniform_32(product_word_32(low, high, scratch.steps[j])) < reach:
            scratch.shortlist[length] = j
            length += 1
    return length

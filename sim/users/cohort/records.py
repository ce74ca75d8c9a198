"""The records of cohorts: named tuples of arrays. k type, j product, c class of satisfaction.

Users of a product stand in one of two classes. The content have met nothing better than what they
hold; the disappointed have, and expect it. What differs within a class is kept as a mean.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.users.cohort.race import Entrants, Times, Won, new_times
from sim.users.records import Book, Rules, Totals

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Masks = NDArray[np.bool_]
Words = NDArray[np.uint64]

CONTENT, DISAPPOINTED = 0, 1
"""Classes of satisfaction."""
LOWER_STRATA, UPPER_STRATA = 16, 48
STRATA = LOWER_STRATA + UPPER_STRATA
"""Strata of setup costs among users who never adopted: below, and above, the largest cost at which
an adoption paid on the first day."""


class Cohorts(NamedTuple):
    """How many users stand where, and the means of what differs between them."""

    unaware: Counts
    """[K]"""
    new: Counts
    """[K, Z] Aware, never had a product, by stratum of the setup cost."""
    idle: Counts
    """[K] Had a product once, has none."""
    held: Counts
    """[K, P, 2]"""
    satisfaction: Floats
    """[K, P, 2] Mean."""
    expectation: Floats
    """[K, P, 2] Mean, as a share of tasks that succeed."""
    new_expectation: Floats
    """[K] Mean."""
    idle_expectation: Floats
    """[K] Mean."""
    usage_square: Floats
    """[K, P] Sum over a product's users of the squared share of tasks run."""


class Strata(NamedTuple):
    """Strata of setup costs: the users of a type in ascending order of cost."""

    width: Floats
    """[K, Z] Share of the type's users."""
    middle: Floats
    """[K, Z] A product is open to a stratum if it is to at least this share of the type."""
    setup_cost_usd: Floats
    """[K, Z] Mean cost of a first adoption."""


class Offered(NamedTuple):
    """The present offers, as far as they are the same for a step."""

    book: Book
    setup_share: Floats
    """[K, P] Share of the type's users whose setup cost does not keep them from adopting."""
    has_peers: bool
    """Whether everyone hears from everyone, or nobody from anybody."""
    by_provider: Counts
    """[P] Products, those of a provider next to each other."""
    by_delivered: Counts
    """[K, P] Products by what they deliver to each type, best first."""


class Climate(NamedTuple):
    """What is the same for all types during a step."""

    share: Floats
    """[P] Share of all users."""
    consideration: Floats
    """[P] Probability of coming to mind at a review; zero if not on offer."""
    reach: Floats
    """[P] Probability that its news reaches a user at a tick of the news clock."""
    amounts: Floats
    """[3] Expected reviews of a user, and ticks of its news clock; probability of hearing of the
    technology."""
    weights: Floats
    """[2] Of users who move once in the step, and twice: see ``sim.users.cohort.moving``."""


class Flows(NamedTuple):
    """Working space: what one type does in a step. n products take part, column n is none."""

    slots: Counts
    """[P] Slot of each product that takes part."""
    place: Counts
    """[P] The other way round; -1 if it takes no part."""
    fresh: Floats
    """[P + 1, P + 1] Expected moves of users who have just come to a product, or to none; less the
    sum of its row on the diagonal."""
    once: Floats
    """[P + 1] Moves that the users of one origin expect, each at the rates of the beginning."""
    chance: Floats
    """[P + 1] Users who will have moved by the end of the step."""
    row: Floats
    """[P + 1] Probabilities of moving at a review, of one group of new users."""
    moved: Counts
    """[P + 1] Users moved."""
    arrived: Counts
    """[P]"""
    arrived_usage: Counts
    """[P]"""
    arrived_square: Floats
    """[P]"""
    arrived_disappointed: Floats
    """[P] Expected number."""
    arrived_expectation: Floats
    """[P] Sum of theirs."""
    rested: Counts
    """[1] Users who come to have no product."""
    rested_expectation: Floats
    """[1] Sum of theirs."""
    class_left: Counts
    """[2] Users who leave each class of a product."""
    better: Floats
    """[P] Probability that something better comes to mind at a review."""
    excess: Floats
    """[P] Mean of by how much the best that comes to mind is better, zero if it is not."""
    meeting: Floats
    """[P] How often something better comes to mind, or by news, in the step."""
    exceeding: Floats
    """[P] Sum of by how much, in expectation."""
    group: Counts
    """[Z] Group of each stratum of new users; -1 if nothing is open to it."""
    heard: Counts
    """[Z] Users of each stratum who have heard of the technology in the step, and took nothing."""


class Scratch(NamedTuple):
    """Working space of a step."""

    climate: Climate
    flows: Flows
    entrants: Entrants
    times: Times
    won: Won
    """Probabilities at a review, and after ``expect_moves`` the moves expected in the step."""
    told: Won
    """Probabilities at a tick of the news clock."""


class World(NamedTuple):
    """All that a step works on."""

    cohorts: Cohorts
    strata: Strata
    offered: Offered
    totals: Totals
    rules: Rules
    type_keys: Words
    """[K] Entity of each type in draws."""
    scratch: Scratch


def new_cohorts(types: int, products: int) -> Cohorts:
    """Make the records of K types and P product slots, without users."""
    return Cohorts(
        unaware=np.zeros(types, np.int64),
        new=np.zeros((types, STRATA), np.int64),
        idle=np.zeros(types, np.int64),
        held=np.zeros((types, products, 2), np.int64),
        satisfaction=np.zeros((types, products, 2)),
        expectation=np.zeros((types, products, 2)),
        new_expectation=np.zeros(types),
        idle_expectation=np.zeros(types),
        usage_square=np.zeros((types, products)),
    )


def new_scratch(products: int) -> Scratch:
    """Make the working space for P product slots."""
    floats, counts = np.zeros((12, products)), np.zeros((6, products), np.int64)
    columns, moved = np.zeros((3, products + 1)), np.zeros(products + 1, np.int64)
    first = np.zeros(products + 1, np.int64)
    return Scratch(
        Climate(
            share=floats[9],
            consideration=floats[10],
            reach=floats[11],
            amounts=np.zeros(3),
            weights=np.zeros(2),
        ),
        Flows(
            slots=counts[0],
            place=counts[1],
            fresh=np.zeros((products + 1, products + 1)),
            once=columns[0],
            chance=columns[1],
            row=columns[2],
            moved=moved,
            arrived=counts[2],
            arrived_usage=counts[3],
            arrived_square=floats[0],
            arrived_disappointed=floats[1],
            arrived_expectation=floats[2],
            rested=np.zeros(1, np.int64),
            rested_expectation=np.zeros(1),
            class_left=np.zeros(2, np.int64),
            better=floats[3],
            excess=floats[4],
            meeting=floats[5],
            exceeding=floats[6],
            group=np.zeros(STRATA, np.int64),
            heard=np.zeros(STRATA, np.int64),
        ),
        Entrants(
            utility=floats[7],
            consideration=floats[8],
            gains=np.zeros(1),
            stay_gain=np.zeros((products, 2)),
            first=first,
            order=counts[4],
            open_to=np.zeros(STRATA, np.int64),
            is_run=np.zeros((products, 2), np.bool_),
            entering=counts[5],
        ),
        new_times(products),
        _new_won(products),
        _new_won(products),
    )


def _new_won(products: int) -> Won:
    return Won(
        np.zeros(products + 1),
        np.zeros((STRATA, products + 1)),
        np.zeros((products, 2, products + 1)),
    )

"""The records that the compiled kernel works on: named tuples of arrays and numbers.

What belongs together in one user, one offer or one cell of the totals lies together in memory, as
a row of a structured array; the dtypes below list the fields. Index letters: i user, k type (all
domains in one row, domain by domain), j product. Where a user's requests fall into C classes, K and
N below are C times as many rows, class by class: see `sim.users.request_classes`.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.portfolios import MOST_CLASSES
from sim.users.mechanisms.awareness import AwarenessRules
from sim.users.mechanisms.choice import ChoiceRules
from sim.users.mechanisms.churn import ChurnRules
from sim.users.mechanisms.consideration import ConsiderationRules
from sim.users.mechanisms.nests import NestRules
from sim.users.mechanisms.portfolios import PortfolioRules
from sim.users.mechanisms.satisfaction import SatisfactionRules
from sim.users.mechanisms.usage import UsageRules

Rows = NDArray[np.void]
"""A structured array."""

UNIT = (1 << 32) - 1
"""The share one, in the fixed-point numbers that usage and value shares are kept in."""

BLOCK = 64
"""Candidate events that are drawn, and whose users are read ahead, together."""

STOCK = 32
"""Candidate events of one clock whose random words are drawn together."""

NO_PRODUCT = -1
AWARE = 1
ADOPTED_ONCE = 2
"""Bits of a user's flags."""

GRAPH, COMPLETE, ALONE = 0, 1, 2
"""Kinds of ``Graph``: by adjacency; everyone hears from everyone; nobody from anybody."""

AWARENESS, REVIEW, NEWS, USAGE, CHURN, MIGRATION = range(6)
"""Causes of events; all but the last are rows of ``World.clocks``."""

USER = np.dtype(
    [
        ("type_index", np.uint16),
        ("flags", np.uint16),
        ("usage", np.uint32),  # share of tasks run [w], in units of 1 / UNIT
        ("value", np.uint32),  # share of the value of all tasks [Phi(z_w + s)], likewise
        ("satisfaction", np.float32),
        ("expectation", np.float32),  # of what is delivered [E]
        ("setup_z", np.float32),  # log setup cost, in standard deviations from the domain's median
    ],
    align=True,
)
OFFER = np.dtype(
    [
        ("utility", np.float64),  # net of the running fee, in units of mu; -inf if not on offer
        ("setup_quantile", np.float32),  # of who never adopted, those up to this setup_z may
        ("delivered", np.float32),  # what its users experience, between 0 and 1 [x]
        ("usage_target", np.uint32),  # share of tasks worth running [w*], in units of 1 / UNIT
    ],
    align=True,
)
LIMIT = np.dtype(
    [
        ("quota", np.uint32),  # share of tasks that the free quota pays for [w_Q], as usage
        ("most", np.uint32),  # share of tasks that the budget pays for, likewise
    ],
    align=True,
)
PRODUCT = np.dtype(
    [
        ("key", np.uint64),
        ("provider", np.int32),
        ("model", np.int32),
        ("nest", np.int32),
        ("listed", np.bool_),
    ],
    align=True,
)
CELL = np.dtype(
    [
        ("users", np.int64),
        ("usage", np.int64),  # sum of usage shares, exact in units of 1 / UNIT
        ("value", np.int64),  # sum of value shares, likewise
        ("free", np.int64),  # sum of usage shares within the free quota, likewise
        ("user_days", np.float64),  # integrals of the four over time
        ("usage_days", np.float64),
        ("value_days", np.float64),
        ("free_days", np.float64),
        ("adoptions", np.int64),  # moves: from no product, from another, to another, to none
        ("switches_in", np.int64),
        ("switches_out", np.int64),
        ("leaves", np.int64),
    ],
    align=True,
)
HOLDING = np.dtype(
    [
        ("users", np.int64),  # who have the product for any of their requests
        ("user_days", np.float64),  # the integral over time
    ],
    align=True,
)
METER = np.dtype(
    [
        ("usage", np.int64),  # sum of usage shares, exact in units of 1 / UNIT
        ("moment", np.float64),  # less the sum of changes of usage times the time of each
        ("free", np.int64),  # both for usage within the free quota
        ("free_moment", np.float64),
    ],
    align=True,
)
TYPE = np.dtype(
    [
        ("population", np.int64),
        ("aware", np.int64),
        ("untried", np.int64),  # aware, never adopted
        ("outside_utility", np.float64),  # of no product, in units of mu [a0]
        ("setup_cost_usd", np.float64),  # median [h]
        ("setup_cost_log_sd", np.float64),  # [s_h]
        ("setup_paid_usd", np.float64),  # since the last call, by first adopters
        ("vendor_moves", np.float64),  # since the last call: to another provider, or to none
        ("model_moves", np.float64),  # to another model of the same provider
        ("further_vendor_fee", np.float64),  # in units of mu [f_h / mu]
        ("further_vendors", np.int64),  # of all users, each one's beyond the first
        ("further_vendor_days", np.float64),  # the integral over time
    ],
    align=True,
)
CLOCK = np.dtype(
    [
        ("next_days", np.float64),  # time of the next candidate event
        ("ordinal", np.uint64),  # candidate events so far
        ("rate_per_day", np.float64),  # of candidates of all users together
    ],
    align=True,
)
EVENT = np.dtype(
    [
        ("time_days", np.float64),
        ("key", np.uint64),  # of the choice that it may lead to
        ("uniform", np.float64),  # for thinning
        ("user", np.int64),
        ("cause", np.int64),
    ],
    align=True,
)


class Users(NamedTuple):
    """State of every user: 26 bytes each."""

    rows: Rows
    """[N] USER."""
    product: NDArray[np.int16]
    """[N] Product held, or NO_PRODUCT; apart, since neighbours look at it and at nothing else."""


class Graph(NamedTuple):
    """Who hears from whom, as rows of neighbours (compressed sparse rows)."""

    kind: int
    offsets: NDArray[np.int64]
    """[N + 1] First neighbour of each user in ``neighbours``."""
    neighbours: NDArray[np.int32]


class Book(NamedTuple):
    """The offers as each type sees them; written anew when the offers change."""

    offers: Rows
    """[K, P] OFFER."""
    products: Rows
    """[P] PRODUCT."""
    steps: NDArray[np.uint64]
    """[P] Each product's step in draws; see ``sim.users.draws.product_step``."""
    news: NDArray[np.float64]
    """[P] News level of each product at ``news_time_days``."""
    news_total: float
    news_time_days: float
    reputation: NDArray[np.float64]
    """[P] Reputation of each product."""
    limits: Rows
    """[K, P] LIMIT."""
    has_quotas: bool
    best_delivered: NDArray[np.float32]
    """[K] The most that any product on offer delivers."""
    whole: Rows
    """[types, P] OFFER: to users with one product for all their requests."""


class Totals(NamedTuple):
    """Sums over users, and what happened since the last call."""

    cells: Rows
    """[K, P] CELL."""
    types: Rows
    """[K] TYPE."""
    users_of: NDArray[np.int64]
    """[P + 1] Users by product, the last entry all adopters."""
    counts: NDArray[np.int64]
    """[2] Reviews; candidate events."""
    meters: Rows
    """[K, P] METER: a second account of usage; see ``sim.users.meters``."""
    holdings: Rows
    """[types, P] HOLDING: users by product where they may have several; else (0, P)."""


class Rules(NamedTuple):
    """Parameters that all users share, mechanism by mechanism."""

    seed: np.uint64
    replication: np.uint64
    awareness: AwarenessRules
    consideration: ConsiderationRules
    choice: ChoiceRules
    nests: NestRules
    usage: UsageRules
    satisfaction: SatisfactionRules
    churn: ChurnRules
    log_sd: NDArray[np.float64]
    """[K] Spread of log task values [s]."""
    nest_steps: NDArray[np.uint64]
    """[G + 1, 2] Steps of the nests' draws; see ``sim.users.nests``."""
    race_bounds: NDArray[np.float64]
    """[.., 2] Bounds of the logarithm of an exponential draw; see ``sim.users.race``."""
    portfolios: PortfolioRules
    work_share: NDArray[np.float64]
    """[K] Share of a user's work that the row is about."""


class Stock(NamedTuple):
    """Random words of the next candidate events of each clock, shape (5, STOCK).

    Those of ordinals 1 to STOCK, STOCK + 1 to 2 STOCK, ... lie here together, from the time at
    which the first of them is needed.
    """

    waiting: NDArray[np.uint64]
    picking: NDArray[np.uint64]
    key: NDArray[np.uint64]


class Portfolios(NamedTuple):
    """Working space of one review of a portfolio; the candidates are what may be held after it."""

    product: NDArray[np.int64]
    """[P] Product of each candidate."""
    vendor: NDArray[np.int64]
    """[P] Its provider."""
    value: NDArray[np.float64]
    """[classes, P] What each candidate is worth for each class of requests, in units of mu."""
    present: NDArray[np.int64]
    """[classes] Candidate that serves each class so far."""
    trial: NDArray[np.int64]
    """[classes] Candidates that are tried."""
    best: NDArray[np.int64]
    """[classes] The best so far."""
    wanted: NDArray[np.int64]
    """[classes] Products that are to serve each class."""


class Scratch(NamedTuple):
    """Working space of the kernel."""

    peers: NDArray[np.int32]
    """[P + 1] Users of each product among one user's neighbours, the last entry those of none."""
    steps: NDArray[np.uint32]
    """[P] Each product's step in 32-bit draws: the lower half of ``Book.steps``."""
    shared: NDArray[np.float64]
    """[P] Part of each product's intensity of consideration that is the same at all times for all
    users, until the product's users change."""
    attention: NDArray[np.float32]
    """[P] Bound of each product's intensity of consideration to a user without neighbours, in the
    scale of its draws; see ``sim.users.shortlist``."""
    word: NDArray[np.uint32]
    """[P] Each product's draw for consideration in one review."""
    listed: NDArray[np.uint8]
    """[P] Whether the product may come to mind in that review."""
    shortlist: NDArray[np.int64]
    """[P + 1] Products that may come to mind."""
    nest_event: NDArray[np.uint64]
    """[G + 1] Key of the event in which each nest was drawn last."""
    nest_noise: NDArray[np.float64]
    """[G + 1] What was drawn then; not a number before."""
    events: Rows
    """[BLOCK] EVENT: candidate events in time order."""
    stock: Stock
    portfolios: Portfolios


class World(NamedTuple):
    """All that the kernel works on."""

    users: Users
    graph: Graph
    book: Book
    totals: Totals
    clocks: Rows
    """[5] CLOCK: superposed Poisson clocks of all users, one row a purpose."""
    rules: Rules
    scratch: Scratch


def new_scratch(products: int, nests: int) -> Scratch:
    """Make the working space for P product slots and G nests."""
    return Scratch(
        peers=np.zeros(products + 1, np.int32),
        steps=np.zeros(products, np.uint32),
        shared=np.full(products, np.nan),
        attention=np.full(products, np.nan, np.float32),
        word=np.zeros(products, np.uint32),
        listed=np.zeros(products, np.uint8),
        shortlist=np.zeros(products + 1, np.int64),
        nest_event=np.zeros(nests + 1, np.uint64),
        nest_noise=np.full(nests + 1, np.nan),
        events=np.zeros(BLOCK, EVENT),
        stock=Stock(*np.zeros((len(Stock._fields), CHURN + 1, STOCK), np.uint64)),
        portfolios=Portfolios(
            product=np.zeros(products, np.int64),
            vendor=np.zeros(products, np.int64),
            value=np.full((MOST_CLASSES, products), np.nan),
            present=np.zeros(MOST_CLASSES, np.int64),
            trial=np.zeros(MOST_CLASSES, np.int64),
            best=np.zeros(MOST_CLASSES, np.int64),
            wanted=np.zeros(MOST_CLASSES, np.int64),
        ),
    )


def smallest_world(products: int = 1) -> World:
    """Make a world of one user, one type and few products in which nothing ever happens."""
    rules = Rules(
        np.uint64(0),
        np.uint64(0),
        AwarenessRules(0.0, 0.0, 0.0, 0.0),
        ConsiderationRules(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ChoiceRules(0.0, 0.0, 0.0, 0.0, 0.0),
        NestRules(np.ones(1)),
        UsageRules(0.0, 0.0, 0.0),
        SatisfactionRules(0.0, 0.0, 0.0, 0.0, 0.0),
        ChurnRules(0.0, 0.0, 0.0),
        np.zeros(1),
        np.zeros((1, 2), np.uint64),
        np.zeros((1, 2)),
        PortfolioRules(False, 1, 1, 1),
        np.ones(1),
    )
    clocks = np.zeros(CHURN + 1, CLOCK)
    clocks["next_days"] = np.inf
    return World(
        Users(np.zeros(1, USER), np.full(1, NO_PRODUCT, np.int16)),
        Graph(ALONE, np.zeros(2, np.int64), np.zeros(0, np.int32)),
        Book(
            np.zeros((1, products), OFFER),
            np.zeros(products, PRODUCT),
            np.zeros(products, np.uint64),
            np.zeros(products),
            0.0,
            0.0,
            np.zeros(products),
            np.zeros((1, products), LIMIT),
            False,
            np.zeros(1, np.float32),
            np.zeros((1, products), OFFER),
        ),
        Totals(
            np.zeros((1, products), CELL),
            np.zeros(1, TYPE),
            np.zeros(products + 1, np.int64),
            np.zeros(2, np.int64),
            np.zeros((1, products), METER),
            np.zeros((0, products), HOLDING),
        ),
        clocks,
        rules,
        new_scratch(products, 0),
    )

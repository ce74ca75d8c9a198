"""The first day of users who may hold several products, or whose requests fall into classes.

One product serves all of a user's requests at first, as the stationary state of users of one
product has it. In a settled start users then review what they have `ROUNDS` times, in turn, at the
offers of the first day: so portfolios have formed when the clock starts, at nobody's cost.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.quantities import FloatArray
from sim.streams import Stream
from sim.users.draws import event_words, uniform_52
from sim.users.mechanisms.churn import churn_per_day
from sim.users.mechanisms.portfolios import PortfolioRules
from sim.users.moves import adjust_usage
from sim.users.portfolio.moving import felt, give_up
from sim.users.portfolio.reviewing import review_portfolio
from sim.users.records import ADOPTED_ONCE, NO_PRODUCT, REVIEW, UNIT, Book, Users, World
from sim.users.shortlist import attend_all
from sim.users.usage import value_share
from sim.users.user_types import UserTypes

ROUNDS = 40
"""Reviews of each user before the first day: more than three years of them, one a month."""
_FIRST_DAY = np.uint64(Stream.PORTFOLIO_FIRST_DAY)


def split_users(users: Users, book: Book, rules: PortfolioRules, *, settled: bool) -> Users:
    """Return users with a place for each class of requests, class by class; no usage yet.

    Parameters
    ----------
    users : Users
        As the first day has them, one place each.
    book : Book
    rules : PortfolioRules
    settled : bool
        Whether users expect the best on offer; else they expect what they have.
    """
    kinds = len(book.whole)
    split = Users(np.tile(users.rows, rules.classes), np.tile(users.product, rules.classes))
    held = np.flatnonzero(users.product != NO_PRODUCT)
    kind = users.rows["type_index"].astype(np.int64)
    for c in range(rules.classes):
        own = split.rows[c * rules.users : (c + 1) * rules.users]
        own["type_index"] = kind + c * kinds
        delivered = book.offers["delivered"][c * kinds : (c + 1) * kinds]
        expects = np.flatnonzero(users.rows["expectation"] > 0.0)
        own["expectation"][expects] = delivered.max(axis=1)[kind[expects]]
        if not settled:
            own["expectation"][held] = delivered[kind[held], users.product[held]]
    return split


def reached_usage(users: Users, book: Book) -> FloatArray:
    """Return the share of its wanted usage that each user runs, (N,); one for those without."""
    held = np.flatnonzero(users.product != NO_PRODUCT)
    wanted = book.whole["usage_target"][users.rows["type_index"][held], users.product[held]]
    reached = np.ones(users.product.size)
    reached[held] = users.rows["usage"][held] / np.maximum(wanted, 1)
    return reached


def begin_usage(
    users: Users, reached: FloatArray, rows: UserTypes, book: Book, rules: PortfolioRules
) -> None:
    """Let every class of requests run the share of what it wants that the user has reached.

    Parameters
    ----------
    users : Users
        With a place for each class; changed in place.
    reached : ndarray, shape (N,)
    rows : UserTypes
        The types, cut into classes of requests.
    book : Book
    rules : PortfolioRules
    """
    held = np.flatnonzero(users.product != NO_PRODUCT)
    kind = users.rows["type_index"][held]
    wanted = book.offers["usage_target"][kind, users.product[held]]
    usage = np.rint(wanted * reached[held % rules.users])
    users.rows["usage"][held] = usage.astype(np.uint32)
    value = value_share(users.rows["usage"][held] / UNIT, rows.log_sd[kind])
    users.rows["value"][held] = np.rint(value * UNIT).astype(np.uint32)


@compiled
def settle_portfolios(rounds: int, world: World) -> None:
    """Let all who have adopted before review what they have, several times, at no time.

    Between two reviews they churn, and adjust their usage, as often as their clocks would tick.
    Totals of events are not what happened since the first day: they are to be counted anew.

    Parameters
    ----------
    rounds : int
        Reviews of each user; none if users never review.
    world : World
    """
    users, rules = world.users, world.rules
    count, reviews = rules.portfolios.users, rules.choice.review_per_day
    attend_all(0.0, world)
    for number in range(rounds):
        ticks = rules.usage.adjustments_per_day / reviews
        due = math.floor(ticks * (number + 1)) - math.floor(ticks * number)
        for user in range(count):
            if users.rows[user]["flags"] & ADOPTED_ONCE == 0:
                continue
            key, other = event_words(
                _FIRST_DAY, np.uint64(user), np.uint64(number), rules.seed, rules.replication
            )
            for place in range(user, users.product.size, count):
                for _ in range(due):
                    adjust_usage(place, 0.0, 0.0, world)
            if users.product[user] != NO_PRODUCT:
                lost = churn_per_day(felt(user, world), rules.churn)
                if uniform_52(other) * (lost + reviews) < lost:
                    give_up(user, 0.0, 0.0, world)
            review_portfolio(user, key, 0.0, 0.0, REVIEW, world)

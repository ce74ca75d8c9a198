"""The compiled kernel: every event of every user, in true time order, between two market events.

Five Poisson clocks tick for all users together: awareness, review, review on news, usage, churn.
A tick of a clock is a candidate event. Its time and its user depend on the clock's own ordinal
alone, and where the hazard varies (awareness with the neighbours, news with its age, churn with
satisfaction) the candidate is accepted with the hazard's share of its upper bound (Lewis and
Shedler 1979). Two worlds that differ in prices, products or factors share all candidates.
"""

import math

import numpy as np

from sim.streams import Stream
from sim.users.compiled import compiled
from sim.users.draws import acceptance, event_words, picked_user, waiting_time
from sim.users.moves import adjust_usage, move
from sim.users.records import (
    AWARE,
    AWARENESS,
    CHURN,
    NEWS,
    NO_PRODUCT,
    USAGE,
)
from sim.users.review import adopting_share, review

_CLOCK_STREAM = np.uint64(Stream.AWARENESS_CLOCK)
_CHOICE_STREAM = np.uint64(Stream.CHOICE)
_MIGRATION_STREAM = np.uint64(Stream.MIGRATION)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)


@compiled
def execute(now_days, until_days, users, graph, book, totals, clocks, rules, peers):
    """Execute all user events after ``now_days`` and not after ``until_days``.

    Parameters
    ----------
    now_days, until_days : float
        Interval, open on the left and closed on the right.
    users, graph, book, totals, clocks, rules
        Records of the population.
    peers : int64[P]
        Scratch of zeros.
    """
    _integrate(until_days - now_days, totals)
    while True:
        clock = 0
        for other in range(1, clocks.next_days.size):
            if clocks.next_days[other] < clocks.next_days[clock]:
                clock = other
        time_days = clocks.next_days[clock]
        if not time_days <= until_days:
            return
        ordinal = clocks.ordinal[clock] + _ONE
        clocks.ordinal[clock] = ordinal
        waiting, picking = event_words(
            _CLOCK_STREAM + np.uint64(clock), _ZERO, ordinal, rules.seed, rules.replication
        )
        clocks.next_days[clock] = time_days + waiting_time(waiting, clocks.rate_per_day[clock])
        user = picked_user(picking, users.product.size)
        totals.counts[1] += 1
        _happen(
            clock, user, acceptance(picking), ordinal, time_days, until_days - time_days,
            users, graph, book, totals, rules, peers,
        )  # fmt: skip


@compiled
def _happen(
    clock, user, uniform, ordinal, time_days, remaining_days,
    users, graph, book, totals, rules, peers,
):  # fmt: skip
    """Accept or reject one candidate event, and carry it out."""
    if clock == USAGE:
        adjust_usage(user, remaining_days, users, book, totals, rules)
        return
    if clock == CHURN:
        if users.product[user] != NO_PRODUCT:
            hazard = math.exp(-rules.churn_slope * users.satisfaction[user])
            if uniform * rules.churn_bound < hazard:
                move(user, NO_PRODUCT, remaining_days, users, book, totals, rules)
        return
    aware = users.flags[user] & AWARE != 0
    if clock == AWARENESS:
        if aware or not _hears(user, uniform, users, graph, totals, rules):
            return
        users.flags[user] |= AWARE
        k = users.type_index[user]
        totals.aware[k] += 1
        totals.untried[k] += 1
    elif not aware or (clock == NEWS and not _reads_news(uniform, time_days, book, rules)):
        return
    event_key, _ = event_words(
        _CHOICE_STREAM, np.uint64(clock), ordinal, rules.seed, rules.replication
    )
    review(
        user, event_key, time_days, remaining_days, False,
        users, graph, book, totals, rules, peers,
    )  # fmt: skip


@compiled
def _hears(user, uniform, users, graph, totals, rules):
    """Bass (1969) hazard on the network, p + q times the adopting share of the neighbours."""
    level = uniform * (rules.innovation_per_day + rules.imitation_per_day)
    if level < rules.innovation_per_day:
        return True
    share = adopting_share(user, users, graph, totals)
    return level < rules.innovation_per_day + rules.imitation_per_day * share


@compiled
def _reads_news(uniform, time_days, book, rules):
    """News makes users review in proportion to its level, summed over products, at most one."""
    age_days = time_days - book.news_time_days
    return uniform < book.news_total * math.exp(-rules.news_decay_per_day * age_days)


@compiled
def migrate(now_days, users, graph, book, totals, rules, peers):
    """Let the users of products that are no longer on offer choose anew, in the order of users."""
    for user in range(users.product.size):
        product = users.product[user]
        if product != NO_PRODUCT and not book.listed[product]:
            event_key, _ = event_words(
                _MIGRATION_STREAM, np.uint64(user), book.product_keys[product],
                rules.seed, rules.replication,
            )  # fmt: skip
            review(
                user, event_key, now_days, 0.0, True,
                users, graph, book, totals, rules, peers,
            )  # fmt: skip


@compiled
def _integrate(days, totals):
    """Integrate the totals as if nothing happened; changes add their corrections."""
    for k in range(totals.users.shape[0]):
        for j in range(totals.users.shape[1]):
            totals.days[0, k, j] += totals.users[k, j] * days
            totals.days[1, k, j] += totals.usage[k, j] * days
            totals.days[2, k, j] += totals.value[k, j] * days

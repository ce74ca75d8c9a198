"""One step of all cohorts: everything that users do in a few days under the same offers.

Reviews, churn and hearing are drawn as flows between counts, usage is adjusted for the half of the
step before and for the half after, and flows happen at the middle. Shares, and the level of news,
are those of the step: its beginning, and its mean.
"""

import math

import numpy as np

from sim.compiled import compiled
from sim.streams import Stream
from sim.users.cohort.arriving import (
    adopt,
    clear_arrivals,
    meet_better,
    rest,
    settle,
    settle_rested,
    switch_from,
)
from sim.users.cohort.binomial import binomial
from sim.users.cohort.dividing import (
    GROUP_STEP,
    HEARING_STEP,
    IDLE_STEP,
    LEAVING_STEP,
    NEW_STEP,
    divide,
    spread_over_strata,
)
from sim.users.cohort.entering import enter, group_new_users
from sim.users.cohort.moving import (
    add_moves,
    clear_moves,
    expect_fresh_moves,
    leaving_probability,
    move_twice,
)
from sim.users.cohort.race import run_race
from sim.users.cohort.records import STRATA, Floats, World
from sim.users.cohort.satisfaction import learn, mean_excess, weigh_the_best
from sim.users.cohort.standing import count_users
from sim.users.cohort.use import adjust, integrate, mean_value
from sim.users.draws import event_words, product_word
from sim.users.mechanisms.awareness import hearing_per_day
from sim.users.mechanisms.churn import churn_per_day
from sim.users.mechanisms.consideration import (
    consideration_probability,
    intensity,
    news_factor,
    news_review_per_day,
    shared_intensity,
)
from sim.users.records import UNIT

_STREAM = np.uint64(Stream.COHORT_STEP)


@compiled
def take_step(now_days: float, days: float, ordinal: np.uint64, world: World) -> None:
    """Let all users act for some days.

    Parameters
    ----------
    now_days, days : float
        When the step begins, and how long it is.
    ordinal : uint64
        Of the step, in draws.
    world : World
        Changed in place.
    """
    _set_climate(now_days, days, world)
    totals, middle = world.totals, now_days + 0.5 * days
    for k in range(world.type_keys.size):
        _adjust_usage(k, 0.25 * days, now_days + 0.25 * days, days, world)
        _move(k, days, middle, ordinal, world)
        _adjust_usage(k, 0.25 * days, now_days + 0.75 * days, days, world)
        _add_value(k, days, world)
    count_users(world)
    totals.counts[1] = totals.counts[0]


@compiled
def most_moves_per_day(now_days: float, world: World) -> float:
    """Return how many reviews and losses a user expects at most, a day, from now on."""
    rules, book = world.rules, world.offered.book
    age_days = now_days - book.news_time_days
    return (
        rules.choice.review_per_day
        + news_review_per_day(book.news_total, age_days, rules.consideration)
        + rules.churn.most_per_day
    )


@compiled
def mean_news(now_days: float, days: float, most: float, world: World) -> float:
    """Mean over some days of ``min(level of news, most)``, for a level that decays."""
    book, rules = world.offered.book, world.rules.consideration
    decay = rules.news_decay_per_day
    level = book.news_total * math.exp(-decay * (now_days - book.news_time_days))
    if level <= 0.0:
        return 0.0
    full = min(max(math.log(level / most) / decay, 0.0), days) if most < math.inf else 0.0
    rest = level * math.exp(-decay * full) * -math.expm1(-decay * (days - full)) / decay
    return (full * most + rest) / days if full > 0.0 else rest / days


@compiled
def _set_climate(now_days: float, days: float, world: World) -> None:
    """Set what is the same for all types: shares, consideration, reviews, hearing."""
    climate, rules, book = world.scratch.climate, world.rules, world.offered.book
    people = np.int64(0)
    for k in range(world.type_keys.size):
        people += world.totals.types[k]["population"]
    decay = rules.consideration.news_decay_per_day * days
    age_days = now_days - book.news_time_days
    weight = news_factor(age_days, rules.consideration) * -math.expm1(-decay) / decay
    for j in range(climate.share.size):
        share = world.totals.users_of[j] / people
        peers_share = share if world.offered.has_peers else 0.0
        climate.share[j] = peers_share
        drawn = intensity(
            shared_intensity(share, rules.consideration),
            peers_share,
            weight * book.news[j],
            rules.consideration,
        )
        listed = book.products[j]["listed"]
        climate.consideration[j] = consideration_probability(drawn) if listed else 0.0
    extra = rules.consideration.news_review_per_day * mean_news(now_days, days, 1.0, world)
    adopting = world.totals.users_of[-1] / people if world.offered.has_peers else 0.0
    hearing = hearing_per_day(adopting, rules.awareness)
    climate.amounts[0] = (rules.choice.review_per_day + extra) * days
    climate.amounts[1] = -math.expm1(-hearing * days)


@compiled
def _adjust_usage(k: int, until: float, time_days: float, days: float, world: World) -> None:
    """Let holders adjust for half of the step, and integrate what was and what is then."""
    for j in range(world.totals.users_of.size - 1):
        cell = world.totals.cells[k, j]
        if cell["users"] == 0:
            continue
        integrate(cell, until)
        world.cohorts.usage_square[k, j] = adjust(
            cell,
            world.totals.meters[k, j],
            world.cohorts.usage_square[k, j],
            world.offered.book.offers[k, j]["usage_target"] / UNIT,
            0.5 * days,
            time_days,
            world.rules.usage,
        )
        integrate(cell, until)


@compiled
def _add_value(k: int, days: float, world: World) -> None:
    """Add to the integrals of value the mean of what is realised before and after the step."""
    for j in range(world.totals.users_of.size - 1):
        cell = world.totals.cells[k, j]
        before = cell["value"]
        if cell["users"] == 0 and before == 0:
            continue
        value = mean_value(cell, world.cohorts.usage_square[k, j], world.rules.log_sd[k])
        cell["value_days"] += 0.5 * days * (np.float64(before) + np.float64(value))
        cell["value"] = value


@compiled
def _move(k: int, days: float, middle: float, ordinal: np.uint64, world: World) -> None:
    """Let the users of one type hear, review and give up."""
    key = event_words(
        _STREAM, world.type_keys[k], ordinal, world.rules.seed, world.rules.replication
    )[0]
    reviews = world.scratch.climate.amounts[0]
    count, providers = enter(k, world)
    groups = group_new_users(k, count, world)
    run_race(
        count,
        providers,
        groups,
        world.scratch.entrants,
        world.scratch.times,
        world.scratch.won,
    )
    weigh_the_best(k, count, world)
    expect_fresh_moves(count, reviews, churn_per_day(0.0, world.rules.churn) * days, world)
    clear_arrivals(count, world)
    _move_holders(k, count, days, middle, key, world)
    _move_idle(k, count, key, world)
    _move_new(k, count, groups, key, world)
    _hear(k, count, groups, key, world)
    for place in range(count):
        learn(k, place, reviews, world)
        meet_better(k, place, key, reviews, world)
        settle(k, place, middle, key, world)
    settle_rested(k, world)


@compiled
def _move_holders(
    k: int, count: int, days: float, middle: float, key: np.uint64, world: World
) -> None:
    cohorts, flows, won = world.cohorts, world.scratch.flows, world.scratch.won
    reviews = world.scratch.climate.amounts[0]
    for place in range(count):
        slot = flows.slots[place]
        users = world.totals.cells[k, slot]["users"]
        if users == 0:
            continue
        world.totals.counts[0] += np.int64(reviews * users + 0.5)
        own_key = product_word(key, world.offered.book.steps[slot])
        clear_moves(count, world)
        for c in range(2):
            held = cohorts.held[k, slot, c]
            flows.class_left[c] = 0
            if held == 0:
                continue
            satisfaction = cohorts.satisfaction[k, slot, c]
            churn = churn_per_day(satisfaction, world.rules.churn) * days
            row = won.held[place, c]
            add_moves(count, np.float64(held), reviews, churn, row, world)
            leaving = leaving_probability(count, place, reviews, churn, row, world)
            word = product_word(own_key, LEAVING_STEP + np.uint64(c))
            flows.class_left[c] = binomial(word, held, leaving)
        movers = flows.class_left[0] + flows.class_left[1]
        if movers == 0:
            continue
        move_twice(count, place, world)
        divide(movers, count, flows.chance, own_key, world)
        switch_from(k, slot, count, movers, middle, world)


@compiled
def _move_idle(k: int, count: int, key: np.uint64, world: World) -> None:
    cohorts, flows = world.cohorts, world.scratch.flows
    idle, reviews = cohorts.idle[k], world.scratch.climate.amounts[0]
    expectation = cohorts.idle_expectation[k]
    raised = expectation + mean_excess(k, expectation, world)
    if idle > 0:
        world.totals.counts[0] += np.int64(reviews * idle + 0.5)
        own_key = product_word(key, IDLE_STEP)
        row = world.scratch.won.idle
        clear_moves(count, world)
        add_moves(count, np.float64(idle), reviews, 0.0, row, world)
        leaving = leaving_probability(count, count, reviews, 0.0, row, world)
        movers = binomial(product_word(own_key, LEAVING_STEP), idle, leaving)
        move_twice(count, count, world)
        divide(movers, count, flows.chance, own_key, world)
        cohorts.idle[k] -= movers
        _adopt_all(k, count, expectation, raised, world)
    cohorts.idle_expectation[k] += -math.expm1(-reviews) * (raised - expectation)


@compiled
def _move_new(k: int, count: int, groups: int, key: np.uint64, world: World) -> None:
    """Let users review who know the technology and never had a product, group by group."""
    cohorts, flows = world.cohorts, world.scratch.flows
    reviews, expectation = world.scratch.climate.amounts[0], cohorts.new_expectation[k]
    raised = expectation + mean_excess(k, expectation, world)
    cohorts.new_expectation[k] += -math.expm1(-reviews) * (raised - expectation)
    untried = np.int64(0)
    for z in range(STRATA):
        untried += cohorts.new[k, z]
    world.totals.counts[0] += np.int64(reviews * untried + 0.5)
    for group in range(groups):
        _open_row(count, group, world)
        clear_moves(count, world)
        add_moves(count, 1.0, reviews, 0.0, flows.row, world)
        move_twice(count, count + 1, world)
        movers = np.int64(0)
        for z in range(STRATA):
            if flows.group[z] == group:
                leaving = _total(count, flows.chance)
                word = product_word(key, NEW_STEP + np.uint64(z))
                left = binomial(word, cohorts.new[k, z], leaving)
                cohorts.new[k, z] -= left
                movers += left
                _pay_setup(k, z, left, world)
        divide(movers, count, flows.chance, product_word(key, GROUP_STEP + np.uint64(group)), world)
        _adopt_all(k, count, expectation, raised, world)
        rest(flows.moved[count], raised, world)


@compiled
def _hear(k: int, count: int, groups: int, key: np.uint64, world: World) -> None:
    """Let users hear of the technology, who then review it at once."""
    cohorts, flows = world.cohorts, world.scratch.flows
    own_key = product_word(key, HEARING_STEP)
    hearers = binomial(own_key, cohorts.unaware[k], world.scratch.climate.amounts[1])
    if hearers == 0:
        return
    world.totals.counts[0] += hearers
    cohorts.unaware[k] -= hearers
    spread_over_strata(hearers, k, own_key, world)
    raised, known = mean_excess(k, 0.0, world), np.int64(0)
    for group in range(groups):
        _open_row(count, group, world)
        movers = np.int64(0)
        for z in range(STRATA):
            if flows.group[z] == group:
                word = product_word(own_key, NEW_STEP + np.uint64(z))
                left = binomial(word, flows.left[z], _total(count, flows.row))
                flows.left[z] -= left
                movers += left
                _pay_setup(k, z, left, world)
        divide(
            movers, count, flows.row, product_word(own_key, GROUP_STEP + np.uint64(group)), world
        )
        _adopt_all(k, count, 0.0, raised, world)
    stayed = np.int64(0)
    for z in range(STRATA):
        known += cohorts.new[k, z]
        stayed += flows.left[z]
        cohorts.new[k, z] += flows.left[z]
    if stayed > 0:
        gap = raised - cohorts.new_expectation[k]
        cohorts.new_expectation[k] += stayed / (known + stayed) * gap


@compiled
def _pay_setup(k: int, z: int, users: np.int64, world: World) -> None:
    """Note what users of a stratum pay to adopt for the first time."""
    cost_usd = users * world.strata.setup_cost_usd[k, z]
    world.totals.types[k]["setup_paid_usd"] += cost_usd


@compiled
def _open_row(count: int, group: int, world: World) -> None:
    """Set ``flows.row`` to what a group of new users takes at a review."""
    flows, entrants = world.scratch.flows, world.scratch.entrants
    for d in range(count + 1):
        flows.row[d] = 0.0
    for n in range(entrants.open_to[group]):
        flows.row[entrants.order[n]] = world.scratch.won.new[group, n]


@compiled
def _total(count: int, weights: Floats) -> float:
    total = 0.0
    for d in range(count + 1):
        total += weights[d]
    return total


@compiled
def _adopt_all(k: int, count: int, expectation: float, raised: float, world: World) -> None:
    """Let users without a product take those that ``flows.moved`` says."""
    for d in range(count):
        adopt(k, d, world.scratch.flows.moved[d], expectation, raised, world)

"""One step of all cohorts: everything that users do in a few days under the same offers.

Reviews, churn and hearing are drawn as flows between counts, usage is adjusted for the half of the
step before and for the half after, and flows happen at the middle. Shares are those of the step's
beginning, news its mean.
"""

import numpy as np

from sim.compiled import compiled_apart
from sim.streams import Stream
from sim.users.cohort.arriving import clear_arrivals, meet_better, settle_all
from sim.users.cohort.climate import set_climate
from sim.users.cohort.entering import compare, enter, group_new_users
from sim.users.cohort.leaving import hear, join_new_users, move_holders, move_idle, move_new
from sim.users.cohort.moving import expect_fresh_moves, expect_moves
from sim.users.cohort.race import run_race
from sim.users.cohort.records import World
from sim.users.cohort.satisfaction import learn, weigh_the_best
from sim.users.cohort.standing import count_users
from sim.users.cohort.use import adjust, mean_value
from sim.users.draws import event_words
from sim.users.mechanisms.churn import churn_per_day
from sim.users.meters import note_change
from sim.users.records import UNIT

_STREAM = np.uint64(Stream.COHORT_STEP)


@compiled_apart
def take_step(
    now_days: float, days: float, metered_days: float, ordinal: np.uint64, world: World
) -> None:
    """Let all users act for some days.

    Parameters
    ----------
    now_days, days : float
        When the step begins, and how long it is.
    metered_days : float
        Time since meters were read, when it begins: that of meters, so that little cancels out.
    ordinal : uint64
        Of the step, in draws.
    world : World
        Changed in place.
    """
    set_climate(now_days, days, world)
    for k in range(world.type_keys.size):
        _adjust_usage(k, metered_days + 0.25 * days, 0.5 * days, world)
        _move(k, days, metered_days + 0.5 * days, ordinal, world)
        _adjust_usage(k, metered_days + 0.75 * days, 0.5 * days, world)
        _add_value(k, days, world)
    count_users(world)
    world.totals.counts[1] = world.totals.counts[0]


@compiled_apart
def _adjust_usage(k: int, time_days: float, days: float, world: World) -> None:
    """Let holders adjust for half of a step, and integrate what was and what is then."""
    for j in range(world.totals.users_of.size - 1):
        cell = world.totals.cells[k, j]
        users, before = cell["users"], cell["usage"]
        if users == 0:
            continue
        usage, square = adjust(
            users,
            before,
            world.cohorts.usage_square[k, j],
            world.offered.book.offers[k, j]["usage_target"] / UNIT,
            days,
            world.rules.usage,
        )
        world.cohorts.usage_square[k, j] = square
        cell["usage"] = usage
        cell["user_days"] += users * days
        cell["usage_days"] += 0.5 * days * (np.float64(before) + np.float64(usage))
        note_change(world.totals.meters[k, j], usage - before, np.int64(0), time_days)


@compiled_apart
def _add_value(k: int, days: float, world: World) -> None:
    """Add to the integrals of value the mean of what is realised before and after the step."""
    for j in range(world.totals.users_of.size - 1):
        cell = world.totals.cells[k, j]
        before = cell["value"]
        if cell["users"] == 0 and before == 0:
            continue
        square = world.cohorts.usage_square[k, j]
        value = mean_value(cell["users"], cell["usage"], square, world.rules.log_sd[k])
        cell["value_days"] += 0.5 * days * (np.float64(before) + np.float64(value))
        cell["value"] = value


@compiled_apart
def _move(k: int, days: float, middle: float, ordinal: np.uint64, world: World) -> None:
    """Let the users of one type hear, review and give up."""
    key = event_words(
        _STREAM, world.type_keys[k], ordinal, world.rules.seed, world.rules.replication
    )[0]
    scratch, has_news = world.scratch, world.offered.book.news_total > 0.0
    count, providers = enter(k, world)
    groups = group_new_users(k, count, world)
    for by_news in range(2 if has_news else 1):
        compare(k, count, by_news == 1, world)
        won = scratch.told if by_news == 1 else scratch.won
        run_race(count, providers, groups, by_news == 0, scratch.entrants, scratch.times, won)
    weigh_the_best(k, count, world)
    clear_arrivals(count, world)
    hear(k, count, groups, key, world)
    expect_moves(count, groups, has_news, world)
    expect_fresh_moves(count, churn_per_day(0.0, world.rules.churn) * days, world)
    move_holders(k, count, days, middle, key, world)
    move_idle(k, count, key, world)
    move_new(k, count, groups, key, world)
    _stay(k, count, key, world)
    settle_all(k, count, middle, key, world)
    join_new_users(k, world)


@compiled_apart
def _stay(k: int, count: int, key: np.uint64, world: World) -> None:
    """Let those who hold a product all along learn how good it is."""
    for place in range(count):
        learn(k, place, world)
        meet_better(k, place, key, world)

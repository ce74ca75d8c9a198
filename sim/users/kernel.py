"""The compiled kernel: every event of every user, in true time order, between two market events.

Five Poisson clocks tick for all users together: awareness, review, review on news, usage, churn.
A tick of a clock is a candidate event. Its time and its user depend on the clock's own ordinal
alone, and where the hazard varies (awareness with the neighbours, churn with satisfaction) the
candidate is accepted with the hazard's share of its upper bound (Lewis and Shedler 1979). The
hazards are those of `sim.users.mechanisms`. Two worlds that differ in prices, products or factors
share all candidates.
"""

import math

import numba
import numpy as np

from sim.compiled import compiled, is_marked, mark
from sim.streams import Stream
from sim.users import cells, log_sum, meters, nested_log_sum, welfare, worth
from sim.users.draws import acceptance, event_words, picked_user, waiting_time
from sim.users.graphs import adjacency, small_world
from sim.users.mechanisms.awareness import (
    hearing_factor,
    hearing_per_day,
    most_hearing_per_day,
)
from sim.users.mechanisms.churn import churn_per_day
from sim.users.mechanisms.consideration import news_level_now
from sim.users.moves import adjust_usage, move
from sim.users.neighbours import adopting_share
from sim.users.portfolio import holdings
from sim.users.portfolio import welfare as portfolio_welfare
from sim.users.portfolio.first_day import settle_portfolios
from sim.users.portfolio.moving import felt, give_up
from sim.users.portfolio.reviewing import look
from sim.users.prefetch import prefetch
from sim.users.records import (
    AWARE,
    AWARENESS,
    CHURN,
    GRAPH,
    MIGRATION,
    NO_PRODUCT,
    STOCK,
    USAGE,
    Rows,
    Rules,
    Stock,
    Totals,
    World,
    smallest_world,
)
from sim.users.shortlist import attend_all

_FIRST_CLOCK = np.uint64(Stream.AWARENESS_CLOCK)
_CHOICE = np.uint64(Stream.CHOICE)
_MIGRATION_STREAM = np.uint64(Stream.MIGRATION)
_ONE = np.uint64(1)
_ZERO = np.uint64(0)
_STOCK = np.uint64(STOCK)
_LOW_32 = np.uint64(0xFFFF_FFFF)


def is_compiled() -> bool:
    """Whether the kernel can run at once: compiled in this process, or by an earlier one."""
    return bool(vars(numba.config)["DISABLE_JIT"]) or is_marked()


def warm_up() -> None:
    """Compile the kernel, or read it from the cache: seconds the first time, then a blink."""
    execute(0.0, 0.0, False, smallest_world())
    cells.warm_up()
    meters.warm_up()
    worth.warm_up()
    log_sum.warm_up()
    nested_log_sum.warm_up()
    welfare.warm_up()
    holdings.warm_up()
    settle_portfolios(0, smallest_world())
    portfolio_welfare.warm_up(smallest_world())
    small_world.warm_up()
    adjacency.warm_up()
    mark()


@compiled
def execute(now_days: float, until_days: float, migrate: bool, world: World) -> None:
    """Execute all user events after ``now_days`` and not after ``until_days``.

    Parameters
    ----------
    now_days, until_days : float
        Interval, open on the left and closed on the right.
    migrate : bool
        First let the users of products that are no longer on offer to them choose anew, in the
        order of users.
    world : World
        Records of the population, changed in place.
    """
    events, stock = world.scratch.events, world.scratch.stock
    attend_all(now_days, world)
    _integrate(until_days - now_days, world.totals.cells)
    if world.rules.portfolios.is_on:
        _integrate_holdings(until_days - now_days, world.totals)
    count = world.rules.portfolios.users
    unmoved = 0 if migrate else count
    while True:
        if unmoved < count:
            length, unmoved = _draw_migrants(unmoved, now_days, world)
        else:
            length = _draw_block(until_days, count, world.clocks, world.rules, events, stock)
            if length == 0:
                return
            _read_ahead(length, world)
        for n in range(length):
            _happen(events[n], until_days, world)


@compiled
def _integrate(days: float, cells: Rows) -> None:
    """Integrate the totals as if nothing happened; changes add their corrections."""
    for k in range(cells.shape[0]):
        for j in range(cells.shape[1]):
            cell = cells[k, j]
            cell["user_days"] += cell["users"] * days
            cell["usage_days"] += cell["usage"] * days
            cell["value_days"] += cell["value"] * days
            cell["free_days"] += cell["free"] * days


@compiled
def _integrate_holdings(days: float, totals: Totals) -> None:
    """Integrate who has which products and how many vendors, as if nothing happened."""
    for k in range(totals.holdings.shape[0]):
        totals.types[k]["further_vendor_days"] += totals.types[k]["further_vendors"] * days
        for j in range(totals.holdings.shape[1]):
            holding = totals.holdings[k, j]
            holding["user_days"] += holding["users"] * days


@compiled
def _draw_migrants(first: int, now_days: float, world: World) -> tuple[int, int]:
    """List the next users whose product is gone; return how many, and the user to continue from.

    Gone is what was withdrawn, and what no longer gives the user's type more than its running fee.
    """
    book, rules, events = world.book, world.rules, world.scratch.events
    length = 0
    for user in range(first, rules.portfolios.users):
        held = _gone(user, world)
        if held == NO_PRODUCT:
            continue
        event = events[length]
        event["time_days"] = now_days
        event["key"] = event_words(
            _MIGRATION_STREAM,
            np.uint64(user),
            book.products[held]["key"],
            rules.seed,
            rules.replication,
        )[0]
        event["user"] = user
        event["cause"] = MIGRATION
        length += 1
        if length == events.size:
            return length, user + 1
    return length, rules.portfolios.users


@compiled
def _gone(user: int, world: World) -> int:
    """Return a product that a user has and that is no longer on offer to it, or ``NO_PRODUCT``."""
    users, whole = world.users, world.book.whole
    k = users.rows[user]["type_index"]
    for place in range(user, users.product.size, world.rules.portfolios.users):
        held = users.product[place]
        if held != NO_PRODUCT and whole[k, held]["utility"] == -math.inf:
            return int(held)
    return NO_PRODUCT


@compiled
def _draw_block(
    until_days: float, users: int, clocks: Rows, rules: Rules, events: Rows, stock: Stock
) -> int:
    """Draw the next candidate events of all clocks in time order; return how many."""
    for n in range(events.size):
        cause = 0
        for other in range(1, clocks.size):
            if clocks[other]["next_days"] < clocks[cause]["next_days"]:
                cause = other
        clock, event = clocks[cause], events[n]
        time_days = clock["next_days"]
        if not time_days <= until_days:
            return n
        ordinal = clock["ordinal"]
        position = np.int64(ordinal % _STOCK)
        if position == 0:
            _draw_stock(cause, ordinal + _ONE, rules, stock)
        clock["ordinal"] = ordinal + _ONE
        waiting = stock.waiting[cause, position]
        clock["next_days"] = time_days + waiting_time(waiting, clock["rate_per_day"])
        picking = stock.picking[cause, position]
        event["time_days"] = time_days
        event["key"] = stock.key[cause, position]
        event["uniform"] = acceptance(picking)
        event["user"] = picked_user(picking, users)
        event["cause"] = cause
    return events.size


@compiled
def _draw_stock(cause: int, first: np.uint64, rules: Rules, stock: Stock) -> None:
    """Draw the words of a clock's next ordinals, several at once: the loop has no other work."""
    number = np.uint64(cause)
    waiting, picking, key = stock.waiting[cause], stock.picking[cause], stock.key[cause]
    seed, replication = rules.seed & _LOW_32, rules.replication & _LOW_32
    for n in range(waiting.size):
        ordinal = first + np.uint64(n)
        waiting[n], picking[n] = event_words(
            _FIRST_CLOCK + number, _ZERO, ordinal, seed, replication
        )
        key[n] = event_words(_CHOICE, number, ordinal, seed, replication)[0]


@compiled
def _read_ahead(length: int, world: World) -> None:
    """Ask for the memory that the events of a block will need, so that the waits for it overlap.

    At a million users nearly every user's row and its neighbours' products lie outside the fast
    caches. Events must run one after the other; their reads need not. Each pass reads only what
    the one before has asked for.
    """
    users, graph, events = world.users, world.graph, world.scratch.events
    for n in range(length):
        user = events[n]["user"]
        prefetch(users.rows, user)
        prefetch(users.product, user)
        prefetch(graph.offsets, user)
    for n in range(length):
        user = events[n]["user"]
        held = users.product[user]
        if held != NO_PRODUCT:
            prefetch(world.book.offers[users.rows[user]["type_index"]], held)
        if graph.kind == GRAPH:
            prefetch(graph.neighbours, graph.offsets[user])
            prefetch(graph.neighbours, graph.offsets[user + 1] - 1)
    if graph.kind == GRAPH:
        for n in range(length):
            user = events[n]["user"]
            for m in range(graph.offsets[user], graph.offsets[user + 1]):
                prefetch(users.product, graph.neighbours[m])


@compiled
def _happen(event: np.void, until_days: float, world: World) -> None:
    """Accept or reject one candidate event, and carry it out."""
    users, totals, rules = world.users, world.totals, world.rules
    user, cause, uniform = event["user"], event["cause"], event["uniform"]
    row = users.rows[user]
    remaining_days = until_days - event["time_days"]
    totals.counts[1] += 1
    if cause == USAGE:
        for part in range(rules.portfolios.classes):
            place = part * rules.portfolios.users + user
            adjust_usage(place, event["time_days"], remaining_days, world)
        return
    if cause == CHURN:
        if users.product[user] == NO_PRODUCT:
            return
        if rules.portfolios.is_on:
            if _gives_up(uniform, felt(user, world), rules):
                give_up(user, event["time_days"], remaining_days, world)
        elif _gives_up(uniform, np.float64(row["satisfaction"]), rules):
            move(user, NO_PRODUCT, event["time_days"], remaining_days, world)
        return
    if cause == AWARENESS:
        share = adopting_share(user, users.product, world.graph, totals.users_of)
        if row["flags"] & AWARE or not _hears(uniform, share, event["time_days"], world):
            return
        row["flags"] |= AWARE
        totals.types[row["type_index"]]["aware"] += 1
        totals.types[row["type_index"]]["untried"] += 1
    if not row["flags"] & AWARE:
        return
    look(user, event["key"], event["time_days"], remaining_days, cause, world)


@compiled
def _hears(uniform: float, adopting_share: float, time_days: float, world: World) -> bool:
    """Whether the user hears of the technology: the hazard's share of its bound."""
    book, rules = world.book, world.rules
    rate = hearing_per_day(adopting_share, rules.awareness)
    if rules.awareness.news_response > 0.0:
        age_days = time_days - book.news_time_days
        level = news_level_now(book.news_total, age_days, rules.consideration)
        rate *= hearing_factor(level, rules.awareness)
    return uniform * most_hearing_per_day(rules.awareness) < rate


@compiled
def _gives_up(uniform: float, satisfaction: float, rules: Rules) -> bool:
    """Whether the user drops its product: the hazard's share of its bound."""
    rate = churn_per_day(satisfaction, rules.churn)
    return uniform * rules.churn.most_per_day < rate

"""Changes of a portfolio, with every total kept exact: as `sim.users.moves`, for several products.

Each class of requests has a place of its own among users' rows, and moves as a user would. Beside
that, products count their users, each once, and types their further vendors.
"""

import numpy as np

from sim.compiled import compiled
from sim.users.mechanisms.choice import ChoiceRules, switching_cost
from sim.users.moves import hand_over, note_adoption, note_setup
from sim.users.records import NO_PRODUCT, Rows, Users, World
from sim.users.shortlist import attend, news_weight


@compiled
def felt(user: int, world: World) -> float:
    """Return a user's satisfaction with all that it holds: the mean over its work."""
    users, satisfaction = world.users, 0.0
    for place in range(user, users.product.size, world.rules.portfolios.users):
        row = users.rows[place]
        satisfaction += world.rules.work_share[row["type_index"]] * np.float64(row["satisfaction"])
    return satisfaction


@compiled
def give_up(user: int, time_days: float, remaining_days: float, world: World) -> None:
    """Let a user drop all that it holds; arguments as of ``move_portfolio``."""
    for c in range(world.rules.portfolios.classes):
        world.scratch.portfolios.wanted[c] = NO_PRODUCT
    move_portfolio(user, time_days, remaining_days, world)


@compiled
def move_portfolio(user: int, time_days: float, remaining_days: float, world: World) -> None:
    """Let the wanted products serve a user's requests from now on.

    Parameters
    ----------
    user : int
        Whose portfolio changes; what serves each class is in ``scratch.portfolios.wanted``, all
        of them ``NO_PRODUCT`` or none.
    time_days, remaining_days : float
        Now, and the time from now to the end of the batch.
    world : World
        Records of the population.

    Notes
    -----
    Classes that stay where they are keep usage and satisfaction. Moving a class costs its share of
    a switch.
    """
    users, totals, wanted = world.users, world.totals, world.scratch.portfolios.wanted
    count, classes = world.rules.portfolios.users, world.rules.portfolios.classes
    row = users.rows[user]
    k = row["type_index"]
    kind = totals.types[k]
    held, leaves = users.product[user] != NO_PRODUCT, wanted[0] == NO_PRODUCT
    further = further_vendors(user, users, world.book.products, count)
    if not held:
        note_setup(row, kind)
    elif leaves:
        kind["vendor_moves"] += 1
    for c in range(classes):
        old, new = users.product[c * count + user], wanted[c]
        if held and _stops(user, c, world):
            if leaves:
                totals.cells[k, old]["leaves"] += 1
            else:
                totals.cells[k, old]["switches_out"] += 1
            _count(k, old, np.int64(-1), time_days, remaining_days, world)
        if not leaves and _starts(user, c, world):
            if held:
                totals.cells[k, new]["switches_in"] += 1
            else:
                totals.cells[k, new]["adoptions"] += 1
            _count(k, new, np.int64(1), time_days, remaining_days, world)
    if not held:
        note_adoption(row, kind)
    for c in range(classes):
        place = c * count + user
        if users.product[place] != wanted[c]:
            if held and not leaves:
                _note_switch(place, wanted[c], world)
            hand_over(place, wanted[c], time_days, remaining_days, world)
    totals.users_of[-1] += np.int64(not held) - np.int64(leaves)
    further = further_vendors(user, users, world.book.products, count) - further
    kind["further_vendors"] += further
    kind["further_vendor_days"] += further * remaining_days


@compiled
def holds(user: int, product: int, world: World) -> bool:
    """Return whether a product serves any of a user's requests."""
    for place in range(user, world.users.product.size, world.rules.portfolios.users):
        if world.users.product[place] == product:
            return True
    return False


@compiled
def cost_of_moving(held: int, product: int, products: Rows, rules: ChoiceRules) -> float:
    """Return what it costs to move all work from one product, or none, to another, in units of mu.

    Parameters
    ----------
    held, product : int
        The two; ``NO_PRODUCT`` for none.
    products : PRODUCT[P]
    rules : ChoiceRules
    """
    if held == NO_PRODUCT:
        return 0.0
    before, after = products[held], products[product]
    same_model = before["model"] == after["model"]
    return switching_cost(True, same_model, before["provider"] == after["provider"], rules)


@compiled
def _note_switch(place: int, product: int, world: World) -> None:
    """Note that the requests of a place go to another product than before."""
    row, products = world.users.rows[place], world.book.products
    kind = world.totals.types[world.users.rows[place % world.rules.portfolios.users]["type_index"]]
    before, after = products[world.users.product[place]], products[product]
    work = world.rules.work_share[row["type_index"]]
    if after["model"] == before["model"]:
        return
    if after["provider"] == before["provider"]:
        kind["model_moves"] += work
    else:
        kind["vendor_moves"] += work


@compiled
def _count(
    k: int, product: int, sign: np.int64, time_days: float, remaining_days: float, world: World
) -> None:
    """Count one user more of a product, or one less with sign -1."""
    holding = world.totals.holdings[k, product]
    holding["users"] += sign
    holding["user_days"] += sign * remaining_days
    world.totals.users_of[product] += sign
    attend(product, news_weight(time_days, world.book, world.rules), world)


@compiled
def further_vendors(user: int, users: Users, products: Rows, count: int) -> int:
    """Return how many vendors a user has beyond the first.

    Parameters
    ----------
    user : int
    users : Users
    products : PRODUCT[P]
    count : int
        How many users there are [N].
    """
    vendors = 0
    for place in range(user, users.product.size, count):
        held = users.product[place]
        if held == NO_PRODUCT:
            return 0
        is_new = True
        for earlier in range(user, place, count):
            other = users.product[earlier]
            is_new &= products[other]["provider"] != products[held]["provider"]
        vendors += is_new
    return vendors - 1


@compiled
def _stops(user: int, c: int, world: World) -> bool:
    """Return whether class c is the first of a product that is to serve none."""
    users, wanted = world.users, world.scratch.portfolios.wanted
    count = world.rules.portfolios.users
    product, stops = users.product[c * count + user], True
    for other in range(world.rules.portfolios.classes):
        stops &= wanted[other] != product
        stops &= other >= c or users.product[other * count + user] != product
    return stops


@compiled
def _starts(user: int, c: int, world: World) -> bool:
    """Return whether class c is the first of a product that has served none."""
    users, wanted = world.users, world.scratch.portfolios.wanted
    count = world.rules.portfolios.users
    product, starts = wanted[c], True
    for other in range(world.rules.portfolios.classes):
        starts &= users.product[other * count + user] != product
        starts &= other >= c or wanted[other] != product
    return starts

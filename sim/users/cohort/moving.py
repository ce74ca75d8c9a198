r"""How probable moves are within a step: users may move, and move again.

Let Q be the rates of moving, minus their sums on the diagonal, and x the events that a user expects
at most in a step dt: reviews, looks at news, losses. With :math:`P = I + Q\,dt / x` the moves of
one event, probabilities within the step are the sum of :math:`e^{-x} x^n / n!\; P^n` over the
number of events n (uniformisation). Here more than two events count as two. In terms of Q that is

.. math:: I + f_1\,Q\,dt + f_2\,(Q\,dt)^2, \qquad f_2 = (1 - e^{-x} (1 + x)) / x^2,
          \quad f_1 = e^{-x} + 2 x f_2 .

The stationary state is that of Q whatever the step. It is exact for users whom a second event would
leave where the first did; else what a third event changes is lost, and a step is so short that
three have a probability of 0.0005 at most.

References
----------
Jensen (1953). Markoff chains as an aid in the study of Markoff processes. Skandinavisk
Aktuarietidskrift 36, 87-91.
"""

from sim.compiled import compiled, compiled_apart
from sim.users.cohort.records import Floats, World


@compiled_apart
def expect_moves(count: int, groups: int, has_news: bool, world: World) -> None:
    """Turn probabilities at a review and by news into moves that a user expects in the step."""
    won, told = world.scratch.won, world.scratch.told
    reviews, ticks = world.scratch.climate.amounts[0], world.scratch.climate.amounts[1]
    if not has_news:
        ticks = 0.0
    for d in range(count + 1):
        won.idle[d] = reviews * won.idle[d] + ticks * told.idle[d]
        for m in range(groups):
            won.new[m, d] = reviews * won.new[m, d] + ticks * told.new[m, d]
    for j in range(count):
        for c in range(2):
            for d in range(count + 1):
                won.held[j, c, d] = reviews * won.held[j, c, d] + ticks * told.held[j, c, d]


@compiled_apart
def expect_fresh_moves(count: int, churn: float, world: World) -> None:
    """Set the expected moves of users who have just come to a product, or to none.

    ``count`` is that of the products that take part, ``churn`` losses at satisfaction zero.
    """
    fresh, won = world.scratch.flows.fresh, world.scratch.won
    for origin in range(count + 1):
        row = won.idle if origin == count else won.held[origin, 0]
        total = 0.0
        for d in range(count + 1):
            moves = row[d]
            if d == count and origin < count:
                moves += churn
            if d == origin:
                moves = 0.0
            fresh[origin, d] = moves
            total += moves
        fresh[origin, origin] = -total


@compiled
def clear_moves(count: int, world: World) -> None:
    """Begin with another origin."""
    flows = world.scratch.flows
    for d in range(count + 1):
        flows.once[d] = 0.0
        flows.chance[d] = 0.0


@compiled
def add_moves(count: int, users: float, churn: float, row: Floats, world: World) -> None:
    """Add the users of one class of an origin.

    Parameters
    ----------
    count : int
        Products that take part.
    users : float
        Of the class.
    churn : float
        Losses by churn that each expects.
    row : float64[P + 1]
        Moves that each expects.
    world : World
        ``flows.once`` receives the sum over users of expected moves, ``flows.chance`` who will
        have moved but for those who move twice.
    """
    flows, weights = world.scratch.flows, world.scratch.climate.weights
    total = churn
    for d in range(count + 1):
        total += row[d]
    for d in range(count + 1):
        moves = users * (row[d] + (churn if d == count else 0.0))
        flows.once[d] += moves
        flows.chance[d] += moves * (weights[0] - weights[1] * total)


@compiled
def move_twice(count: int, origin: int, world: World) -> None:
    """Add to ``flows.chance`` who moves on from where ``flows.once`` led; leave out who is back.

    ``origin`` is the place of the origin; count for none, count + 1 for users who never had any.
    """
    flows = world.scratch.flows
    chance, fresh, twice = flows.chance, flows.fresh, world.scratch.climate.weights[1]
    for by in range(count + 1):
        share = twice * flows.once[by]
        if share == 0.0:
            continue
        row = fresh[by]
        for d in range(count + 1):
            chance[d] += share * row[d]
    for d in range(count + 1):
        chance[d] = max(chance[d], 0.0)
    if origin <= count:
        chance[origin] = 0.0


@compiled
def leaving_probability(count: int, origin: int, churn: float, row: Floats, world: World) -> float:
    """Return the probability that a user of a class has left its product by the end of the step.

    Arguments as in ``add_moves`` and ``move_twice``.
    """
    fresh, weights = world.scratch.flows.fresh, world.scratch.climate.weights
    total, back = churn, churn * fresh[count, origin]
    for d in range(count + 1):
        total += row[d]
        back += row[d] * fresh[d, origin] if d != origin else 0.0
    leaving = weights[0] * total - weights[1] * (total * total + back)
    return float(min(max(leaving, 0.0), 1.0))

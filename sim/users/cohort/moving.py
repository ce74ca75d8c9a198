r"""How probable moves are within a step: users may move, and move again.

With Q the rates at which a user moves, and minus their sums on the diagonal, probabilities within
dt are ``exp(Q dt)``. Here they are its terms up to the second, :math:`I + Q\,dt + (Q\,dt)^2 / 2`.
The stationary state is that of Q exactly, and so does not depend on the step; on the way to it the
error of a step is of third order. A step is so short that a user expects at most half a move.
"""

from sim.compiled import compiled
from sim.users.cohort.records import Floats, World


@compiled
def expect_fresh_moves(count: int, reviews: float, churn: float, world: World) -> None:
    """Set the expected moves of users who have just come to a product, or to none.

    Parameters
    ----------
    count : int
        Products that take part.
    reviews, churn : float
        Expected reviews of a user in the step; losses at satisfaction zero.
    world : World
    """
    fresh, won = world.scratch.flows.fresh, world.scratch.won
    for origin in range(count + 1):
        row = won.idle if origin == count else won.held[origin, 0]
        total = 0.0
        for d in range(count + 1):
            moves = reviews * row[d]
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
def add_moves(
    count: int, users: float, reviews: float, churn: float, row: Floats, world: World
) -> None:
    """Add the users of one class of an origin, and what they do at a review.

    Parameters
    ----------
    count : int
        Products that take part.
    users : float
        Of the class.
    reviews, churn : float
        Expected reviews, and losses by churn, of each.
    row : float64[P + 1]
        Probabilities of moving at a review.
    world : World
        ``flows.once`` receives the sum over users of expected moves, ``flows.chance`` the same
        times one less half the moves that a user expects.
    """
    flows = world.scratch.flows
    total = churn
    for d in range(count + 1):
        total += reviews * row[d]
    for d in range(count + 1):
        moves = users * (reviews * row[d] + (churn if d == count else 0.0))
        flows.once[d] += moves
        flows.chance[d] += moves * (1.0 - 0.5 * total)


@compiled
def move_twice(count: int, origin: int, world: World) -> None:
    """Add to ``flows.chance`` who moves on from where ``flows.once`` led; leave out who is back.

    ``origin`` is the place of the origin; count for none, count + 1 for users who never had any.
    """
    flows = world.scratch.flows
    chance, fresh = flows.chance, flows.fresh
    for by in range(count + 1):
        half = 0.5 * flows.once[by]
        if half == 0.0:
            continue
        row = fresh[by]
        for d in range(count + 1):
            chance[d] += half * row[d]
    for d in range(count + 1):
        chance[d] = max(chance[d], 0.0)
    if origin <= count:
        chance[origin] = 0.0


@compiled
def leaving_probability(
    count: int, origin: int, reviews: float, churn: float, row: Floats, world: World
) -> float:
    """Return the probability that a user of a class has left its product by the end of the step.

    Arguments as in ``add_moves`` and ``move_twice``.
    """
    total, back = churn, churn * world.scratch.flows.fresh[count, origin]
    for d in range(count + 1):
        moves = reviews * row[d]
        total += moves
        back += moves * world.scratch.flows.fresh[d, origin] if d != origin else 0.0
    return min(max(total - 0.5 * total * total - 0.5 * back, 0.0), 1.0)

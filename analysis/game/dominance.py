r"""Dominance: strategies that another does better than, whatever the others play.

Strategy s is *strictly* dominated if some mix p of the others earns more everywhere,
:math:`\sum_k p_k U(k, t) > U(s, t)` for all t, and *weakly* if it never earns less and somewhere
more. Both are linear programs (Shoham and Leyton-Brown 2009, section 4.5). What strict dominance
leaves, round after round, does not depend on the order; weak dominance is not iterated, because
there it does.

References
----------
Shoham, Y., Leyton-Brown, K. (2009). Multiagent Systems. Cambridge University Press.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from analysis.game.role_game import RoleGame, restricted, tolerance
from sim.quantities import FloatArray, IntegerArray

Dominance = Literal["strictly", "weakly", "not"]

_SMALL: Final = 1e-9


@dataclass(frozen=True)
class Elimination:
    """What iterated strict dominance takes away and leaves.

    Attributes
    ----------
    rounds
        Names of role and strategy that each round takes away.
    left
        Numbers of the strategies of each role that are left.
    """

    rounds: tuple[tuple[tuple[str, str], ...], ...]
    left: tuple[tuple[int, ...], ...]


def by_opponents(game: RoleGame, role: int) -> FloatArray:
    """Return a role's payoffs with a row a strategy and a column for all that others may play."""
    payoff = game.payoffs[role]
    if game.members[role] == 1:  # its own part of the profile says nothing
        payoff = np.take(payoff, 0, axis=1 + role)
    return payoff.reshape(payoff.shape[0], -1)


def dominated(game: RoleGame, role: int, strategy: int) -> Dominance:
    """Return how a strategy is dominated by the others of its role, mixes of them included."""
    table = by_opponents(game, role)
    others = np.delete(table, strategy, axis=0)
    if not len(others):
        return "not"
    scale = float(np.ptp(table)) or 1.0
    better = (others - table[strategy]) / scale
    if np.ptp(table) <= tolerance(game, role):
        return "not"
    if _least_gain(better) > _SMALL:
        return "strictly"
    return "weakly" if _whole_gain(better) > _SMALL else "not"


def _least_gain(better: FloatArray) -> float:
    """Return the most that a mix gains where it gains least."""
    from scipy.optimize import linprog

    count, columns = better.shape
    goal = np.append(np.zeros(count), -1.0)
    limits = np.hstack([-better.T, np.ones((columns, 1))])
    one = np.append(np.ones(count), 0.0)[None]
    bounds = [(0.0, 1.0)] * count + [(None, None)]
    found = linprog(goal, limits, np.zeros(columns), one, [1.0], bounds)
    return -float(found.fun or 0.0)


def _whole_gain(better: FloatArray) -> float:
    """Return the most that a mix gains in all, that loses nowhere; -inf if there is none."""
    from scipy.optimize import linprog

    count, columns = better.shape
    limit = np.full(columns, _SMALL / 10)
    found = linprog(
        -better.sum(axis=1), -better.T, limit, np.ones((1, count)), [1.0], [(0.0, 1.0)] * count
    )
    return -float(found.fun or 0.0) if found.success else -np.inf


def dominant(game: RoleGame, role: int) -> IntegerArray:
    """Return the number of the strategy that strictly dominates all others of a role; -1 if none.

    Parameters
    ----------
    game
        One game, or a stack of games: its shape leads that of what is returned.
    role
        Whose; that of a role of one strategy has none to dominate, and is -1.
    """
    payoff = game.payoffs[role]
    lead = payoff.ndim - 1 - len(game.names)
    table = payoff.reshape(*payoff.shape[: lead + 1], -1)
    if table.shape[-2] == 1:
        return np.full(table.shape[:-2], -1)
    ordered, best = np.sort(table, axis=-2), table.argmax(axis=-2)
    ahead = ordered[..., -1, :] - ordered[..., -2, :] > tolerance(game, role)
    is_one = (best == best[..., :1]).all(axis=-1) & ahead.all(axis=-1)
    return np.where(is_one, best[..., 0], -1)


def eliminated(game: RoleGame) -> Elimination:
    """Take away what is strictly dominated, round after round, until nothing is."""
    left = [list(range(size)) for size in game.shape]
    rounds = []
    while True:
        smaller = restricted(game, left)
        gone = [
            (role, number)
            for role in range(len(left))
            for place, number in enumerate(left[role])
            if dominated(smaller, role, place) == "strictly"
        ]
        if not gone:
            break
        rounds.append(tuple((game.names[role], game.strategies[role][s]) for role, s in gone))
        left = [[s for s in numbers if (role, s) not in gone] for role, numbers in enumerate(left)]
    return Elimination(tuple(rounds), tuple(map(tuple, left)))

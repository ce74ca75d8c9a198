"""What kind of game it is: whether all would gain from going back to their first strategies.

The first strategy of each role is what the others are held against; the profile of all first
strategies is called *peace*, because list it first is what one does with a strategy that fights
nobody. A prisoner's dilemma is a game in which each player has a strictly dominant strategy, other
than that of peace, and all lose by it (Rapoport and Chammah 1965).

References
----------
Rapoport, A., Chammah, A. M. (1965). Prisoner's Dilemma. University of Michigan Press.
"""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import numpy as np

from analysis.game.dominance import dominant
from analysis.game.role_game import (
    BoolArray,
    RoleGame,
    at_profile,
    is_equilibrium,
    tolerance,
)

Kind = Literal[
    "prisoners_dilemma", "dilemma", "trust", "contest", "either", "peace", "no_pure_equilibrium"
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


def kinds(stack: RoleGame) -> list[Kind]:
    """Return the kind of each game of a stack.

    ``prisoners_dilemma``
        Each role has a strictly dominant strategy other than the first; all get less than at peace.
    ``dilemma``
        Peace is no equilibrium, and at every pure one all get less than at peace.
    ``contest``
        Peace is no equilibrium, and at some pure one somebody gets at least as much as at peace.
    ``trust``
        Peace is an equilibrium, and so is a profile at which all get less.
    ``either``
        Peace is an equilibrium, and so are others; at none of them all get less.
    ``peace``
        Peace is the only pure equilibrium.
    ``no_pure_equilibrium``
        There is none.
    """
    roles = len(stack.names)
    settled = is_equilibrium(stack)
    peace: Any = (slice(None), *(0,) * roles)
    worse = np.logical_and.reduce([_worse_than_peace(stack, role) for role in range(roles)])
    at_peace = settled[peace]
    war = settled.copy()
    war[peace] = False
    axes = tuple(range(1, settled.ndim))
    any_war, any_worse = war.any(axis=axes), (war & worse).any(axis=axes)
    all_worse = (~war | worse).all(axis=axes)
    choices: list[tuple[BoolArray, Kind]] = [
        (~at_peace & ~any_war, "no_pure_equilibrium"),
        (at_peace & ~any_war, "peace"),
        (at_peace & any_worse, "trust"),
        (at_peace, "either"),
        (all_worse & _dominance_solves(stack), "prisoners_dilemma"),
        (all_worse, "dilemma"),
    ]
    found = np.select([mask for mask, _ in choices], list(range(len(choices))), len(choices))
    names: list[Kind] = [*(kind for _, kind in choices), "contest"]
    return [names[int(index)] for index in found]


def _worse_than_peace(stack: RoleGame, role: int) -> BoolArray:
    """Return at which profiles a role's member gets less than at peace, (draws, S_1, ..., S_R)."""
    worth = at_profile(stack, role)
    peace = worth[(slice(None), *(slice(0, 1),) * (worth.ndim - 1))]
    return np.asarray(worth < peace - tolerance(stack, role))


def _dominance_solves(stack: RoleGame) -> BoolArray:
    """Return in which games every role has a strictly dominant strategy other than the first."""
    return np.asarray(
        np.logical_and.reduce([dominant(stack, role) > 0 for role in range(len(stack.names))])
    )

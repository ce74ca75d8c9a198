r"""A game in roles: payoffs, what deviating gains, and the profiles from which nobody deviates.

Role r has :math:`N_r` members alike, each with the strategies :math:`S_r`. A profile t says what
each role plays. :math:`U_r(s, t)` is what a member of r gets that plays s where all others, those
of its own role too, play as t says. A role of one member has no others: its :math:`U_r(s, t)` does
not depend on its own part of t, and a game of such roles is a game in normal form.

A profile is an equilibrium if :math:`U_r(s, t) \le U_r(t_r, t)` for all r and s (Nash 1951); its
*regret* is the most that any role's member gains by deviating.

References
----------
Nash, J. (1951). Non-cooperative games. Annals of Mathematics 54(2), 286-295.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.quantities import FloatArray

BoolArray: TypeAlias = NDArray[np.bool_]
Profile: TypeAlias = tuple[int, ...]
"""A strategy for each role, by number."""
Mix: TypeAlias = tuple[FloatArray, ...]
"""Probabilities of each role's strategies."""

ROUNDING: Final = 1e-9
"""Gains below this share of the largest payoff are errors of rounding."""


@dataclass(frozen=True, eq=False)
class RoleGame:
    """A game, or a stack of games of one shape, such as one a replication.

    Attributes
    ----------
    names
        Of the roles.
    members
        How many members each role has.
    strategies
        Names of each role's strategies.
    payoffs
        For each role U_r, of shape (..., S_r, S_1, ..., S_R): a member's own strategy, then the
        profile of all others. The leading axes are those of the stack.
    """

    names: tuple[str, ...]
    members: tuple[int, ...]
    strategies: tuple[tuple[str, ...], ...]
    payoffs: tuple[FloatArray, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """How many strategies each role has."""
        return tuple(map(len, self.strategies))

    @property
    def is_bimatrix(self) -> bool:
        """Whether it has two players: two roles of one member, or one role in a reduction."""
        return self.members == (1, 1) or len(self.names) == 1

    def like(self, payoffs: Sequence[FloatArray]) -> RoleGame:
        """Return a game, or a stack of them, of the same roles and strategies."""
        return RoleGame(self.names, self.members, self.strategies, tuple(payoffs))

    def mean(self) -> RoleGame:
        """Return the mean game of a stack with one leading axis."""
        return self.like([payoff.mean(axis=0) for payoff in self.payoffs])

    def labels(self, profile: Profile) -> tuple[str, ...]:
        """Return the names of what a profile plays."""
        return tuple(names[s] for names, s in zip(self.strategies, profile, strict=True))


def normal_form(
    names: Sequence[str], strategies: Sequence[Sequence[str]], payoffs: Sequence[FloatArray]
) -> RoleGame:
    """Return a game of single players.

    Parameters
    ----------
    names, strategies
        Of the players.
    payoffs
        Of each player, (..., S_1, ..., S_R), by what all of them play.
    """
    roles = len(names)
    spread = []
    for role, payoff in enumerate(payoffs):
        array = np.asarray(payoff, dtype=np.float64)
        own = np.moveaxis(array, array.ndim - roles + role, array.ndim - roles)
        wide = np.expand_dims(own, array.ndim - roles + 1 + role)
        spread.append(np.repeat(wide, len(strategies[role]), axis=array.ndim - roles + 1 + role))
    texts = tuple(tuple(one) for one in strategies)
    return RoleGame(tuple(names), (1,) * roles, texts, tuple(spread))


def symmetric(name: str, strategies: Sequence[str], payoff: FloatArray, members: int) -> RoleGame:
    """Return a game of one role, with payoffs (..., S, S) of the own strategy against the rest."""
    array = np.asarray(payoff, dtype=np.float64)
    return RoleGame((name,), (members,), (tuple(strategies),), (array,))


def at_profile(game: RoleGame, role: int) -> FloatArray:
    """Return what a member gets that plays as all do: U_r(t_r, t), (..., S_1, ..., S_R)."""
    payoff, roles = game.payoffs[role], len(game.names)
    own = np.arange(game.shape[role]).reshape([-1 if axis == role else 1 for axis in range(roles)])
    index = own.reshape((1,) * (payoff.ndim - roles) + own.shape)
    taken = np.take_along_axis(payoff, index, axis=payoff.ndim - roles - 1)
    return np.squeeze(taken, axis=payoff.ndim - roles - 1)


def gains(game: RoleGame, role: int) -> FloatArray:
    """Return what deviating to s gains at t: U_r(s, t) - U_r(t_r, t), shape of the payoffs."""
    axis = game.payoffs[role].ndim - len(game.names) - 1
    return game.payoffs[role] - np.expand_dims(at_profile(game, role), axis)


def regret(game: RoleGame, role: int) -> FloatArray:
    """Return the most that a member gains by deviating, (..., S_1, ..., S_R)."""
    return np.asarray(gains(game, role).max(axis=game.payoffs[role].ndim - len(game.names) - 1))


def tolerance(game: RoleGame, role: int) -> float:
    """Return how small a gain is no more than rounding."""
    return ROUNDING * float(np.abs(game.payoffs[role]).max(initial=0.0))


def span(game: RoleGame, role: int) -> float:
    """Return the range of a role's payoffs; infinite where all are the same but for rounding."""
    width = float(np.ptp(game.payoffs[role]))
    return width if width > tolerance(game, role) else math.inf


def is_equilibrium(game: RoleGame) -> BoolArray:
    """Return from which profiles nobody deviates, (..., S_1, ..., S_R)."""
    kept = [regret(game, role) <= tolerance(game, role) for role in range(len(game.names))]
    return np.asarray(np.logical_and.reduce(kept))


def pure_equilibria(game: RoleGame) -> list[Profile]:
    """Return the equilibria of one game in which no role mixes."""
    return [tuple(map(int, found)) for found in np.argwhere(is_equilibrium(game))]


def against(game: RoleGame, role: int, mix: Mix) -> FloatArray:
    """Return what each strategy of a role is worth against a mix, (..., S_r)."""
    payoff = game.payoffs[role]
    for probabilities in reversed(mix):
        payoff = payoff @ probabilities
    return payoff


def regret_of_mix(game: RoleGame, mix: Mix) -> FloatArray:
    """Return the most that any role's member gains by leaving a mix, over its payoffs' range."""
    worth = [against(game, role, mix) / span(game, role) for role in range(len(mix))]
    gain = [values.max(axis=-1) - values @ own for values, own in zip(worth, mix, strict=True)]
    return np.asarray(np.maximum.reduce(gain))


def pure_mix(game: RoleGame, profile: Profile) -> Mix:
    """Return a profile as a mix."""
    return tuple(np.eye(size)[s] for size, s in zip(game.shape, profile, strict=True))


def duplicates(game: RoleGame, role: int) -> list[int]:
    """Return for each strategy of a role the first that nobody can tell it from.

    Two strategies are one if whoever plays either gets the same, and so does everyone else,
    whatever is played: a policy that is never asked, say.
    """
    roles = len(game.names)

    def taken(strategy: int) -> list[FloatArray]:
        parts = []
        for other, payoff in enumerate(game.payoffs):
            lead = payoff.ndim - roles
            parts.append(np.take(payoff, strategy, axis=lead + role))
            if other == role:
                parts.append(np.take(payoff, strategy, axis=lead - 1))
        return parts

    firsts: list[int] = []
    known: list[list[FloatArray]] = []
    for strategy in range(game.shape[role]):
        parts = taken(strategy)
        same = (
            first
            for first in range(strategy)
            if all(np.array_equal(a, b) for a, b in zip(known[first], parts, strict=True))
        )
        firsts.append(next(same, strategy))
        known.append(parts)
    return firsts


def restricted(game: RoleGame, kept: Sequence[Sequence[int]]) -> RoleGame:
    """Return the game in which each role has only some of its strategies, by number."""
    roles = len(game.names)
    payoffs = []
    for role, payoff in enumerate(game.payoffs):
        lead = payoff.ndim - roles
        smaller = np.take(payoff, kept[role], axis=lead - 1)
        for other, numbers in enumerate(kept):
            smaller = np.take(smaller, numbers, axis=lead + other)
        payoffs.append(smaller)
    strategies = tuple(
        tuple(names[s] for s in numbers)
        for names, numbers in zip(game.strategies, kept, strict=True)
    )
    return RoleGame(game.names, game.members, strategies, tuple(payoffs))

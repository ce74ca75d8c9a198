r"""Replicator dynamics: shares of strategies grow by what they earn above the mean.

.. math:: \dot x_{r,s} = x_{r,s} [f_{r,s}(x) - \sum_k x_{r,k} f_{r,k}(x)] / \Delta_r,

with f the payoff against the mix x and :math:`\Delta_r` the range of role r's payoffs, so that time
is without a unit (Taylor and Jonker 1978; of several populations Taylor 1979). Where it rests after
starting inside, nobody gains by deviating; not every equilibrium is reached.

References
----------
Taylor, P. D., Jonker, L. B. (1978). Evolutionarily stable strategies and game dynamics.
Mathematical Biosciences 40, 145-156.
Taylor, P. D. (1979). Evolutionarily stable strategies with two types of player. Journal of Applied
Probability 16(1), 76-83.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analysis.game.role_game import Mix, RoleGame, regret_of_mix, span
from sim.quantities import FloatArray

DURATION: Final = 200.0
_STARTS: Final = 40
_SEED: Final = 20240506
_LONGER: Final = 10.0
"""How many times as long paths are followed that still move, and once more those that creep."""
_STILL: Final = 1e-4
"""Change of a share in a unit of time, and of what is played in proportion to it, at rest."""
_SMALL_REGRET: Final = 0.01
"""Over the range of payoffs: up to it, a path that moves creeps."""
_PLAYED: Final = 0.01
"""Shares above this are played; below it they are nothing, or on their way to it."""
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, eq=False)
class Path:
    """Shares of strategies over time.

    Attributes
    ----------
    times
        Without a unit, (T,).
    shares
        Of each role's strategies, (T, S_r).
    regret
        What deviating still gains where it ends, over the range of payoffs.
    """

    times: FloatArray
    shares: tuple[FloatArray, ...]
    regret: float

    @property
    def end(self) -> Mix:
        """Where it ends."""
        return tuple(one[-1] for one in self.shares)

    @property
    def support(self) -> tuple[tuple[int, ...], ...]:
        """Numbers of each role's strategies that are played where it ends."""
        return tuple(tuple(map(int, np.flatnonzero(own > _PLAYED))) for own in self.end)


@dataclass(frozen=True, eq=False)
class Rest:
    """A mix that paths come to rest at; those of the same strategies count as one.

    Attributes
    ----------
    mix
        It: the mean of where they end.
    starts
        The share of starts that lead there.
    regret
        What deviating gains there, over the range of payoffs: near 0 at an equilibrium.
    """

    mix: Mix
    starts: float
    regret: float


@dataclass(frozen=True, eq=False)
class Dynamics:
    """What becomes of paths from all over.

    Attributes
    ----------
    rests
        Where they come to rest, the most frequent first.
    moving
        By time, the share of starts from which they still move after it.
    """

    rests: list[Rest]
    moving: dict[float, float]


def velocity(game: RoleGame, mixes: Mix) -> Mix:
    """Return how fast shares change.

    Parameters
    ----------
    game
        One game.
    mixes
        Shares of each role's strategies, (..., S_r), for any number of mixes at once.
    """
    axes = list(range(1, len(mixes) + 1))
    shares: list[Any] = [part for r in axes for part in (mixes[r - 1], [..., r])]
    speed = []
    for role, own in enumerate(mixes):
        payoff: Any = game.payoffs[role] / span(game, role)
        worth = np.einsum(payoff, [0, *axes], *shares, [..., 0])
        worth -= worth.min(axis=-1, keepdims=True)  # so that shares that add to 1 keep to it
        speed.append(own * (worth - (worth * own).sum(axis=-1, keepdims=True)))
    return tuple(speed)


def paths(
    game: RoleGame, starts: Sequence[Mix], duration: float = DURATION, points: int = 200
) -> list[Path]:
    """Follow the dynamics of one game from several starts.

    Parameters
    ----------
    game
        One game.
    starts
        Where paths begin.
    duration
        How long they are followed.
    points
        How many times are kept: the start, then evenly in the log.
    """
    from scipy.integrate import solve_ivp

    cuts = np.cumsum(game.shape)[:-1]
    begin = np.array([np.concatenate(start) for start in starts])

    def flow(_: float, shares: FloatArray) -> FloatArray:
        mixes = tuple(np.split(shares.reshape(begin.shape), cuts, axis=-1))
        return np.concatenate(velocity(game, mixes), axis=-1).ravel()

    times = np.concatenate([[0.0], np.geomspace(duration / 1e3, duration, points - 1)])
    solved = solve_ivp(
        flow, (0.0, duration), begin.ravel(), "DOP853", times, rtol=_TOLERANCE, atol=1e-10
    )
    if not solved.success:
        raise RuntimeError(f"replicator dynamics could not be followed: {solved.message}")
    walked = np.clip(solved.y.reshape(*begin.shape, -1), 0.0, 1.0)
    found = []
    for one in walked:
        shares = tuple((part / part.sum(axis=0)).T for part in np.split(one, cuts))
        end = tuple(part[-1] for part in shares)
        found.append(Path(solved.t, shares, float(regret_of_mix(game, end))))
    return found


def even_mix(game: RoleGame) -> Mix:
    """Return the mix in which every strategy is as likely."""
    return tuple(np.full(size, 1.0 / size) for size in game.shape)


def inner_starts(game: RoleGame, count: int = _STARTS) -> list[Mix]:
    """Return mixes spread evenly over all, drawn once and for all; the even one first."""
    draws = np.random.default_rng(_SEED)
    mixed = [tuple(draws.dirichlet(np.ones(size)) for size in game.shape) for _ in range(count - 1)]
    return [even_mix(game), *mixed]


def dynamics(game: RoleGame, count: int = _STARTS) -> Dynamics:
    """Return what becomes of paths from all over.

    A path is at rest where no share changes by 1e-4 in a unit of time, deviating gains no more than
    1e-4 of the range of payoffs, and nothing that is played shrinks by more than 1e-4 of itself:
    shares move slowly, too, close to what is left or where strategies are nearly as good. Paths
    that are not at rest are followed for ten times as long; those among them that gain no more than
    1% of the range by moving for ten times that. Those that circle, as in matching pennies, would
    do so for ever.
    """
    at_rest: list[Path] = []
    moving: Counter[float] = Counter()
    ends, time, duration = inner_starts(game, count), 0.0, DURATION
    while ends:
        walked = paths(game, ends, duration - time, points=3)
        at_rest += [path for path in walked if _is_at_rest(game, path)]
        left = [path for path in walked if not _is_at_rest(game, path)]
        time = duration
        if time > DURATION * _LONGER:
            further = []
        elif time > DURATION:
            further = [path for path in left if path.regret <= _SMALL_REGRET]
        else:
            further = left
        if len(left) > len(further):
            moving[time] += len(left) - len(further)
        ends, duration = [path.end for path in further], time * _LONGER
    return Dynamics(
        _merged(game, at_rest, count),
        {after: hits / count for after, hits in sorted(moving.items())},
    )


def _is_at_rest(game: RoleGame, path: Path) -> bool:
    if path.regret > _STILL:
        return False
    for speed, own in zip(velocity(game, path.end), path.end, strict=True):
        if np.abs(speed).max() > _STILL or (speed < -_STILL * own)[own > _PLAYED].any():
            return False
    return True


def _merged(game: RoleGame, at_rest: Sequence[Path], count: int) -> list[Rest]:
    """Return one rest for each support."""
    found = []
    for support, hits in Counter(path.support for path in at_rest).most_common():
        ends = [path.end for path in at_rest if path.support == support]
        mix = tuple(np.mean(own, axis=0) for own in zip(*ends, strict=True))
        found.append(Rest(mix, hits / count, float(regret_of_mix(game, mix))))
    return found

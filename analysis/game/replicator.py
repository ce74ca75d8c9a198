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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analysis.game.role_game import Mix, RoleGame, regret_of_mix, span
from sim.quantities import FloatArray

DURATION: Final = 200.0
_STARTS: Final = 40
_SEED: Final = 20240506
_SAME: Final = 0.02
_AT_REST: Final = 0.01
"""Regret, over the range of payoffs, from which a path has not come to rest."""
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


@dataclass(frozen=True, eq=False)
class Rest:
    """A mix that paths come to.

    Attributes
    ----------
    mix
        It.
    starts
        The share of starts that lead there.
    regret
        What deviating gains there, over the range of payoffs: near 0 at an equilibrium.
    """

    mix: Mix
    starts: float
    regret: float


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


def rests(game: RoleGame, count: int = _STARTS) -> list[Rest]:
    """Return what paths from all over come to rest at, the most frequent first.

    Where they circle, as in matching pennies, their shares of starts add to less than 1.
    """
    found: list[tuple[Path, int]] = []
    for walked in paths(game, inner_starts(game, count), points=3):
        if walked.regret > _AT_REST:
            continue
        near = next(
            (i for i, (known, _) in enumerate(found) if _are_near(known.end, walked.end)), None
        )
        if near is None:
            found.append((walked, 1))
        else:
            found[near] = (found[near][0], found[near][1] + 1)
    found.sort(key=lambda one: -one[1])
    return [Rest(walked.end, hits / count, walked.regret) for walked, hits in found]


def _are_near(first: Mix, second: Mix) -> bool:
    return all(np.abs(a - b).max() < _SAME for a, b in zip(first, second, strict=True))

"""Equilibria of one game, pure and mixed, and in how many resamples each still is one.

Mixed equilibria of two players are enumerated by nashpy (Knight and Campbell 2018), over all pairs
of supports. Of more players only pure ones are listed.

References
----------
Knight, V., Campbell, J. (2018). Nashpy: A Python library for the computation of Nash equilibria.
Journal of Open Source Software 3(30), 904.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from analysis.game.dominance import eliminated
from analysis.game.role_game import (
    Mix,
    RoleGame,
    against,
    duplicates,
    is_equilibrium,
    pure_equilibria,
    pure_mix,
    regret_of_mix,
    restricted,
)
from sim.errors import UsageError
from sim.quantities import FloatArray

_CLOSE: Final = 1e-6
"""Two mixes with probabilities as near as this are one; a payoff's share that is as small is 0."""


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A profile, or mix, from which nobody gains by deviating.

    Attributes
    ----------
    mix
        Probabilities of each role's strategies.
    payoffs
        What a member of each role gets.
    survival
        In which share of the resamples the same strategies, each with some probability, are an
        equilibrium; NaN without resamples.
    """

    mix: Mix
    payoffs: tuple[float, ...]
    survival: float

    @property
    def is_pure(self) -> bool:
        """Whether no role mixes."""
        return all(len(support) == 1 for support in self.supports)

    @property
    def supports(self) -> tuple[tuple[int, ...], ...]:
        """Numbers of the strategies that each role plays at all."""
        return tuple(tuple(map(int, np.flatnonzero(one > _CLOSE))) for one in self.mix)


def equilibria(game: RoleGame, resamples: RoleGame | None = None) -> list[Equilibrium]:
    """Return the equilibria of a game: pure ones first, in order; then mixed ones of two players.

    Strategies that nobody can tell apart count as the first of them; what iterated strict dominance
    takes away is in no equilibrium, and left out before supports are enumerated.

    Parameters
    ----------
    game
        One game.
    resamples
        A stack of games of the same shape, as the payoffs might have come out.
    """
    kept = [sorted(set(duplicates(game, role))) for role in range(len(game.names))]
    left = eliminated(restricted(game, kept)).left
    kept = [[own[s] for s in numbers] for own, numbers in zip(kept, left, strict=True)]
    small = restricted(game, kept)
    found = [pure_mix(small, profile) for profile in pure_equilibria(small)]
    found += _mixed(small) if small.is_bimatrix else []
    whole = [tuple(map(_spread, mix, kept, game.shape)) for mix in found]
    return [
        Equilibrium(
            mix=mix,
            payoffs=tuple(float(against(game, role, mix) @ own) for role, own in enumerate(mix)),
            survival=math.nan if resamples is None else _survival(resamples, mix),
        )
        for mix in whole
    ]


def _spread(probabilities: FloatArray, numbers: list[int], size: int) -> FloatArray:
    whole = np.zeros(size)
    whole[numbers] = probabilities
    return whole


def bimatrix(game: RoleGame) -> tuple[FloatArray, FloatArray]:
    """Return the payoffs of a game of two players as rows and columns see them, (..., S, S)."""
    if len(game.names) == 1:
        own = game.payoffs[0]
        return own, np.swapaxes(own, -1, -2)
    return game.payoffs[0][..., :, 0, :], np.swapaxes(game.payoffs[1][..., :, :, 0], -1, -2)


def _mixed(game: RoleGame) -> list[Mix]:
    """Return the equilibria of two players in which someone mixes; of one role, those alike."""
    found: list[Mix] = []
    for pair in _enumerated(*(_unit(one) for one in bimatrix(game))):
        played = [np.where(one < _CLOSE, 0.0, one) for one in pair]
        mix: Mix = tuple(one / one.sum() for one in played)
        if len(game.names) == 1:
            if not np.allclose(mix[0], mix[1], atol=_CLOSE):
                continue
            mix = mix[:1]
        if all((one > 0).sum() == 1 for one in mix) or any(
            all(np.allclose(a, b, atol=_CLOSE) for a, b in zip(mix, other, strict=True))
            for other in found
        ):
            continue
        if float(regret_of_mix(game, mix)) <= _CLOSE:
            found.append(mix)
    return found


def _enumerated(rows: FloatArray, columns: FloatArray) -> Iterator[tuple[FloatArray, FloatArray]]:
    nashpy = needed_library()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a game is degenerate: what is found is checked
        yield from list(nashpy.Game(rows, columns).support_enumeration())


def needed_library() -> Any:
    """Return nashpy.

    Raises
    ------
    UsageError
        If it is not installed.
    """
    try:
        import nashpy
    except ImportError as error:
        raise UsageError(
            'mixed equilibria need nashpy.\n  Install it with pip install "pricewar[evidence]".'
        ) from error
    return nashpy


def _unit(payoff: FloatArray) -> FloatArray:
    """Scale payoffs to 0 to 1, which changes no equilibrium."""
    span = float(np.ptp(payoff))
    return np.asarray((payoff - payoff.min()) / (span or 1.0))


def _survival(stack: RoleGame, mix: Mix) -> float:
    """Return in which share of a stack the support of a mix is that of an equilibrium."""
    supports = [np.flatnonzero(own) for own in mix]
    if all(len(support) == 1 for support in supports):
        profile = tuple(int(support[0]) for support in supports)
        place: Any = (slice(None), *profile)
        return float(is_equilibrium(stack)[place].mean())
    if len({len(support) for support in supports}) > 1:
        return math.nan  # equilibria of unequal supports vanish with any change of payoffs
    rows, columns = bimatrix(stack)
    pair = supports if len(supports) == 2 else [supports[0], supports[0]]
    kept = [_is_supported(a, b, *pair) for a, b in zip(rows, columns, strict=True)]
    return float(np.mean(kept))


def _is_supported(a: FloatArray, b: FloatArray, rows: Any, columns: Any) -> bool:
    """Return whether an equilibrium of a bimatrix game mixes these rows and these columns."""
    against_rows = _indifferent(a, rows, columns)
    against_columns = _indifferent(b.T, columns, rows)
    return against_rows is not None and against_columns is not None


def _indifferent(a: FloatArray, rows: Any, columns: Any) -> FloatArray | None:
    """Return the mix of columns that makes these rows best, all alike; None if there is none."""
    size = len(rows)
    system = np.zeros((size + 1, size + 1))
    system[:size, :size] = a[np.ix_(rows, columns)]
    system[:size, size] = -1.0
    system[size, :size] = 1.0
    try:
        *mix, worth = np.linalg.solve(system, np.eye(size + 1)[size])
    except np.linalg.LinAlgError:
        return None
    values = a[:, columns] @ mix
    is_best = values.max() <= worth + _CLOSE * max(float(np.ptp(a)), 1e-300)
    return np.asarray(mix) if min(mix) > 0.0 and is_best else None

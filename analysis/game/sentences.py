"""What a game says, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from analysis.amounts import amount, change_of
from analysis.game.analysis import SURVIVES, GameAnalysis, Party
from analysis.game.equilibria import Equilibrium
from analysis.game.role_game import Mix, pure_mix
from analysis.game.simulated import PayoffName
from analysis.game.verdict import Kind
from analysis.significance import FAMILY_ERROR
from analysis.words import joined
from sim.record.unit import OF_TOKENS, USD, Unit

_SHOWN: Final = 0.005
"""Probabilities below this are not written."""
_KINDS: Final[dict[Kind, str]] = {
    "prisoners_dilemma": "It is a prisoner's dilemma: each player does best by leaving {peace} "
    "whatever the others do, and all get less than if all kept to it",
    "dilemma": "It is a dilemma, though not every player does best by leaving {peace} whatever the "
    "others do: it does not last, and at every pure equilibrium all get less",
    "contest": "It is no prisoner's dilemma: {peace} does not last, but not all lose by that",
    "trust": "It is no prisoner's dilemma but a matter of trust: {peace} lasts if all expect it, "
    "and another equilibrium leaves all with less",
    "either": "It is no prisoner's dilemma: {peace} lasts if all expect it, and so does another "
    "profile at which not everybody gets less",
    "peace": "It is no prisoner's dilemma: {peace} is the only pure equilibrium, so nobody gains "
    "by beginning",
    "no_pure_equilibrium": "It is no prisoner's dilemma: no profile lasts, each is better left by "
    "somebody",
}
_UNITS: Final[dict[PayoffName, Unit]] = {
    "profit_usd": USD,
    "tokens_share": OF_TOKENS,
    "survival_share": Unit("%", 100.0),
}


def verdict(game: GameAnalysis) -> str:
    """Return in a sentence whether it is a prisoner's dilemma, and how sure that is."""
    peace = mix_text(game, tuple(np.eye(size)[0] for size in game.mean.shape))
    text = _KINDS[game.kind].format(peace=peace)
    shares = game.kind_shares
    if not shares:
        return f"{text}. One replication: how sure that is, nobody knows."
    return f"{text}. That holds in {100 * shares.get(game.kind, 0.0):.0f}% of the resamples."


def sentences(game: GameAnalysis) -> list[str]:
    """Return what the game says: verdict, equilibria, who would gain from ending it, and why."""
    return [
        verdict(game),
        *_equilibria(game),
        *_endings(game),
        *_share_prices(game),
        *_dominance(game),
        *_dynamics(game),
        *(f"{name}: {one} came to the same as {other} in every replication."
          for name, one, other in game.of.alike),
    ]  # fmt: skip


def mix_text(game: GameAnalysis, mix: Mix) -> str:
    """Return what a mix plays: ``(cost_plus, 30% match + 70% hold)``."""
    played = [
        " + ".join(
            names[s] if own[s] > 1 - _SHOWN else f"{100 * own[s]:.0f}% {names[s]}"
            for s in np.flatnonzero(own >= _SHOWN)
        )
        for names, own in zip(game.mean.strategies, mix, strict=True)
    ]
    return f"({', '.join(played)})"


def _equilibria(game: GameAnalysis) -> Iterator[str]:
    if not game.equilibria:
        kind = "pure equilibrium" if not game.mean.is_bimatrix else "equilibrium"
        yield f"There is no {kind}."
    for one in game.equilibria:
        kind = "Equilibrium" if one.is_pure else "Mixed equilibrium"
        yield f"{kind} {mix_text(game, one.mix)}: {_survival(one)}."
    if not game.mean.is_bimatrix:
        yield "Of more than two players only pure equilibria are listed."


def _survival(one: Equilibrium) -> str:
    if np.isnan(one.survival):
        return "whether it survives the payoffs' uncertainty is not known"
    share = f"in {100 * one.survival:.0f}% of the resamples"
    verb = "survives" if one.survival >= SURVIVES else "does not survive"
    return f"{verb} the payoffs' uncertainty ({share})"


def _endings(game: GameAnalysis) -> Iterator[str]:
    wars = [one for one in game.equilibria if any(own[0] < 1 - 1e-9 for own in one.mix)]
    for one in wars:
        parties = game.ending(one.mix)
        gain = [_gain(game, party) for party in parties if _sure(party) and party.gain.centre > 0]
        lose = [_gain(game, party) for party in parties if _sure(party) and party.gain.centre < 0]
        rest = [party.name for party in parties if not _sure(party)]
        parts = [f"{joined(gain)} would gain"] if gain else []
        parts += [f"{joined(lose)} would lose"] if lose else []
        parts += [f"of {joined(rest)} the sign is not known"] if rest else []
        yield f"If all went from {mix_text(game, one.mix)} back to peace: {'; '.join(parts)}."


def _sure(party: Party) -> bool:
    return party.holm_p_value < FAMILY_ERROR


def _gain(game: GameAnalysis, party: Party) -> str:
    return f"{party.name} {change_of(party.gain, _UNITS[game.payoff])}"


def _share_prices(game: GameAnalysis) -> Iterator[str]:
    for one in game.share_prices:
        before = mix_text(game, pure_mix(game.mean, one.profile))
        yield (
            f"From {before}, {one.strategy} would give {one.player} "
            f"{change_of(one.share, OF_TOKENS)} more of all tokens at the end, and cost it "
            f"{change_of(one.cost_usd, USD)}: it pays only if a point of them is worth more than "
            f"{change_of(one.usd_per_point, USD)} after the last day."
        )


def _dominance(game: GameAnalysis) -> Iterator[str]:
    for row in game.strategies.to_dict("records"):
        if row["dominated"] != "not":
            text = f"{row['player']}: {row['strategy']} is {row['dominated']} dominated"
            if not np.isnan(row["dominated_share"]):
                manner = ", at least weakly," if row["dominated"] == "weakly" else ""
                share = f"{100 * row['dominated_share']:.0f}% of the resamples"
                text += f" (by one other strategy{manner} in {share})"
            yield f"{text}."
    left = game.elimination.left
    if game.elimination.rounds and all(len(numbers) == 1 for numbers in left):
        mix = tuple(
            np.eye(size)[numbers[0]] for size, numbers in zip(game.mean.shape, left, strict=True)
        )
        yield f"Iterated strict dominance leaves {mix_text(game, mix)} alone."
    for role, name in enumerate(game.mean.names):
        rows = game.strategies[game.strategies["player"] == name]
        least = rows.iloc[int(rows["worst_regret"].to_numpy().argmin())]
        cost = amount(float(least["worst_regret"]), _UNITS[game.payoff])
        strategies = game.mean.strategies[role]
        if len(strategies) > 1 and float(rows["worst_regret"].max()) > 0.0:
            yield f"{name} risks least with {least['strategy']}: a regret of at most {cost}."


def _dynamics(game: GameAnalysis) -> Iterator[str]:
    shares = [
        f"{mix_text(game, rest.mix)} from {100 * rest.starts:.0f}% of starts"
        for rest in game.dynamics.rests[:3]
    ]
    if shares:
        yield f"Replicator dynamics come to rest at {joined(shares)}."
    for after, share in game.dynamics.moving.items():
        starts = f"{100 * share:.0f}% of starts"
        yield f"From {starts} they are still moving after a time of {after:,.0f}."

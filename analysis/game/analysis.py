"""A game analysed: its table, its equilibria, and how far they are known."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from analysis.game.dominance import Dominance, Elimination, dominated, eliminated
from analysis.game.equilibria import Equilibrium, equilibria
from analysis.game.regrets import regrets_at, worst_regrets
from analysis.game.replicator import Dynamics, dynamics
from analysis.game.resampling import resampled
from analysis.game.role_game import (
    Mix,
    Profile,
    RoleGame,
    at_profile,
    gains,
    is_equilibrium,
    regret,
    tolerance,
)
from analysis.game.simulated import PAYOFFS, PayoffName, SimulatedGame
from analysis.game.verdict import Kind, kinds
from analysis.ratio import ratio_of_means
from analysis.scales import SHARE, SIGNED, Scale
from analysis.significance import holm, paired_p_value
from analysis.statistics import Interval, student
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

SURVIVES: Final = 0.95
"""An equilibrium survives the payoffs' uncertainty if it is one in this share of the resamples."""


@dataclass(frozen=True)
class Party:
    """What somebody would gain if all went back to their first strategies.

    Attributes
    ----------
    name
        A role, users, or the other providers.
    gain
        USD, or share of tokens; peace minus the equilibrium, paired.
    holm_p_value
        Of the gain being zero, adjusted for the other parties.
    """

    name: str
    gain: Interval
    holm_p_value: float


@dataclass(frozen=True)
class SharePrice:
    """What one player would pay, and gain, by fighting for tokens alone.

    Attributes
    ----------
    player, strategy
        Who, by which of its strategies: the one that gains it most tokens.
    profile
        What all play before, by number.
    share
        Its part of all tokens at the end that this adds.
    cost_usd
        Discounted profit that it loses.
    usd_per_point
        What a percentage point of tokens after the last day must be worth for that to pay.
    """

    player: str
    strategy: str
    profile: Profile
    share: Interval
    cost_usd: Interval
    usd_per_point: Interval


@dataclass(frozen=True, eq=False)
class GameAnalysis:
    """What a simulated game says, with one of its payoffs as what players care for.

    Attributes
    ----------
    of
        The game.
    payoff
        Which payoff decides.
    """

    of: SimulatedGame
    payoff: PayoffName = "profit_usd"

    @property
    def samples(self) -> RoleGame:
        """A game a replication."""
        return self.of.payoffs[self.payoff]

    @cached_property
    def mean(self) -> RoleGame:
        """The mean game."""
        return self.samples.mean()

    @cached_property
    def resamples(self) -> RoleGame | None:
        """The game as its payoffs might have come out; None with one replication."""
        return resampled(self.samples)

    @cached_property
    def equilibria(self) -> list[Equilibrium]:
        """The equilibria of the mean game."""
        return equilibria(self.mean, self.resamples)

    @cached_property
    def elimination(self) -> Elimination:
        """What iterated strict dominance leaves of the mean game."""
        return eliminated(self.mean)

    @cached_property
    def dynamics(self) -> Dynamics:
        """What becomes of replicator dynamics of the mean game."""
        return dynamics(self.mean)

    @cached_property
    def kind(self) -> Kind:
        """What kind of game the mean game is."""
        return kinds(self.mean.like([payoff[None] for payoff in self.mean.payoffs]))[0]

    @cached_property
    def kind_shares(self) -> dict[Kind, float]:
        """In which share of the resamples it is of which kind; empty with one replication."""
        if self.resamples is None:
            return {}
        found = Counter(kinds(self.resamples))
        return {kind: hits / found.total() for kind, hits in found.most_common()}

    def ending(self, mix: Mix) -> list[Party]:
        """Return who would gain, in each replication, if all went from a mix back to peace."""
        peace = tuple(np.eye(size)[0] for size in self.mean.shape)
        pairs = {}
        for role, name in enumerate(self.mean.names):
            values = at_profile(self.samples, role)
            pairs[name] = _expected(values, peace), _expected_member(self.samples, role, mix)
        if self.payoff == "profit_usd":
            for name, values in (
                ("users", self.of.users_usd),
                ("other providers", self.of.others_usd),
            ):
                pairs[name] = _expected(values, peace), _expected(values, mix)
        adjusted = holm([paired_p_value(*pair) for pair in pairs.values()])
        return [
            Party(name, student(first - second), p)
            for (name, (first, second)), p in zip(pairs.items(), adjusted, strict=True)
        ]

    @cached_property
    def share_prices(self) -> list[SharePrice]:
        """What tokens would cost whoever loses profit by fighting for them, at an equilibrium.

        That is the first pure equilibrium, or else peace. Profits end with the last day; what a
        share of tokens is worth afterwards is not known, but which worth would repay its cost is.
        """
        if self.payoff != "profit_usd" or self.resamples is None:
            return []
        pure = [one.supports for one in self.equilibria if one.is_pure]
        profile = tuple(s for (s,) in pure[0]) if pure else (0,) * len(self.mean.shape)
        found = [self._share_price(role, profile) for role in range(len(profile))]
        return [one for one in found if one is not None]

    def _share_price(self, role: int, profile: Profile) -> SharePrice | None:
        place: Any = (slice(None), slice(None), *profile)
        share = gains(self.of.payoffs["tokens_share"], role)[place]
        cost = -gains(self.of.payoffs["profit_usd"], role)[place]
        best = int(share.mean(axis=0).argmax())
        added, paid = student(share[:, best]), student(cost[:, best])
        if not (added.low > 0.0 and paid.low > 0.0):
            return None
        price = ratio_of_means(cost[:, best], 100.0 * share[:, best])
        name, strategy = self.mean.names[role], self.mean.strategies[role][best]
        return SharePrice(name, strategy, profile, added, paid, price)

    @cached_property
    def profiles(self) -> pd.DataFrame:
        """A row a profile and role: every payoff with its interval, regret, how often it holds."""
        import pandas as pd

        holds = None if self.resamples is None else is_equilibrium(self.resamples).mean(axis=0)
        settled = is_equilibrium(self.mean)
        rows = []
        for profile in np.ndindex(*self.mean.shape):
            played = dict(zip(self.mean.names, self.mean.labels(profile), strict=True))
            for role, name in enumerate(self.mean.names):
                row: dict[str, object] = {f"plays {of}": text for of, text in played.items()}
                row |= {"player": name, "strategy": played[name]}
                for payoff in PAYOFFS:
                    row |= _columns(payoff, self._interval(payoff, role, profile))
                row["regret"] = float(regret(self.mean, role)[profile])
                row["is_equilibrium"] = bool(settled[profile])
                row["equilibrium_share"] = math.nan if holds is None else float(holds[profile])
                row["replications"] = len(self.of.replications)
                rows.append(row)
        return pd.DataFrame(rows)

    @cached_property
    def deviations(self) -> pd.DataFrame:
        """A row a profile, role and other strategy: what deviating to it gains, paired."""
        import pandas as pd

        rows = []
        for role, name in enumerate(self.mean.names):
            gain = gains(self.samples, role)
            payoff = self.samples.payoffs[role]
            own = at_profile(self.samples, role)
            for place in np.ndindex(*gain.shape[1:]):
                strategy, *profile = place
                if strategy == profile[role]:
                    continue
                labels = self.mean.labels(tuple(profile))
                row: dict[str, object] = dict(
                    zip((f"plays {of}" for of in self.mean.names), labels, strict=True)
                )
                row |= {"player": name, "deviates_to": self.mean.strategies[role][strategy]}
                row |= _columns("gain", student(gain[(slice(None), *place)]))
                pair = payoff[(slice(None), *place)], own[(slice(None), *profile)]
                row["p_value"] = paired_p_value(*pair)
                rows.append(row)
        names = (
            *(f"plays {of}" for of in self.mean.names),
            *("player", "deviates_to", *_columns("gain", student(np.empty(0))), "p_value"),
        )
        frame = pd.DataFrame(rows, columns=list(names))
        frame["holm_p_value"] = holm(frame["p_value"].tolist())
        return frame

    @cached_property
    def strategies(self) -> pd.DataFrame:
        """A row a role and strategy: dominance, whether elimination leaves it, and regrets.

        ``regret_at_equilibrium_N`` is at the equilibrium of that number in the list of them.
        """
        import pandas as pd

        rows = []
        for role, name in enumerate(self.mean.names):
            worst = worst_regrets(self.mean, role)
            lost = [regrets_at(self.mean, role, one.mix) for one in self.equilibria]
            for number, strategy in enumerate(self.mean.strategies[role]):
                how = dominated(self.mean, role, number)
                row: dict[str, object] = {
                    "player": name,
                    "strategy": strategy,
                    "dominated": how,
                    "dominated_share": self._dominated_share(role, number, how),
                    "left_after_elimination": number in self.elimination.left[role],
                    "worst_regret": float(worst[number]),
                }
                for place, at in enumerate(lost):
                    row[f"regret_at_equilibrium_{place}"] = float(at[number])
                rows.append(row)
        return pd.DataFrame(rows)

    def _dominated_share(self, role: int, strategy: int, how: Dominance) -> float:
        """Return in which share of resamples one other strategy dominates this one.

        It counts weak dominance, of which the strict is a case, where that is what is asked for;
        else strict dominance alone.
        """
        if self.resamples is None:
            return math.nan
        payoff = self.resamples.payoffs[role]
        table = payoff.reshape(*payoff.shape[:2], -1)
        gain = np.delete(table, strategy, axis=1) - table[:, [strategy]]
        least = tolerance(self.resamples, role)
        if how == "weakly":
            better = np.all(gain >= -least, axis=2) & np.any(gain > least, axis=2)
        else:
            better = np.all(gain > least, axis=2)
        return float(np.mean(np.any(better, axis=1)))

    def _interval(self, payoff: PayoffName, role: int, profile: Profile) -> Interval:
        place: Any = (slice(None), *profile)
        values = at_profile(self.of.payoffs[payoff], role)[place]
        return student(values, scale_of_payoff(payoff))


def scale_of_payoff(payoff: PayoffName) -> Scale:
    """Return the scale on which intervals of a payoff are taken."""
    return SIGNED if payoff == "profit_usd" else SHARE


def _columns(name: str, interval: Interval) -> dict[str, object]:
    return {name: interval.centre, f"{name}_low": interval.low, f"{name}_high": interval.high}


def _expected(values: FloatArray, mix: Mix) -> FloatArray:
    """Return the mean over a mix of values by profile, (replications, S_1, ..., S_R)."""
    for own in reversed(mix):
        values = values @ own
    return values


def _expected_member(samples: RoleGame, role: int, mix: Mix) -> FloatArray:
    """Return what a role's member gets where all, each for itself, play a mix."""
    return np.asarray(_expected(samples.payoffs[role], mix) @ mix[role])

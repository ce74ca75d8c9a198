"""What players got in each run of a game: discounted profit, share of tokens, survival.

Profit is that of `analysis.provider_accounts`, discounted to the first day. Nothing after the last
day counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np

from analysis.game.role_game import RoleGame, duplicates, restricted
from analysis.provider_accounts import PROFIT_SQL, discounted_sql
from sim.batch.designs.game import Assignment, Game, Role, assignment, profiles
from sim.errors import ResultError
from sim.files.folder_kinds import belongs_to
from sim.quantities import FloatArray
from sim.reading.composing import compose
from sim.reading.nodes import plain
from sim.reading.problems import Problems

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.sweep import Sweep

DISCOUNT_RATE: Final = 0.1
"""Default rate a year; an assumption of the order of the cost of capital of such companies."""
PayoffName = Literal["profit_usd", "tokens_share", "survival_share"]
PAYOFFS: Final[tuple[PayoffName, ...]] = get_args(PayoffName)
"""What is measured of each player: USD of discounted profit over the run; its part of all tokens in
the last week; 1 if it is still in the market on the last day, else 0."""


@dataclass(frozen=True, eq=False)
class SimulatedGame:
    """A game that was run: a stack with a game a replication for each payoff.

    Attributes
    ----------
    roles
        The players.
    replications
        Numbers of the replications that all profiles have.
    left_out
        How many replications some profile lacks.
    payoffs
        By name, the payoffs of `PAYOFFS`.
    users_usd
        Consumer surplus at each profile, discounted, (replications, S_1, ..., S_R).
    others_usd
        Discounted profit of all providers that do not play, likewise.
    alike
        Role, strategy left out, and the earlier one that it cannot be told from in any replication.
    """

    roles: tuple[Role, ...]
    replications: tuple[int, ...]
    left_out: int
    payoffs: dict[PayoffName, RoleGame]
    users_usd: FloatArray
    others_usd: FloatArray
    alike: tuple[tuple[str, str, str], ...] = ()

    def distinct(self) -> SimulatedGame:
        """Return the game without strategies that came to the same as an earlier one throughout."""
        whole = next(iter(self.payoffs.values()))
        together = whole.like(
            [
                np.stack(arrays)
                for arrays in zip(*(one.payoffs for one in self.payoffs.values()), strict=True)
            ]
        )
        firsts = [duplicates(together, role) for role in range(len(self.roles))]
        kept = [sorted(set(numbers)) for numbers in firsts]
        at_kept = np.ix_(range(len(self.replications)), *kept)
        alike = tuple(
            (role.name, role.strategies[number], role.strategies[first])
            for role, numbers in zip(self.roles, firsts, strict=True)
            for number, first in enumerate(numbers)
            if number != first
        )
        return replace(
            self,
            payoffs={name: restricted(game, kept) for name, game in self.payoffs.items()},
            users_usd=self.users_usd[at_kept],
            others_usd=self.others_usd[at_kept],
            alike=alike,
        )


def roles_of(sweep: Sweep) -> tuple[Role, ...]:
    """Return the players of a sweep.

    Raises
    ------
    ResultError
        If its design is no game.
    """
    file = sweep.path / "design.yaml"
    tree = compose(file.read_text(encoding="utf-8"), str(file), Problems())
    design = plain(tree) if tree is not None else None
    if not isinstance(design, dict) or design.get("kind") != "game":
        raise ResultError(f"{sweep.path}: is no game.\n  {belongs_to(sweep.path)}")
    return Game.model_validate(design).roles()


def simulated_game(sweep: Sweep, discount_rate: float = DISCOUNT_RATE) -> SimulatedGame:
    """Read a game from the sweep that ran it.

    Parameters
    ----------
    sweep
        Of kind ``game``.
    discount_rate
        A year, continuously compounded.

    Raises
    ------
    ResultError
        If it is no game, or no replication of it is complete.
    """
    roles = roles_of(sweep)
    members = [member for role in roles for member in role.members]
    runs = _Runs(sweep, members, discount_rate)
    needed = list(_needed(roles))
    complete = [r for r in runs.replications if all((one, r) in runs.values for one in needed)]
    if not complete:
        raise ResultError(
            f"{sweep.path}: no replication has finished in all profiles of the game, so there is "
            "no table to show.\n  Run what is missing with --resume."
        )

    def stacked(name: PayoffName) -> RoleGame:
        payoffs = tuple(
            runs.payoffs_of(name, roles, number, complete) for number in range(len(roles))
        )
        sizes = tuple(len(role.members) for role in roles)
        texts = tuple(role.strategies for role in roles)
        return RoleGame(tuple(role.name for role in roles), sizes, texts, payoffs)

    whole = SimulatedGame(
        roles=roles,
        replications=tuple(complete),
        left_out=len(runs.replications) - len(complete),
        payoffs={name: stacked(name) for name in PAYOFFS},
        users_usd=runs.beside("users_usd", roles, complete),
        others_usd=runs.beside("others_usd", roles, complete),
    )
    return whole.distinct()


def _needed(roles: Sequence[Role]) -> Iterator[Assignment]:
    for profile in profiles(roles):
        yield assignment(roles, profile)
        for role in roles:
            for member in role.members:
                for strategy in role.strategies:
                    yield assignment(roles, profile, member, strategy)


class _Runs:
    """What came of each run, by what the players played and by replication."""

    def __init__(self, sweep: Sweep, members: Sequence[str], rate: float) -> None:
        plan = sweep.plan
        played = {
            int(row["point"]): tuple(str(row[member]) for member in members)
            for row in plan.drop_duplicates("point").to_dict("records")
        }
        self.replications = sorted({int(number) for number in plan["replication"]})
        self.values: dict[tuple[Assignment, int], dict[str, float]] = {}
        for row in _by_provider(sweep, rate).to_dict("records"):
            run = self._run(played, row)
            if row["provider"] in members:
                for name in PAYOFFS:
                    run[f"{name} {row['provider']}"] = float(row[name])
            else:
                run["others_usd"] = run.get("others_usd", 0.0) + float(row["profit_usd"])
        for row in _users(sweep, rate).to_dict("records"):
            self._run(played, row)["users_usd"] = float(row["usd"])

    def _run(self, played: dict[int, Assignment], row: dict[Any, Any]) -> dict[str, float]:
        key = played[int(row["point"])], int(row["replication"])
        return self.values.setdefault(key, {})

    def payoffs_of(
        self, name: PayoffName, roles: Sequence[Role], number: int, replications: Sequence[int]
    ) -> FloatArray:
        """Return U_r, (replications, S_r, S_1, ..., S_R): means over the role's members."""
        role = roles[number]
        means = [
            [
                np.mean(
                    [
                        self._series(f"{name} {member}", replications,
                                     assignment(roles, profile, member, strategy))
                        for member in role.members
                    ],
                    axis=0,
                )
                for profile in profiles(roles)
            ]
            for strategy in role.strategies
        ]  # fmt: skip
        shape = (len(role.strategies), *(len(one.strategies) for one in roles), len(replications))
        return np.moveaxis(np.asarray(means, dtype=np.float64).reshape(shape), -1, 0)

    def beside(self, name: str, roles: Sequence[Role], replications: Sequence[int]) -> FloatArray:
        """Return a value of the whole market at each profile, (replications, S_1, ..., S_R)."""
        values = [
            self._series(name, replications, assignment(roles, profile))
            for profile in profiles(roles)
        ]
        shape = (*(len(one.strategies) for one in roles), len(replications))
        return np.moveaxis(np.asarray(values, dtype=np.float64).reshape(shape), -1, 0)

    def _series(self, name: str, replications: Sequence[int], played: Assignment) -> list[float]:
        return [self.values[played, number].get(name, 0.0) for number in replications]


def _by_provider(sweep: Sweep, rate: float) -> pd.DataFrame:
    more = (
        ", coalesce(arg_max(tokens_share, time_days), 0.0) as tokens_share"
        ", case when arg_max(state, time_days) = 'active' then 1.0 else 0.0 end as survival_share"
    )
    sql = discounted_sql("providers", "point, replication, provider", PROFIT_SQL, rate, more)
    frame: pd.DataFrame = sweep.query(sql).df().rename(columns={"usd": "profit_usd"})
    return frame


def _users(sweep: Sweep, rate: float) -> pd.DataFrame:
    flow = "consumer_surplus_usd_per_day"
    frame: pd.DataFrame = sweep.query(
        discounted_sql("market", "point, replication", flow, rate)
    ).df()
    return frame

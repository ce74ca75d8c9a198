"""Whether there was a price war: by what providers did, not by what their prices are called.

A war is at least three providers other than the mover that cut a product comparable with the one
that moved by at least half within 60 days of the move, a launch or a cut, whatever their causes.
A product's cut is one minus its lowest price in that time over its price at the move: two cuts
count as one deep cut, and a product launched meanwhile counts for nothing. Comparable is what the
mover's product is at least as capable as, less the gap that the scenario's providers go by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.reactions import WINDOW_DAYS
from sim.record.event import EventKind

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.scenario import Scenario

FEWEST_FOLLOWERS = 3
"""Other providers that a war takes."""
SMALLEST_CUT_SHARE = 0.5
"""How deep each of them cuts."""


class War(NamedTuple):
    """The move that a war followed.

    It is the first such move of a replication that anybody answered, or the first at all where
    nobody says whom it answers.

    Attributes
    ----------
    replication
        Where.
    provider, product
        Who moved.
    time_days
        When, in days since the run's first day.
    followers
        The providers that cut deeply within the window.
    """

    replication: int
    provider: str
    product: str
    time_days: float
    followers: tuple[str, ...]


def first_wars(events: pd.DataFrame, scenario: Scenario) -> list[War]:
    """Find the first war of each replication that has one.

    Parameters
    ----------
    events
        The events of a run, with or without a column ``replication``.
    scenario
        What was run.
    """
    moves = events[events["kind"].isin([EventKind.LAUNCH, EventKind.PRICE])]
    if "replication" not in moves:
        moves = moves.assign(replication=0)
    columns = ["replication", "time_days", "kind", "actor", "subject", "old", "new"]
    columns.append("trigger_subject")
    moves = moves[columns].sort_values(["replication", "time_days"], kind="stable")
    found: list[War] = []
    for _, group in moves.groupby("replication"):
        rows = list(group.itertuples(index=False))
        wars = list(_wars(int(group["replication"].iloc[0]), rows, scenario))
        answered = {row.trigger_subject for row in rows}
        named = [war for war in wars if war.product in answered]
        found += (named or wars)[:1]
    return found


def _wars(replication: int, rows: list[Any], scenario: Scenario) -> Iterator[War]:
    capability = {one.name: one.capability_logit for one in scenario.products}
    gap = scenario.war.comparable_capability_gap_logit
    for place, move in enumerate(rows):
        if move.kind == EventKind.PRICE and not move.new < move.old:
            continue
        able = capability[move.subject] + gap
        within = [
            row
            for row in rows[place + 1 :]
            if row.time_days <= move.time_days + WINDOW_DAYS
            and row.kind == EventKind.PRICE
            and row.actor != move.actor
            and capability[row.subject] <= able
        ]
        followers = _deep_cutters(within)
        if len(followers) >= FEWEST_FOLLOWERS:
            yield War(replication, move.actor, move.subject, float(move.time_days), followers)


def _deep_cutters(moves: list[Any]) -> tuple[str, ...]:
    """Return who cut some product by half or more over a series of moves, in order of time."""
    begun: dict[str, float] = {}
    providers: dict[str, None] = {}
    for move in moves:
        price = begun.setdefault(move.subject, move.old)
        if price > 0.0 and move.new <= (1.0 - SMALLEST_CUT_SHARE) * price:
            providers[move.actor] = None
    return tuple(providers)

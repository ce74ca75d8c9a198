"""Who answered whom, when and how deeply: the war as the event log tells it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.statistics import Interval, median_of
from sim.record.event import Cause, EventKind

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

WINDOW_DAYS = 60.0
"""How long after the trigger a provider may follow, where nothing else is said."""

_ANSWERS = (Cause.WAR, Cause.REPLAY)
"""Causes of a price move that answers rivals; replayed history does not say whom."""


@dataclass(frozen=True)
class Trigger:
    """What followers follow.

    Attributes
    ----------
    provider
        Who set it off; it is no follower of itself.
    product
        The product that was launched; empty if only a date is known.
    time_days
        Days since the run's first day.
    """

    provider: str
    product: str
    time_days: float


@dataclass(frozen=True)
class Response:
    """How one provider answered a trigger, over replications.

    Attributes
    ----------
    provider
        Who answered.
    followed_share
        Share of replications in which it answered within the window.
    lag_days
        Median days from the trigger to its first move, where it followed.
    cut_depth_share
        Median of how much cheaper the products that it cut became within the window.
    first_move
        Its first move as it mostly was, such as ``answering DeepSeek-V2``; empty if none.
    """

    provider: str
    followed_share: float
    lag_days: Interval
    cut_depth_share: Interval
    first_move: str


def war_moves(run: Run) -> pd.DataFrame:
    """List the moves that answered a rival: cuts with cause ``war`` or ``replay``, launches in war.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``time_days``, ``date``, ``kind`` (``price`` or ``launch``), ``provider``,
        ``product``, ``old``, ``new`` (blended, USD per million tokens; no old price at a launch),
        ``cut_depth_share`` = 1 - new / old, ``trigger_provider``, ``trigger_product``,
        ``lag_days`` (days since the rival's move; NaN where none is named).
    """
    events = run.events
    cut = (events["kind"] == EventKind.PRICE) & (events["new"] < events["old"])
    launch = (events["kind"] == EventKind.LAUNCH) & (events["cause"] == Cause.WAR)
    moves = events[(cut & events["cause"].isin(_ANSWERS)) | launch]
    names = {
        "actor": "provider",
        "subject": "product",
        "trigger_actor": "trigger_provider",
        "trigger_subject": "trigger_product",
    }
    return (
        moves.rename(columns=names)
        .assign(cut_depth_share=1 - moves["new"] / moves["old"])
        .drop(columns=["field", "cause"])
        .sort_values(["replication", "time_days"], kind="stable")
        .reset_index(drop=True)
    )


def find_trigger(
    run: Run, provider: str | None = None, since_date: dt.date | None = None
) -> Trigger | None:
    """Find what set the war off.

    Parameters
    ----------
    provider
        Who did it; None: whoever launched on the day, or whom the first move answered.
    since_date
        The day; None: the day of the provider's first launch in the run.

    Returns
    -------
    Trigger or None
        None if neither is given and nobody answered anybody, or if the provider launched nothing.
    """
    launches = run.events[run.events["kind"] == EventKind.LAUNCH].sort_values(
        "time_days", kind="stable"
    )
    if provider is not None:
        launches = launches[launches["actor"] == provider]
    if since_date is not None:
        day = run.scenario.days(since_date)
        launches = launches[launches["time_days"].between(day, day + 1, inclusive="left")]
        if launches.empty:
            return Trigger(provider or "", "", day)
    elif provider is None:
        return _first_answered(run)
    if launches.empty:
        return None
    first = launches.iloc[0]
    return Trigger(str(first["actor"]), str(first["subject"]), float(first["time_days"]))


def main_trigger(run: Run) -> Trigger | None:
    """Find the trigger that the scenario's facts speak of, or else what was answered first."""
    for fact in run.scenario.facts:
        if fact.name.startswith("follower_"):
            return find_trigger(run, fact.provider, fact.since_date)
    return find_trigger(run)


def _first_answered(run: Run) -> Trigger | None:
    moves = war_moves(run).dropna(subset=["trigger_product"])
    first = moves.groupby("replication")[["trigger_product", "trigger_provider"]].first()
    if first.empty:
        return None
    product = first["trigger_product"].mode().iloc[0]
    moves = moves[moves["trigger_product"] == product].groupby("replication").first()
    begun = (moves["time_days"] - moves["lag_days"]).median()
    return Trigger(str(moves["trigger_provider"].iloc[0]), str(product), float(begun))


def followers(run: Run, trigger: Trigger, until_days: float | None = None) -> pd.DataFrame:
    """List who followed a trigger, replication by replication.

    A provider follows with its first war move after the trigger and up to ``until_days``: a cut, or
    the launch of a product at a price of war. Its depth is the median, over the products that it
    cut in this window, of one minus the lowest price in the window over the price before: two cuts
    of one product count as one deep cut, and a product launched cheaply has no depth.

    Parameters
    ----------
    until_days
        Last day since the run's first day; None: ``WINDOW_DAYS`` after the trigger.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``provider``, ``lag_days``, ``cut_depth_share``, ``first_move`` (in words);
        a row only where a provider followed.
    """
    until = trigger.time_days + WINDOW_DAYS if until_days is None else until_days
    moves = war_moves(run)
    moves = moves[
        (moves["provider"] != trigger.provider)
        & (moves["time_days"] >= trigger.time_days)
        & (moves["time_days"] <= until)
    ]
    by_product = moves[moves["kind"] == EventKind.PRICE].groupby(
        ["replication", "provider", "product"]
    )
    depth = 1 - by_product["new"].min() / by_product["old"].first()
    out = moves.drop_duplicates(["replication", "provider"]).set_index(["replication", "provider"])
    first = zip(out["kind"], out["product"], out["trigger_product"], strict=True)
    return (
        out.assign(
            lag_days=out["time_days"] - trigger.time_days,
            cut_depth_share=depth.groupby(level=["replication", "provider"]).median(),
            first_move=[_words(*move) for move in first],
        )
        .reset_index()
        .loc[:, ["replication", "provider", "lag_days", "cut_depth_share", "first_move"]]
    )


def responses(run: Run, trigger: Trigger, until_days: float | None = None) -> list[Response]:
    """Summarise how each provider answered a trigger: the quickest first, abstainers last."""
    followed = followers(run, trigger, until_days)
    out = []
    for provider in dict.fromkeys(run.providers["provider"]):
        if provider == trigger.provider:
            continue
        rows = followed[followed["provider"] == provider]
        moves = rows["first_move"].mode()
        out.append(
            Response(
                provider=provider,
                followed_share=len(rows) / len(run.replications),
                lag_days=median_of(rows["lag_days"].to_numpy()),
                cut_depth_share=median_of(rows["cut_depth_share"].to_numpy()),
                first_move=str(moves.iloc[0]) if len(moves) else "",
            )
        )
    return sorted(out, key=_quickest_first)


def _words(kind: str, product: str, answered: str | None) -> str:
    if kind == EventKind.LAUNCH:
        return f"launching {product}"
    return f"answering {answered}" if isinstance(answered, str) else f"cutting {product}"


def _quickest_first(response: Response) -> tuple[float, str]:
    lag = response.lag_days.centre
    return (math.inf if math.isnan(lag) else lag, response.provider)

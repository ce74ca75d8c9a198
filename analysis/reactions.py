"""Who answered whom, when and how deeply: the war as the event log tells it."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.statistics import Interval, bootstrap

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

WINDOW_DAYS = 60.0
"""How long after the trigger a provider may follow, where nothing else is said."""

_FIELD = "blended_usd_per_mtok"


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
        Share of replications in which it cut a price within the window.
    lag_days
        Median days from the trigger to its first cut, where it followed.
    cut_depth_share
        Median of how much cheaper the products that it cut became within the window.
    answered
        The rival product that set off its first cut most often; empty if it never followed.
    """

    provider: str
    followed_share: float
    lag_days: Interval
    cut_depth_share: Interval
    answered: str


def price_cuts(run: Run) -> pd.DataFrame:
    """List every cut of a list price.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``time_days``, ``date``, ``provider``, ``product``, ``cause``, ``old``,
        ``new`` (blended, USD per million tokens), ``cut_depth_share`` = 1 - new / old,
        ``trigger_provider``, ``trigger_product``, ``lag_days`` (days since what triggered it; NaN
        if nothing did).
    """
    events = run.events
    cuts = events[
        (events["kind"] == "price") & (events["field"] == _FIELD) & (events["new"] < events["old"])
    ]
    names = {
        "actor": "provider",
        "subject": "product",
        "trigger_actor": "trigger_provider",
        "trigger_subject": "trigger_product",
    }
    return (
        cuts.rename(columns=names)
        .assign(cut_depth_share=1 - cuts["new"] / cuts["old"])[
            [
                "replication",
                "time_days",
                "date",
                "provider",
                "product",
                "cause",
                "old",
                "new",
                "cut_depth_share",
                "trigger_provider",
                "trigger_product",
                "lag_days",
            ]
        ]
        .reset_index(drop=True)
    )


def war_cuts(run: Run) -> pd.DataFrame:
    """List the cuts that answered a rival: those with cause ``war``, or replayed from history."""
    cuts = price_cuts(run)
    return cuts[cuts["cause"].isin(["war", "replay"])].reset_index(drop=True)


def find_trigger(
    run: Run, provider: str | None = None, since_date: dt.date | None = None
) -> Trigger | None:
    """Find what set the war off.

    Parameters
    ----------
    provider
        Who launched it; None: whoever launched first.
    since_date
        The day; None: the day of the first launch after the run's first day.

    Returns
    -------
    Trigger or None
        None if nothing was launched after the first day and no date is given.
    """
    launches = run.events[(run.events["kind"] == "launch") & (run.events["time_days"] > 0)]
    if provider is not None:
        launches = launches[launches["actor"] == provider]
    if since_date is not None:
        day = run.scenario.days(since_date)
        launches = launches[launches["time_days"] >= day]
        at_once = launches[launches["time_days"] < day + 1]
        if at_once.empty:
            return Trigger(provider or "", "", day)
    if launches.empty:
        return None
    first = launches.sort_values(["time_days", "replication"]).iloc[0]
    return Trigger(str(first["actor"]), str(first["subject"]), float(first["time_days"]))


def followers(run: Run, trigger: Trigger, until_days: float | None = None) -> pd.DataFrame:
    """Say who followed a trigger, replication by replication.

    A provider follows with its first war cut after the trigger and up to ``until_days``. Its depth
    is the median, over the products that it cut in this window, of one minus the lowest price in
    the window over the price before: two cuts of one product count as one deep cut.

    Parameters
    ----------
    until_days
        Last day since the run's first day; None: ``WINDOW_DAYS`` after the trigger.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``provider``, ``lag_days``, ``cut_depth_share``, ``answered`` (the rival
        product that set off the first cut); a row only where a provider followed.
    """
    until = trigger.time_days + WINDOW_DAYS if until_days is None else until_days
    cuts = war_cuts(run)
    cuts = cuts[
        (cuts["provider"] != trigger.provider)
        & (cuts["time_days"] >= trigger.time_days)
        & (cuts["time_days"] <= until)
    ].sort_values(["replication", "time_days"])
    by_product = cuts.groupby(["replication", "provider", "product"])
    depth = 1 - by_product["new"].min() / by_product["old"].first()
    by_provider = cuts.groupby(["replication", "provider"])
    out = by_provider[["time_days", "trigger_product"]].first()
    return (
        out.assign(
            lag_days=out["time_days"] - trigger.time_days,
            cut_depth_share=depth.groupby(level=["replication", "provider"]).median(),
            answered=out["trigger_product"].fillna(""),
        )
        .reset_index()
        .loc[:, ["replication", "provider", "lag_days", "cut_depth_share", "answered"]]
    )


def responses(run: Run, trigger: Trigger, until_days: float | None = None) -> list[Response]:
    """Summarise how each provider answered a trigger: the quickest first, abstainers last."""
    followed = followers(run, trigger, until_days)
    out = []
    for provider in dict.fromkeys(run.providers["provider"]):
        if provider == trigger.provider:
            continue
        rows = followed[followed["provider"] == provider]
        answered = rows["answered"].mode()
        out.append(
            Response(
                provider=provider,
                followed_share=len(rows) / len(run.replications),
                lag_days=bootstrap(rows["lag_days"].to_numpy()),
                cut_depth_share=bootstrap(rows["cut_depth_share"].to_numpy()),
                answered=str(answered.iloc[0]) if len(answered) else "",
            )
        )
    return sorted(out, key=_quickest_first)


def _quickest_first(response: Response) -> tuple[float, str]:
    lag = response.lag_days.centre
    return (math.inf if math.isnan(lag) else lag, response.provider)

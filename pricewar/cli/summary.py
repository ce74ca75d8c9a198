"""The short table at the end of a run: prices, adoption, tokens, surplus, who left."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
from rich.console import Console
from rich.table import Table

from analysis.amounts import amount
from analysis.course import course_of, period_of, sentence
from analysis.statistics import Interval, first_settlement_days, short
from analysis.words import counted, sentence_case
from pricewar.cli.terminal import Terminal
from sim.record.event import Cause, EventKind
from sim.record.run import Run
from sim.record.tables import TABLES
from sim.record.unit import USD_PER_DAY, USD_PER_MTOK

_ROWS = (
    "adopters_share",
    "tokens_mtok_per_day",
    "spend_usd_per_day",
    "price_paid_usd_per_mtok",
    "price_index",
    "hedonic_price_index",
    "free_tokens_share",
    "consumer_surplus_usd_per_day",
    "surplus_before_fixed_usd_per_day",
    "producer_surplus_usd_per_day",
)
"""Columns of the market that the table shows."""

_CAPTION = (
    "Means over replications. Ranges: what chance does at one set of parameters, not "
    "how far the parameters may be off."
)


def print_summary(run: Run, console: Console | None = None) -> None:
    """Print what happened between the first and the last week.

    Parameters
    ----------
    run
        A finished run.
    console
        Where to print; None: standard output.
    """
    console = console or Terminal()
    market = run.columns("market")
    time_days = market["time_days"]
    first = time_days == first_settlement_days(time_days)
    last = time_days == time_days.max()
    table = Table(
        title=f"{run.manifest['scenario']}: {counted(len(run.replications), 'replication')}, "
        f"seed {run.seed}",
        caption=_CAPTION if len(run.replications) > 1 else None,
        caption_justify="left",
    )
    dates = [
        f"{period_of(time_days, time_days[week][0])} to {market['date'][week][0]}"
        for week in (first, last)
    ]
    for heading in ("", *dates, "5% to 95% of replications", "unit"):
        table.add_column(heading, justify="left" if heading in ("", "unit") else "right")
    for name in _ROWS:
        column = TABLES["market"][name]
        unit = column.unit.readable(_largest(market[name][first | last]))
        values = market[name] * unit.factor
        table.add_row(
            column.label,
            _number(values[first]),
            _number(values[last]),
            _spread(values[last]),
            unit.spelled,
        )
    console.print(table)
    paid = course_of(market, "price_paid_usd_per_mtok")
    if paid.known:
        console.print(sentence_case(sentence(paid, "price paid", USD_PER_MTOK, _mean)))
    if worth := _worth(run):
        console.print(worth)
    events = run.columns("events")
    console.print(_moves(events, len(run.replications)))
    console.print(_exits(events, len(run.replications)))
    console.print(f"Results: {run.folder}", soft_wrap=True)


def _worth(run: Run) -> str:
    """Return what the last offers are worth to users, and what prices away from cost lose."""
    types = run.columns("welfare")
    if not types["time_days"].size:
        return ""
    last = types["time_days"] == types["time_days"].max()
    worth, loss = (
        amount(float(types[name][last].sum()) / len(run.replications), USD_PER_DAY)
        for name in ("log_sum_surplus_usd_per_day", "deadweight_loss_usd_per_day")
    )
    return (
        f"At the end the offers are worth {worth} to users (log-sum); against prices at marginal "
        f"cost {loss} are lost."
    )


def _mean(values: np.ndarray) -> Interval:
    """Return the mean alone: its interval is the page's, and takes time to import for."""
    return Interval(float(values.mean()), math.nan, math.nan, values.size)


def _moves(events: dict[str, np.ndarray], replications: int) -> str:
    price = events["kind"] == EventKind.PRICE
    cuts = int((price & (events["new"] < events["old"])).sum())
    rises = int((price & (events["new"] > events["old"])).sum())
    war = int((price & (events["cause"] == Cause.WAR)).sum())
    return (
        f"Price moves per replication: {cuts / replications:.1f} cuts ({war / replications:.1f} "
        f"in reaction to a rival), {rises / replications:.1f} rises."
    )


def _exits(events: dict[str, np.ndarray], replications: int) -> str:
    gone = Counter(events["actor"][events["kind"] == EventKind.EXIT])
    if not gone:
        return "Nobody left the market."
    return "Left the market: " + ", ".join(
        f"{name} (in {number} of {replications})" for name, number in gone.most_common()
    )


def _spread(values: np.ndarray) -> str:
    """Write the range of the middle nine tenths of replications; one replication has none."""
    values = values[np.isfinite(values)]
    if values.size < 2:
        return "-"
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{short(low)} to {short(high)}"


def _number(values: np.ndarray) -> str:
    """Write the mean over the replications that have a value."""
    values = values[np.isfinite(values)]
    return short(float(values.mean())) if values.size else "-"


def _largest(values: np.ndarray) -> float:
    return float(np.abs(values[np.isfinite(values)]).max(initial=0.0))

"""The short table at the end of a run: prices, adoption, tokens, surplus, who left."""

from __future__ import annotations

from collections import Counter

import numpy as np
from rich.console import Console
from rich.table import Table

from pricewar.cli.terminal import Terminal
from sim.record.event import Cause, EventKind
from sim.record.run import Run
from sim.record.tables import TABLES

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
    first = time_days == time_days[time_days > 0.0].min()
    last = time_days == time_days.max()
    table = Table(
        title=f"{run.manifest['scenario']}: {market['date'][first][0]} to "
        f"{market['date'][last][0]}, {_count(len(run.replications), 'replication')}, "
        f"seed {run.seed}"
    )
    for heading in ("", "first week", "last week", "5% to 95% of replications", "unit"):
        table.add_column(heading, justify="left" if heading in ("", "unit") else "right")
    for name in _ROWS:
        column = TABLES["market"][name]
        unit = column.unit.readable(float(np.nan_to_num(np.abs(market[name][first | last])).max()))
        values = market[name] * unit.factor
        table.add_row(
            column.label,
            _number(values[first].mean()),
            _number(values[last].mean()),
            _spread(values[last]),
            unit.spelled,
        )
    console.print(table)
    events = run.columns("events")
    console.print(_moves(events, len(run.replications)))
    console.print(_exits(events, len(run.replications)))
    console.print(f"Results: {run.folder}", soft_wrap=True)


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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _spread(values: np.ndarray) -> str:
    """Write the range of the middle nine tenths of replications.

    One replication has none, nor has a measure that is unknown in one of them.
    """
    if values.size < 2 or np.isnan(values).any():
        return "-"
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{_number(low)} to {_number(high)}"


def _number(value: float) -> str:
    """Three to four significant digits, thousands apart."""
    if np.isnan(value):
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

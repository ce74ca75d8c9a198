"""The short table at the end of a run: prices, adoption, tokens, surplus, who left."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from sim.record.run import Run

_ROWS = (
    ("Adoption", "adopters_share", "share of users", 1.0),
    ("Tokens", "tokens_mtok_per_day", "billion a day", 1e-3),
    ("Spend", "spend_usd_per_day", "USD a day", 1.0),
    ("Price paid", "price_paid_usd_per_mtok", "USD per million tokens", 1.0),
    ("Price index", "price_index", "first week = 1", 1.0),
    ("Consumer surplus", "consumer_surplus_usd_per_day", "USD a day", 1.0),
    ("Producer surplus", "producer_surplus_usd_per_day", "USD a day", 1.0),
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
    console = console or Console()
    market = run.market
    weeks = sorted(week for week in market["time_days"].unique() if week > 0.0)
    first = market[market["time_days"] == weeks[0]]
    last = market[market["time_days"] == weeks[-1]]
    table = Table(
        title=f"{run.manifest['scenario']}: {first['date'].iloc[0]} to {last['date'].iloc[0]}, "
        f"{_count(len(run.replications), 'replication')}, seed {run.seed}"
    )
    for heading in ("", "first week", "last week", "5% to 95% of replications", "unit"):
        table.add_column(heading, justify="left" if heading in ("", "unit") else "right")
    for label, column, unit, factor in _ROWS:
        low, high = (last[column].quantile(level) * factor for level in (0.05, 0.95))
        table.add_row(
            label,
            _number(first[column].mean() * factor),
            _number(last[column].mean() * factor),
            f"{_number(low)} to {_number(high)}",
            unit,
        )
    console.print(table)
    console.print(_moves(run))
    console.print(_exits(run))
    console.print(f"Results: {run.folder}", soft_wrap=True)


def _moves(run: Run) -> str:
    prices = run.events[run.events["kind"] == "price"]
    count = len(run.replications)
    cuts = int((prices["new"] < prices["old"]).sum())
    rises = int((prices["new"] > prices["old"]).sum())
    war = int((prices["cause"] == "war").sum())
    return (
        f"Price moves per replication: {cuts / count:.1f} cuts ({war / count:.1f} in reaction to "
        f"a rival), {rises / count:.1f} rises."
    )


def _exits(run: Run) -> str:
    exits = run.events[run.events["kind"] == "exit"]
    if exits.empty:
        return "Nobody left the market."
    counts = exits["actor"].value_counts()
    total = len(run.replications)
    return "Left the market: " + ", ".join(
        f"{name} (in {number} of {total})" for name, number in counts.items()
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _number(value: float) -> str:
    """Three to four significant digits, thousands apart."""
    if value != value:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

"""Prices at equal quality in the last week, and what the indices leave out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from analysis.comparison import MORE_THAN_CHANCE
from analysis.price_indices import INDICES
from analysis.report.paired import PairedRow, paired_table
from analysis.report.section import Block, Heading, section
from analysis.scales import SHARE, scale_of
from analysis.statistics import short, student
from analysis.worlds import Worlds, others, subject
from sim.market.price_index import WINDOW_DAYS, periods_of_window
from sim.record.column import Column
from sim.record.run import Run
from sim.record.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd

_FREE: Final = "free_tokens_share"
_LAST_WEEK: Final = (*INDICES, "frontier_price_usd_per_mtok", "price_paid_usd_per_mtok", _FREE)


@section("price-indices", place=35, title="Prices at equal quality")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write how prices are compared, and a row a measure."""
    yield (
        "The price paid moves with the mix of products. The price index compares each product with "
        "itself (rolling-window GEKS, mean splice); the hedonic index compares prices at equal "
        "capability, so that new products count; the frontier price is that of the cheapest offer "
        "as capable as the best of the first day, within one standard error of its capability. "
        "No later week revises a level."
    )
    yield from _without_levels(subject(worlds))
    yield from _left_out(subject(worlds))
    yield from paired_table(worlds, (Heading(""), Heading("unit")), _rows(worlds))
    if others(worlds):
        yield f"Differences are paired, replication by replication. Bold: {MORE_THAN_CHANCE}."


def _without_levels(run: Run) -> Iterator[str]:
    """Say why an index has no level in the last week, where it has none."""
    needed = periods_of_window(run.scenario.snapshot_every_days)
    there = run.market.loc[run.market["time_days"] > 0.0, "time_days"].nunique()
    if there < needed:
        yield (
            f"Neither index has a level yet: they compare {needed} snapshots "
            f"({WINDOW_DAYS / 7:.0f} weeks), and the run has {there}."
        )
        return
    for name in INDICES:
        unknown = int(_last_week(run, name).isna().sum())
        if unknown:
            yield (
                f"{TABLES['market'][name].label}: no level in the last week in {unknown} of "
                f"{len(run.replications)} replications. Either fewer than {needed} snapshots have "
                "passed since the first sale at a price, or no earlier one of the window can be "
                "compared with the last."
            )


def _left_out(run: Run) -> Iterator[str]:
    """Say what was sold for nothing, and what that does to the price index, if anything was."""
    share = student(_free_share(run).to_numpy(), SHARE)
    if share.centre > 0.0:
        text = share.text(lambda value: f"{short(100 * value)}%")
        yield (
            f"Of all tokens {text} were sold at a price of zero, which neither index sees. A fall "
            "to zero counts as no fall, while a rise after the return counts, unless the window "
            "still holds the price from before: the price index stands too high rather than too "
            "low."
        )


def _rows(worlds: Worlds) -> Iterator[PairedRow]:
    columns = TABLES["market"]
    for name in _LAST_WEEK:
        values = {world: _last_week(run, name) for world, run in worlds.items()}
        yield _row(f"{columns[name].label}, last week", columns[name], values)
    values = {world: _free_share(run) for world, run in worlds.items()}
    yield _row(f"{columns[_FREE].label}, over the run", columns[_FREE], values)


def _row(label: str, column: Column, values: Mapping[str, pd.Series[float]]) -> PairedRow:
    def number(value: float) -> str:
        return short(value * column.unit.factor)

    return PairedRow((label, column.unit.words), values, number, scale_of(column))


def _last_week(run: Run, column: str) -> pd.Series[float]:
    """Take a column of the market at the last snapshot; NaN where it is unknown."""
    last = run.market[run.market["time_days"] == run.market["time_days"].max()]
    values: pd.Series[float] = last.set_index("replication")[column].astype(float)
    return values


def _free_share(run: Run) -> pd.Series[float]:
    """Share of all tokens of the run that were used at a price of zero."""
    weeks = run.market[run.market["time_days"] > 0.0]
    days = weeks.groupby("replication")["time_days"].diff().fillna(weeks["time_days"])
    tokens = weeks["tokens_mtok_per_day"] * days
    free = (tokens * weeks[_FREE]).groupby(weeks["replication"]).sum()
    return free / tokens.groupby(weeks["replication"]).sum()

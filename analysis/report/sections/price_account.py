"""The accounts of the average price: each world's own, and the paired difference of two."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.comparison import MORE_THAN_CHANCE
from analysis.price_account import LABELS, PARTS, price_account
from analysis.price_account_difference import AccountDifference, account_difference
from analysis.report.paired import PairedRow, more_than_chance, paired_table
from analysis.report.section import Block, Heading, section
from analysis.scales import POSITIVE
from analysis.statistics import Interval
from analysis.worlds import Worlds, others, subject
from sim.record.unit import USD_PER_MTOK


@section("price-account", place=40, title="The average price, accounted for in each world")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write what an account is, the differences of worlds in words, and a row a part."""
    yield (
        "The average list price, weighted by tokens, from the first week with sales to the last, "
        "and through what it moved (chained Bennet indicator). The account of one world is "
        "bookkeeping, not attribution: it does not say what would have happened otherwise."
    )
    if others(worlds):
        yield (
            "What differs between two worlds is worth the paired difference of their accounts, "
            f"replication by replication. Bold: {MORE_THAN_CHANCE}."
        )
    rows = tuple(_rows(worlds))
    bold = more_than_chance(worlds, rows)
    for name, other in others(worlds).items():
        settled = {str(row.labels[0]) for row, of in zip(rows, bold, strict=True) if of[name]}
        pair = account_difference(subject(worlds), other)
        yield _difference(f"{next(iter(worlds))} minus {name}", pair, settled)
    yield from paired_table(worlds, (Heading(USD_PER_MTOK.spelled),), rows)


def _difference(names: str, pair: AccountDifference, settled: set[str]) -> str:
    """Say by how much more the price changed, and which parts of that are more than chance."""
    change, parts = pair.change, pair.parts()
    text = (
        f"{names}: the change of the average list price differs by {_signed(change)} "
        f"{USD_PER_MTOK.spelled}"
    )
    if not change.known:
        return f"{text}; one replication says nothing of its parts."
    order = sorted(PARTS, key=lambda part: abs(parts[part].centre), reverse=True)
    listed = [f"{LABELS[part]} {_signed(parts[part])}" for part in order if LABELS[part] in settled]
    if not listed:
        return f"{text}; none of its parts is more than chance."
    return f"{text}. Parts that are more than chance: {', '.join(listed)}."


def _signed(interval: Interval) -> str:
    return interval.text(lambda value: f"{value:+.3g}")


def _rows(worlds: Worlds) -> Iterator[PairedRow]:
    accounts = {name: price_account(run) for name, run in worlds.items()}
    levels = {name: it.levels for name, it in accounts.items()}
    yield PairedRow(
        ("first week",), {name: it["start"] for name, it in levels.items()}, scale=POSITIVE
    )
    moving = {part for it in accounts.values() for part in it.moving_parts()}
    for part in PARTS:
        if part in moving:
            moved = {name: it.by_replication[part] for name, it in accounts.items()}
            yield PairedRow((LABELS[part],), moved)
    yield PairedRow(("change",), {name: it["end"] - it["start"] for name, it in levels.items()})
    yield PairedRow(
        ("last week",), {name: it["end"] for name, it in levels.items()}, scale=POSITIVE
    )

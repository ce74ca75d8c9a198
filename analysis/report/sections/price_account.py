"""The accounts of the average price: each world's own, and the paired difference of two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from analysis.comparison import MORE_THAN_CHANCE
from analysis.price_account import LABELS, PARTS, PriceAccount, price_account
from analysis.price_account_difference import AccountDifference, account_difference
from analysis.report.paired import paired_cells, paired_headings
from analysis.report.section import Block, Cell, Heading, Table, section
from analysis.statistics import Interval, short
from analysis.worlds import Worlds, others, subject
from sim.record.unit import USD_PER_MTOK

if TYPE_CHECKING:
    import pandas as pd

_SILENT_SHARE = 1e-9


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
            f"replication by replication; bold: {MORE_THAN_CHANCE}."
        )
    for name, other in others(worlds).items():
        first = next(iter(worlds))
        yield _difference(f"{first} minus {name}", account_difference(subject(worlds), other))
    headings = (Heading(USD_PER_MTOK.spelled), *paired_headings(worlds))
    yield Table(headings, tuple(_rows(worlds)))


def _difference(names: str, pair: AccountDifference) -> str:
    """Say by how much more the price changed, and which parts of that are settled."""
    change = pair.change
    text = (
        f"{names}: the change of the average list price differs by {_signed(change)} "
        f"{USD_PER_MTOK.spelled}"
    )
    if not change.known:
        return f"{text}; one replication settles no part of it."
    settled = {part: interval for part, interval in pair.parts().items() if interval.settled}
    if not settled:
        return f"{text}; no part of it is settled."
    order = sorted(settled, key=lambda part: abs(settled[part].centre), reverse=True)
    listed = ", ".join(f"{LABELS[part]} {_signed(settled[part])}" for part in order)
    return f"{text}. Settled parts: {listed}."


def _signed(interval: Interval) -> str:
    return interval.text(lambda value: f"{value:+.3g}")


def _rows(worlds: Worlds) -> Iterator[tuple[Cell | str, ...]]:
    accounts = {name: price_account(run) for name, run in worlds.items()}
    rows: dict[str, dict[str, pd.Series[float]]] = {
        "first week": {name: it.levels["start"] for name, it in accounts.items()}
    }
    for part in PARTS:
        if any(_moves(it, part) for it in accounts.values()):
            rows[LABELS[part]] = {name: it.by_replication[part] for name, it in accounts.items()}
    rows["change"] = {name: it.levels["end"] - it.levels["start"] for name, it in accounts.items()}
    rows["last week"] = {name: it.levels["end"] for name, it in accounts.items()}
    for label, values in rows.items():
        yield (label, *paired_cells(worlds, values, short))


def _moves(account: PriceAccount, part: str) -> bool:
    """Whether a part is worth a row: parts that are zero by construction are not."""
    size = max(account.start.centre, account.end.centre)
    return abs(account.parts()[part].centre) > _SILENT_SHARE * size

"""How often and how far prices of hosted models move: ``openrouter_price_changes.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import Row

CHANGES = "openrouter_price_changes"

CLOSED_DEVELOPERS = frozenset(
    {"openai", "anthropic", "google", "x-ai", "cohere", "amazon", "perplexity", "inflection"}
)
"""Developers that sell their own models; their open-weight families count as open weights."""

OPEN_FAMILIES = ("gemma", "gpt-oss")


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A price of a hosted model from a date on.

    Attributes
    ----------
    change
        ``first`` (first price seen), ``cut``, ``rise`` or ``same_blend`` (input and output moved,
        their blend did not).
    """

    date: dt.date
    model_id: str
    input_usd_per_mtok: float
    output_usd_per_mtok: float
    change: str
    source: str

    @property
    def blended_usd_per_mtok(self) -> float:
        """Price at three input tokens to one of output, in USD per million tokens."""
        return (3.0 * self.input_usd_per_mtok + self.output_usd_per_mtok) / 4.0

    @property
    def open_weights(self) -> bool:
        """Whether many hosts may offer the model, rather than its developer only."""
        developer = self.model_id.split("/")[0]
        is_open_family = any(family in self.model_id for family in OPEN_FAMILIES)
        return developer not in CLOSED_DEVELOPERS or is_open_family


def _entry(row: Row) -> LedgerEntry:
    return LedgerEntry(
        date=row.date("date"),
        model_id=row.text("model_id"),
        input_usd_per_mtok=row.number("usd_input_per_mtok"),
        output_usd_per_mtok=row.number("usd_output_per_mtok"),
        change=row.choice("change", frozenset({"first", "cut", "rise", "same_blend"})),
        source=row.text("source"),
    )


@cache
def ledger(dataset: Dataset = SHIPPED) -> tuple[LedgerEntry, ...]:
    """Read every entry, in order of date; on the day of a model's first price, that one first."""
    entries = dataset.records(CHANGES, _entry)
    return tuple(sorted(entries, key=lambda entry: (entry.date, entry.change != "first")))

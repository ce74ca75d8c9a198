"""How often and how far prices of hosted models move: ``openrouter_price_changes.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import LAST_DATE, Row
from sim.units import DAYS_PER_MONTH

CHANGES = "openrouter_price_changes"

CLOSED_DEVELOPERS = frozenset(
    {"openai", "anthropic", "google", "x-ai", "cohere", "amazon", "perplexity", "inflection"}
)
"""Developers that sell their own models; their open-weight families count as open weights."""

OPEN_FAMILIES = ("gemma", "gpt-oss")

LEAST_CHANGES = 5
"""Changes from which a rate is taken: of fewer it is known to a factor of two at best."""


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


def closed_changes_per_month(dataset: Dataset, by: dt.date) -> float | None:
    """Return how often a closed developer's price changes, per model and month, known by a date.

    The changes over the months that models were seen; None where there were fewer than
    `LEAST_CHANGES`.
    """
    own = [entry for entry in ledger(dataset.known_by(by)) if not entry.open_weights]
    end = min(by, LAST_DATE)
    days = sum((end - entry.date).days for entry in own if entry.change == "first")
    changes = sum(entry.change != "first" for entry in own)
    return changes * DAYS_PER_MONTH / days if changes >= LEAST_CHANGES and days > 0 else None

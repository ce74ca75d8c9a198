"""How often and how far prices of hosted models move: ``openrouter_price_changes.csv``."""

import datetime as dt
import statistics
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import LAST_DATE, TABLES, Row, read_table
from sim.errors import DataError
from sim.units import DAYS_PER_MONTH

CHANGES = TABLES / "openrouter_price_changes.csv"

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


@dataclass(frozen=True, slots=True)
class RepricingClock:
    """Rate and steps of price changes of a group of models.

    Attributes
    ----------
    models, changes
        How many models were followed and how many changes they made.
    changes_per_model_month
        Changes per model and month of 30.44 days, from its first listing to the last day of the
        ledger.
    cut_share
        Share of the changes that were cuts.
    median_cut_share, median_rise_share
        Median relative step of the blended price, cuts as negative numbers.
    """

    models: int
    changes: int
    changes_per_model_month: float
    cut_share: float
    median_cut_share: float
    median_rise_share: float


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
def ledger(path: Path = CHANGES) -> tuple[LedgerEntry, ...]:
    """Read every entry, in order of date; on the day of a model's first price, that one first."""
    entries = read_table(path, _entry)
    return tuple(sorted(entries, key=lambda entry: (entry.date, entry.change != "first")))


@cache
def repricing_clock(*, open_weights: bool, path: Path = CHANGES) -> RepricingClock:
    """Measure the clock of closed developers or of hosts of open weights.

    Raises
    ------
    DataError
        A model changes its price before its first entry, or the group never changed a price.
    """
    blended: dict[str, float] = {}
    months = 0.0
    steps: list[float] = []
    changes = 0
    for entry in ledger(path):
        if entry.open_weights != open_weights:
            continue
        if entry.change == "first":
            months += (LAST_DATE - entry.date).days / DAYS_PER_MONTH
        elif entry.model_id not in blended:
            raise DataError(f"{path.name}: {entry.model_id} changes its price before it has one")
        else:
            changes += 1
            if blended[entry.model_id] > 0.0:
                steps.append(entry.blended_usd_per_mtok / blended[entry.model_id] - 1.0)
        blended[entry.model_id] = entry.blended_usd_per_mtok
    cuts = [step for step in steps if step < 0.0]
    rises = [step for step in steps if step > 0.0]
    if not cuts or not rises:
        raise DataError(f"{path.name}: too few price changes to measure a clock")
    return RepricingClock(
        models=len(blended),
        changes=changes,
        changes_per_model_month=changes / months,
        cut_share=len(cuts) / (len(cuts) + len(rises)),
        median_cut_share=statistics.median(cuts),
        median_rise_share=statistics.median(rises),
    )

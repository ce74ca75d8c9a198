"""The leading models of each week on OpenRouter: ``openrouter_weekly_top_models.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import Row

WEEKLY_LEADERS = "openrouter_weekly_top_models"
_VARIANTS = (":beta", ":free", ":thinking")
"""Suffixes of names under which one model is listed again: another price, or another mode."""


@dataclass(frozen=True, slots=True)
class Leader:
    """A model on the list of a week.

    Attributes
    ----------
    week_ending
        Its Sunday.
    name
        As listed.
    rank
        1 for the most tokens.
    tokens
        Of the week, input and output.
    source
        Where the row is from.
    """

    week_ending: dt.date
    name: str
    rank: int
    tokens: float
    source: str

    @property
    def model(self) -> str:
        """The model: its name without what tells variants apart."""
        for suffix in _VARIANTS:
            if self.name.endswith(suffix):
                return self.name.removesuffix(suffix)
        return self.name


def _leader(row: Row) -> Leader:
    return Leader(
        week_ending=row.date("week_ending"),
        name=row.text("model"),
        rank=int(row.number("rank", low=1.0, high=9.0)),
        tokens=row.number("total_tokens", low=1.0),
        source=row.text("source"),
    )


@cache
def weekly_leaders(dataset: Dataset = SHIPPED) -> tuple[Leader, ...]:
    """Read the nine leading models of every week, in order of date and rank.

    Who is absent had fewer tokens than the ninth, not none.
    """
    return tuple(
        sorted(
            dataset.records(WEEKLY_LEADERS, _leader), key=lambda row: (row.week_ending, row.rank)
        )
    )

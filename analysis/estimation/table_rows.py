"""Rows of the data that an observed moment rests on, and when they were published."""

from __future__ import annotations

import csv
import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from sim.data.dataset import KNOWN_ON
from sim.data.table import TABLES
from sim.nearest import offer
from sim.reading.frozen import Frozen

ObservedTable = Literal[
    "accelerators",
    "gpu_rental_prices",
    "llm_adoption",
    "llm_api_prices",
    "llm_quality",
    "openrouter_price_changes",
    "openrouter_weekly_top_models",
]
"""Shipped tables whose rows say when they were published."""


class TableRows(Frozen):
    """Rows of a shipped table, by what stands in their columns."""

    table: ObservedTable
    where: Annotated[dict[str, str | dt.date], Field(min_length=1)]
    """Text or dates by column, such as ``{entity: ByteDance Doubao, date: 2024-09-24}``."""

    def objection(self, known_on: dt.date) -> str:
        """Return why nobody could have used these rows on a day; empty: everybody could."""
        with (TABLES / f"{self.table}.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for column in self.where:
            if column not in rows[0]:
                return f"{self.table} has no column {column!r}.  {offer(column, list(rows[0]))}"
        wanted = {column: str(value) for column, value in self.where.items()}
        found = [row for row in rows if wanted.items() <= row.items()]
        said = ", ".join(f"{column} {value}" for column, value in wanted.items())
        if not found:
            return f"{self.table} has no row with {said}."
        for row in found:
            day = row[KNOWN_ON]
            if not day:
                return (
                    f"{self.table} does not say when its row with {said} was published, and what "
                    "nobody can date, nobody may claim to have known."
                )
            if dt.date.fromisoformat(day) > known_on:
                return f"the row of {self.table} with {said} was published on {day}."
        return ""

"""What is attributed: one number a replication and world, from the market's weekly table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.statistics import at_end, flow_mean
from sim.record.tables import TABLES
from sim.record.unit import Unit
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

LOG: Final = Unit("log")
"""Of differences of logarithms: 0.69 is twice as much."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """An outcome that is divided among factors.

    Attributes
    ----------
    name
        Identifier with its unit as suffix.
    label, short_label
        What people read, and what they read where there is little room.
    unit
        Of its values, and of all effects on it.
    measure
        From rows of the market table to a series indexed by ``replication``.
    """

    name: str
    label: str
    short_label: str
    unit: Unit
    measure: Callable[[pd.DataFrame], pd.Series[float]]

    def unit_for(self, most: float) -> Unit:
        """Return the multiple of the unit in which the largest effect is a short number."""
        return self.unit.readable(most)


def _end(name: str, short: str) -> Quantity:
    column = TABLES["market"][name]
    label = f"{column.label} at the end"
    return Quantity(f"{name}_end", label, short, column.unit, lambda rows: at_end(rows, name))


def _log_end(name: str, short: str) -> Quantity:
    column = TABLES["market"][name]

    def measure(rows: pd.DataFrame) -> pd.Series[float]:
        values = at_end(rows, name)
        return values.where(values > 0.0).apply(np.log)

    label = f"{column.label} at the end, in logs"
    return Quantity(f"{name}_end_log", label, short, LOG, measure)


def _a_year(name: str, label: str, short: str) -> Quantity:
    column = TABLES["market"][name]
    return Quantity(
        f"{name.removesuffix('_per_day')}_per_year",
        label,
        short,
        column.unit.per_year,
        lambda rows: flow_mean(rows, name) * DAYS_PER_YEAR,
    )


QUANTITIES: Final[tuple[Quantity, ...]] = (
    _log_end("price_paid_usd_per_mtok", "price"),
    _log_end("frontier_price_usd_per_mtok", "frontier"),
    _end("adopters_share", "users"),
    _end("tasks_share", "tasks"),
    _end("tokens_mtok_per_day", "tokens"),
    _a_year("consumer_surplus_usd_per_day", "Consumer surplus", "surplus"),
    _a_year("producer_surplus_usd_per_day", "Profit of all providers", "profit"),
)
"""Prices in logs, at the last snapshot; users, tasks and tokens there; money, undiscounted, a year:
the mean over the run."""

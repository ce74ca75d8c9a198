"""The outcomes that runs are compared by: one number a replication each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.scales import SIGNED, Scale, scale_of
from analysis.statistics import at_end, flow_mean, time_mean
from sim.record.column import ColumnKind
from sim.record.tables import TABLES
from sim.record.unit import Unit
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run


@dataclass(frozen=True)
class Outcome:
    """A number that every replication of a run has.

    Attributes
    ----------
    name
        Identifier with its unit as suffix.
    label
        What people read.
    unit
        Its unit; shares are stored as 0 to 1 and shown as ``%``.
    measure
        From a run to a series indexed by replication.
    scale
        Where its values live, which intervals keep to.
    column
        The market's weekly column whose last value it is; empty for other outcomes.
    is_chance
        Whether it is 1 where something happened and 0 where not, so that its mean is a probability.
    """

    name: str
    label: str
    unit: Unit
    measure: Callable[[Run], pd.Series[float]]
    scale: Scale = SIGNED
    column: str = ""
    is_chance: bool = False

    def unit_for(self, *values: float) -> Unit:
        """Return the multiple of the unit in which the largest of these is a short number."""
        return self.unit.readable(
            max((abs(value) for value in values if value == value), default=0)
        )


def _end(name: str) -> Outcome:
    """Value of a market column at the last snapshot."""
    column = TABLES["market"][name]
    return Outcome(
        name=f"{name}_end",
        label=f"{column.label} at the end",
        unit=column.unit,
        measure=lambda run: at_end(run.market, name),
        scale=scale_of(column),
        column=name,
    )


def _lowest(name: str) -> Outcome:
    """Lowest value of a market column at any snapshot from the first observation on."""
    column = TABLES["market"][name]
    return Outcome(
        name=f"{name}_lowest",
        label=f"{column.label} at its lowest",
        unit=column.unit,
        measure=lambda run: run.market.groupby("replication")[name].min(),
        scale=scale_of(column),
    )


def _mean(name: str) -> Outcome:
    """Mean of a market column over the run, as its kind has it; a daily flow counts per year."""
    column = TABLES["market"][name]
    if column.kind is ColumnKind.FLOW:
        return Outcome(
            name=f"{name.removesuffix('_per_day')}_per_year",
            label=column.label,
            unit=column.unit.per_year,
            measure=lambda run: flow_mean(run.market, name) * DAYS_PER_YEAR,
            scale=scale_of(column),
        )
    return Outcome(
        name=f"{name}_mean",
        label=f"{column.label}, mean over the run",
        unit=column.unit,
        measure=lambda run: time_mean(run.market, name),
        scale=scale_of(column),
    )


MARKET_OUTCOMES: tuple[Outcome, ...] = (
    _end("adopters_share"),
    _mean("adopters_share"),
    _end("tasks_share"),
    _end("tokens_mtok_per_day"),
    _lowest("price_paid_usd_per_mtok"),
    _end("price_paid_usd_per_mtok"),
    _mean("spend_usd_per_day"),
    _mean("consumer_surplus_usd_per_day"),
    _mean("surplus_before_fixed_usd_per_day"),
    _mean("producer_surplus_usd_per_day"),
    _end("hhi_tokens"),
    _end("providers_alive"),
)
"""Outcomes of the whole market; money per year is the undiscounted mean over the run."""


def domain_outcomes(domains: list[str]) -> tuple[Outcome, ...]:
    """Share of adopters at the end, domain by domain."""
    column = TABLES["domains"]["adopters_share"]

    def of(domain: str) -> Callable[[Run], pd.Series[float]]:
        return lambda run: at_end(run.domains[run.domains["domain"] == domain], column.name)

    return tuple(
        Outcome(
            name=f"{column.name}_end.{domain}",
            label=f"{column.label} at the end: {domain}",
            unit=column.unit,
            measure=of(domain),
            scale=scale_of(column),
        )
        for domain in domains
    )


def outcomes_of(run: Run) -> tuple[Outcome, ...]:
    """All outcomes of a run: the market's, then the domains' in the order of the table."""
    return MARKET_OUTCOMES + domain_outcomes(list(dict.fromkeys(run.domains["domain"])))

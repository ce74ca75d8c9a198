"""The outcomes that runs are compared by: one number a replication each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.statistics import at_end, flow_mean, time_mean

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

DAYS_PER_YEAR = 365.25


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
        Unit that people read; ``%`` outcomes are stored as shares, 0 to 1.
    measure
        From a run to a series indexed by replication.
    column
        The market's weekly column whose last value it is; empty for other outcomes.
    """

    name: str
    label: str
    unit: str
    measure: Callable[[Run], pd.Series[float]]
    column: str = ""

    def number(self, value: float) -> str:
        """Print a value of this outcome, without its unit."""
        if self.unit == "%":
            return f"{100 * value:.3g}"
        if abs(value) < 1e3:
            return f"{value:.3g}"
        if self.unit.startswith("USD/year") and abs(value) >= 1e6:
            return f"{value / 1e6:,.4g}M"
        return f"{float(f'{value:.4g}'):,.0f}"


def _end(column: str, label: str, unit: str) -> Outcome:
    return Outcome(
        f"{column}_end", f"{label} at the end", unit, lambda run: at_end(run.market, column), column
    )


def _per_year(column: str) -> Callable[[Run], pd.Series[float]]:
    return lambda run: flow_mean(run.market, column) * DAYS_PER_YEAR


MARKET_OUTCOMES: tuple[Outcome, ...] = (
    _end("adopters_share", "Adopters", "%"),
    Outcome(
        "adopters_share_mean",
        "Adopters, mean over the run",
        "%",
        lambda run: time_mean(run.market, "adopters_share"),
    ),
    _end("tasks_share", "Tasks run", "%"),
    _end("tokens_mtok_per_day", "Tokens", "Mtok/day"),
    _end("price_paid_usd_per_mtok", "Price paid", "USD/Mtok"),
    Outcome("spend_usd_per_year", "Spend", "USD/year", _per_year("spend_usd_per_day")),
    Outcome(
        "consumer_surplus_usd_per_year",
        "Consumer surplus",
        "USD/year",
        _per_year("consumer_surplus_usd_per_day"),
    ),
    Outcome(
        "producer_surplus_usd_per_year",
        "Producer surplus",
        "USD/year",
        _per_year("producer_surplus_usd_per_day"),
    ),
    _end("hhi_tokens", "Concentration of tokens", "HHI"),
    _end("providers_alive", "Providers alive", "providers"),
)
"""Outcomes of the whole market; money per year is the undiscounted mean over the run."""


def domain_outcomes(domains: list[str]) -> tuple[Outcome, ...]:
    """Share of adopters at the end, domain by domain."""

    def of(domain: str) -> Callable[[Run], pd.Series[float]]:
        return lambda run: at_end(
            run.domains[run.domains["domain"] == domain],
            "adopters_share",
        )

    return tuple(
        Outcome(f"adopters_share_end.{domain}", f"Adopters at the end: {domain}", "%", of(domain))
        for domain in domains
    )


def outcomes_of(run: Run) -> tuple[Outcome, ...]:
    """All outcomes of a run: the market's, then the domains' in the order of the table."""
    return MARKET_OUTCOMES + domain_outcomes(list(dict.fromkeys(run.domains["domain"])))

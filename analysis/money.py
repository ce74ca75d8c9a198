"""Who paid and who earned: yearly flows of money from the ledger, and what users gained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.statistics import flow_mean
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

FLOWS: dict[str, tuple[str, ...]] = {
    "users pay for tokens": ("tokens",),
    "owners fund the war": ("war budget",),
    "providers rent compute": ("compute",),
    "providers train, buy data, pay staff": ("training", "data", "staff"),
    "providers compress models": ("compression",),
    "clouds buy chips": ("chips",),
}
"""Flows that people read, and the purposes of the ledger that make them."""


def yearly_flows(run: Run) -> dict[str, pd.Series[float]]:
    """Sum the ledger by flow, USD a year, a number a replication.

    Returns
    -------
    dict
        By label, in the order of ``FLOWS``: series indexed by replication.
    """
    sums = run.ledger.groupby(["purpose", "replication"])["usd"].sum()
    years = run.scenario.duration_days / DAYS_PER_YEAR
    wide = sums.unstack("purpose").fillna(0.0).reindex(run.replications, fill_value=0.0)
    return {
        label: wide.reindex(columns=list(purposes), fill_value=0.0).sum(axis=1) / years
        for label, purposes in FLOWS.items()
    }


def yearly_gains(run: Run) -> dict[str, pd.Series[float]]:
    """Say what each side is left with, USD a year, a number a replication.

    Users: consumer surplus, what their tasks are worth to them beyond what they paid. Providers:
    revenue minus everything that they paid, before what owners put in. Clouds: compute revenue
    minus what goes on for chips; energy is counted in kWh, not in money. Chip vendors: revenue.
    """
    flows = yearly_flows(run)
    fixed = flows["providers train, buy data, pay staff"] + flows["providers compress models"]
    surplus = flow_mean(run.market, "consumer_surplus_usd_per_day") * DAYS_PER_YEAR
    return {
        "users (consumer surplus)": surplus,
        "providers (profit)": flows["users pay for tokens"]
        - flows["providers rent compute"]
        - fixed,
        "clouds (margin)": flows["providers rent compute"] - flows["clouds buy chips"],
        "chip vendors (revenue)": flows["clouds buy chips"],
    }


def provider_profits(run: Run) -> dict[str, pd.Series[float]]:
    """Profit of each provider, USD a year, a number a replication, owners' money left out.

    Returns
    -------
    dict
        By provider, in the order of the ledger.
    """
    ledger = run.ledger[~run.ledger["purpose"].isin(["opening cash", "war budget"])]
    years = run.scenario.duration_days / DAYS_PER_YEAR

    def moved(side: str, account: str) -> pd.Series[float]:
        rows = ledger[ledger[side] == account]
        sums = rows.groupby("replication")["usd"].sum()
        return sums.reindex(run.replications, fill_value=0.0) / years

    return {
        str(name): moved("payee", f"provider: {name}") - moved("payer", f"provider: {name}")
        for name in dict.fromkeys(run.providers["provider"])
    }

"""Who paid and who earned: yearly flows of money from the ledger, and what users gained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.statistics import flow_mean
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

FIXED_COSTS: Final = "providers train, buy data, pay staff"
"""The flow that is paid whatever is sold."""
BEFORE_FIXED_COSTS: Final = "producer surplus before fixed costs"
AFTER_FIXED_COSTS: Final = "producer surplus"

FLOWS: dict[str, tuple[str, ...]] = {
    "users pay for tokens": ("tokens",),
    "owners fund the war": ("war budget",),
    "providers rent compute": ("compute",),
    FIXED_COSTS: ("training", "data", "staff"),
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


def surplus_steps(run: Run) -> dict[str, pd.Series[float]]:
    """Return what providers earn, step by step, USD a year, a number a replication.

    Producer surplus before fixed costs is what users pay less compute and compression projects;
    producer surplus is that less training, data and staff, which are paid whatever is sold. What
    owners put in is left out.
    """
    flows = yearly_flows(run)
    revenue, compute = flows["users pay for tokens"], flows["providers rent compute"]
    projects, fixed = flows["providers compress models"], flows[FIXED_COSTS]
    before = revenue - compute - projects
    return {
        "users pay for tokens": revenue,
        "compute": -compute,
        "compression projects": -projects,
        BEFORE_FIXED_COSTS: before,
        "fixed costs: training, data, staff": -fixed,
        AFTER_FIXED_COSTS: before - fixed,
    }


def fixed_costs_by_provider(run: Run) -> pd.DataFrame:
    """Return what each provider pays for training, data and staff, USD a year.

    Returns
    -------
    pandas.DataFrame
        A row a replication, a column a provider in the order of the table.
    """
    ledger = run.ledger[run.ledger["purpose"].isin(FLOWS[FIXED_COSTS])]
    years = run.scenario.duration_days / DAYS_PER_YEAR
    paid = ledger.pivot_table(index="replication", columns="payer", values="usd", aggfunc="sum")
    names = [str(name) for name in dict.fromkeys(run.providers["provider"])]
    accounts = [f"provider: {name}" for name in names]
    whole = paid.reindex(index=run.replications, columns=accounts).fillna(0.0) / years
    return whole.set_axis(names, axis="columns")


def yearly_gains(run: Run) -> dict[str, pd.Series[float]]:
    """Return what each side is left with, USD a year, a number a replication.

    Users: consumer surplus, what their tasks are worth to them beyond what they paid. Providers:
    what `surplus_steps` says, before and after fixed costs. Clouds: compute revenue minus what goes
    on for chips; energy is counted in kWh, not in money. Chip vendors: revenue.
    """
    flows, steps = yearly_flows(run), surplus_steps(run)
    surplus = flow_mean(run.market, "consumer_surplus_usd_per_day") * DAYS_PER_YEAR
    return {
        "users (consumer surplus)": surplus,
        "providers (before fixed costs)": steps[BEFORE_FIXED_COSTS],
        "providers (profit)": steps[AFTER_FIXED_COSTS],
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

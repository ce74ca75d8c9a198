"""Who gains: surplus by party, by size of user and by domain, and whether the accounts add up.

A party's gain is what it is left with, USD a year over the run, not discounted:

- users: the value of the tasks run less all that they pay, in the market and outside it;
- providers: what they take less what they pay, with what their owners put into a war;
- owners: less what they put in; opening cash is lent, not spent, and left out;
- agencies: what providers pay them to seed a product, where any does;
- clouds: rent less what goes on for chips; chip vendors: revenue, since what a chip costs to make
  is not modelled.

What is paid to the rest of the world, for training, data, staff and projects, is a cost to society.
So total surplus is the value of the tasks run less these costs and what users spend outside the
market, and the gains of all parties add up to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.statistics import at_end, flow_mean
from sim.market.ledger import AccountKind, Purpose
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

USERS: Final = "users"
TOTAL: Final = "total surplus"
SIZES: Final = ("smallest third", "middle third", "largest third")
"""Users of a domain by the work that they have."""
_NAMES: Final[dict[str, str]] = {
    AccountKind.PROVIDER: "providers",
    AccountKind.OWNER: "owners",
    AccountKind.CLOUD: "clouds",
    AccountKind.CHIP_VENDOR: "chip vendors",
    AccountKind.AGENCY: "agencies",
}
_COSTS_OF_USERS: Final = ("running_fee", "setup_cost", "switching_cost", "device_cost")
_RELATIVE, _ABSOLUTE_USD = 1e-6, 1.0


def yearly(run: Run, column: str) -> pd.Series[float]:
    """Return the mean of a daily flow of the market over the run, a year, by replication."""
    return flow_mean(run.market, f"{column}_usd_per_day").reindex(run.replications) * DAYS_PER_YEAR


def gains_by_party(run: Run) -> dict[str, pd.Series[float]]:
    """Return what each party is left with, USD a year, a number a replication.

    Returns
    -------
    dict
        Users first, then every kind of account that the ledger has but users' and the world's.
    """
    balances = _balances(run)
    world = (AccountKind.USERS, AccountKind.WORLD)
    others = {
        _NAMES.get(kind, f"{kind}s"): balances[kind]
        for kind in balances.columns
        if kind not in world
    }
    return {USERS: yearly(run, "consumer_surplus"), **others}


def total_surplus(run: Run) -> pd.Series[float]:
    """Return the value of the tasks run less all that society spends on it, USD a year.

    Computed from the market's table and from what the rest of the world is paid, not from parties.
    """
    outside = sum(yearly(run, cost) for cost in _COSTS_OF_USERS)
    return value_of_tasks(run) - outside - _balances(run)[AccountKind.WORLD]


def value_of_tasks(run: Run) -> pd.Series[float]:
    """Return what the tasks run are worth to users before anything is paid for, USD a year.

    It is net of what handling the work takes of users, and of waiting: `gross_surplus` is.
    """
    return yearly(run, "gross_surplus") + yearly(run, "spend")


def surplus_at_rented_cost(run: Run) -> pd.Series[float]:
    """Return total surplus if every dollar of rent were the cost of a resource, USD a year.

    What chips, power and buildings cost to make is not modelled, and total surplus counts all rent
    as somebody's gain. The truth lies between both.
    """
    gains = gains_by_party(run)
    rent = [_NAMES[AccountKind.CLOUD], _NAMES[AccountKind.CHIP_VENDOR]]
    return total_surplus(run) - _sum(gains[party] for party in rent if party in gains)


def disagreements(run: Run) -> list[str]:
    """Return which accounts do not agree with an account of the same that shares no sum with them.

    Returns
    -------
    list
        Nothing if gains add up to total surplus, what users pay is what providers sell, providers'
        cash is what they took less what they paid, and clouds and chip vendors earn their bills.
    """
    return [name for name, first, second in _twice(run) if not _agree(first, second)]


def _twice(run: Run) -> Iterator[tuple[str, pd.Series[float], pd.Series[float]]]:
    """Yield what is accounted for twice, each with both accounts."""
    gains = gains_by_party(run)
    yield "gains of all parties", _sum(gains.values()), total_surplus(run)
    paid = run.ledger.groupby(["purpose", "replication"])["usd"].sum()
    bills = paid.unstack("purpose").reindex(run.replications).fillna(0.0) / _years(run)
    yield "what users pay", bills[Purpose.TOKENS], yearly(run, "spend")
    cash = run.providers.sort_values("time_days").groupby(["replication", "provider"])["cash_usd"]
    held = cash.last().groupby("replication").sum().reindex(run.replications) / _years(run)
    took = _balances(run, opening_cash=True)[AccountKind.PROVIDER]
    yield "providers' cash", took, held
    for name, table, purpose in (
        ("clouds' revenue", run.clouds, Purpose.COMPUTE),
        ("chip vendors' revenue", run.chips, Purpose.CHIPS),
    ):
        if purpose in bills and len(table):
            by_time = table.groupby(["replication", "time_days"])["revenue_usd_per_day"].sum()
            # nobody rents anything on the first day, which has no rows
            first = run.market[["replication", "time_days"]].drop_duplicates()
            whole = first.merge(by_time.reset_index(), how="left").fillna(0.0)
            earned = flow_mean(whole, "revenue_usd_per_day").reindex(run.replications)
            yield name, bills[purpose], earned * DAYS_PER_YEAR


def _sum(series: Iterable[pd.Series[float]]) -> pd.Series[float]:
    total, *others = series
    for other in others:
        total = total + other
    return total


def _agree(first: pd.Series[float], second: pd.Series[float]) -> bool:
    return bool(
        np.allclose(first.to_numpy(), second.to_numpy(), rtol=_RELATIVE, atol=_ABSOLUTE_USD)
    )


def _years(run: Run) -> float:
    return run.scenario.duration_days / DAYS_PER_YEAR


def _balances(run: Run, *, opening_cash: bool = False) -> pd.DataFrame:
    """Return what accounts of each kind took less what they paid, USD a year, by replication."""
    ledger = run.ledger
    if not opening_cash:
        ledger = ledger[ledger["purpose"] != Purpose.OPENING_CASH]
    sides = {}
    for side in ("payee", "payer"):
        kind = ledger[side].str.partition(": ")[0]
        sides[side] = ledger.groupby([ledger["replication"], kind])["usd"].sum().unstack()
    balances = sides["payee"].sub(sides["payer"], fill_value=0.0).fillna(0.0)
    kinds = [kind for kind in (*_NAMES, AccountKind.WORLD) if kind != AccountKind.AGENCY]
    kinds += [kind for kind in balances.columns if kind not in kinds]
    whole = balances.reindex(index=run.replications, columns=kinds, fill_value=0.0)
    return whole / _years(run)


# ----------------------------------------------------------------------- by size and domain


def surplus_by_type(run: Run) -> pd.DataFrame:
    """Return consumer surplus by type of user, USD a year over the run.

    Returns
    -------
    pandas.DataFrame
        A row a replication, a column a domain and type.
    """
    wide = run.welfare.pivot(
        index=["replication", "time_days"],
        columns=["domain", "user_type"],
        values="surplus_usd_per_day",
    )
    days = wide.index.to_frame()["time_days"].groupby(level="replication").diff()
    sums = wide.mul(days, axis=0).groupby(level="replication").sum()
    return sums / _years(run)


def users_by_type(run: Run) -> pd.Series[float]:
    """Return how many users are of each type, as a mean over replications."""
    rows = run.welfare[run.welfare["time_days"] == run.welfare["time_days"].max()]
    users: pd.Series[float] = rows.groupby(["domain", "user_type"], sort=False)["users"].mean()
    return users


def by_size(values: pd.DataFrame) -> pd.DataFrame:
    """Sum columns of domains and types by domain and size; a type on a border is split.

    Types are equally likely strata of volume, in their order, so that type n of T has the users
    between the shares n/T and (n + 1)/T.

    Parameters
    ----------
    values
        A column a domain and type, as `surplus_by_type` returns it.
    """
    import pandas as pd

    found = {}
    for domain in dict.fromkeys(values.columns.get_level_values("domain")):
        own = values[domain].sort_index(axis="columns")
        edges = np.linspace(0.0, 1.0, own.shape[1] + 1)
        for number, size in enumerate(SIZES):
            low, high = number / len(SIZES), (number + 1) / len(SIZES)
            inside = np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0.0, None)
            found[domain, size] = own @ (inside * own.shape[1])
    return pd.DataFrame(found)


# ------------------------------------------------------------------------------- at the end


def log_sum_at_end(run: Run) -> dict[str, pd.Series[float]]:
    """Return what the last day's offers are worth, USD a day, by replication.

    Returns
    -------
    dict
        ``log_sum_surplus``, ``expected_margin`` and ``deadweight_loss``, summed over types.
    """
    last = run.welfare[run.welfare["time_days"] == run.welfare["time_days"].max()]
    sums = last.groupby("replication").sum(numeric_only=True).reindex(run.replications)
    return {
        name: sums[f"{name}_usd_per_day"]
        for name in ("log_sum_surplus", "expected_margin", "deadweight_loss")
    }


def viable_tasks_at_end(run: Run) -> pd.Series[float]:
    """Return the share of all users' tasks that the best of the last offers makes worth running."""
    last = run.welfare[run.welfare["time_days"] == run.welfare["time_days"].max()]
    work = last["users"] * last["volume_mtok_per_month"]
    viable = (work * last["viable_tasks_share"]).groupby(last["replication"]).sum()
    share: pd.Series[float] = viable / work.groupby(last["replication"]).sum()
    return share.reindex(run.replications)


def capability_gained(run: Run) -> pd.Series[float]:
    """Return by how much the best capability ever on offer rose over the run, in logits."""
    frontier = run.market.sort_values("time_days").groupby("replication")
    column = "frontier_capability_logit"
    return (frontier[column].max() - frontier[column].first()).reindex(run.replications)


def active_developers(run: Run) -> pd.Series[float]:
    """Return how many providers still there have launched or improved a product in a year."""
    from sim.record.event import EventKind

    alive = run.providers.sort_values("time_days").groupby(["replication", "provider"])["state"]
    there = alive.last() == "active"
    new = run.events["kind"].isin([EventKind.LAUNCH, EventKind.CAPABILITY])
    recent = run.events["time_days"] > run.market["time_days"].max() - DAYS_PER_YEAR
    acted = run.events[new & recent].groupby(["replication", "actor"]).size()
    acted.index = acted.index.rename(["replication", "provider"])
    both = there & (acted.reindex(there.index).fillna(0) > 0)
    active: pd.Series[float] = both.groupby("replication").sum().astype(float)
    return active.reindex(run.replications)


def at_the_end(run: Run, column: str) -> pd.Series[float]:
    """Return a column of the market at the last snapshot, by replication."""
    return at_end(run.market, column).reindex(run.replications)

"""Outcomes of a point of a sweep: those that runs are compared by, and two of the long run."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from analysis.outcomes import MARKET_OUTCOMES, Outcome
from analysis.scales import SIGNED
from analysis.statistics import flow_mean
from sim.record.tables import TABLES
from sim.record.unit import Unit
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

LONG_RUN_DAYS: Final = 182.0
"""The long run is the last half-year, or the second half of a run that is shorter than a year."""
ADDED: Final = "_added"
"""How names of effects end: the outcome with the first value of a contrast, less the second."""
_SURPLUS = TABLES["market"]["consumer_surplus_usd_per_day"]


def outcomes_of_points(hosts: Collection[str]) -> tuple[Outcome, ...]:
    """Return the outcomes of a point.

    Parameters
    ----------
    hosts
        Providers that develop no model.
    """
    return (
        *MARKET_OUTCOMES,
        Outcome(
            name="consumer_surplus_long_run_usd_per_year",
            label=f"{_SURPLUS.label} in the long run",
            unit=_SURPLUS.unit.per_year,
            measure=_long_run_surplus,
        ),
        Outcome(
            name="solvent_developers_end",
            label="Solvent developers at the end",
            unit=Unit("providers"),
            measure=lambda run: _solvent(run, hosts),
        ),
    )


def added(outcome: Outcome) -> Outcome:
    """Return what a contrast adds to an outcome; it is measured as a difference of two."""
    return Outcome(
        name=f"{outcome.name}{ADDED}",
        label=f"{outcome.label}, added",
        unit=outcome.unit,
        measure=outcome.measure,
        scale=SIGNED,
    )


def hosts_among(products: list[dict[str, Any]]) -> set[str]:
    """Return the providers that serve only models which are not their own.

    A product that names another ``model`` than itself hosts it.
    """
    hosting = {p["provider"] for p in products if p.get("model") not in (None, p["name"])}
    return hosting - {p["provider"] for p in products if p.get("model") in (None, p["name"])}


def _long_run_surplus(run: Run) -> pd.Series[float]:
    rows = run.market
    last = float(rows["time_days"].max())
    first = last - min(LONG_RUN_DAYS, last / 2)
    return flow_mean(rows[rows["time_days"] >= first], _SURPLUS.name) * DAYS_PER_YEAR


def _solvent(run: Run, hosts: Collection[str]) -> pd.Series[float]:
    """Developers that have not left and owe nothing at the last snapshot, per replication."""
    rows = run.table("providers")
    rows = rows[rows["time_days"] == rows["time_days"].max()]
    solvent = (rows["state"] == "active") & (rows["cash_usd"] >= 0.0)
    solvent &= ~rows["provider"].isin(list(hosts))
    counts: pd.Series[float] = solvent.groupby(rows["replication"]).sum().astype("float64")
    return counts

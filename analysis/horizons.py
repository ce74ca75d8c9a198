"""When the effect of a war is read: 1, 3, 6 and 12 months after its trigger, and at the end."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.reactions import main_trigger
from analysis.words import counted
from sim.record.run import Run
from sim.units import DAYS_PER_MONTH

if TYPE_CHECKING:
    import pandas as pd

MONTHS = (1, 3, 6, 12)


@dataclass(frozen=True, slots=True)
class Horizon:
    """A time at which an effect is read.

    Attributes
    ----------
    label
        Such as ``3 months`` or ``the end``.
    time_days
        Days since the run's first day.
    date
        The same as a date.
    reached
        Whether the run lasts that long.
    """

    label: str
    time_days: float
    date: dt.date
    reached: bool


def horizons(run: Run) -> list[Horizon]:
    """Return the times at which the effects of a run's war are read.

    They count from what set the war off, or from the first day if nothing did.
    """
    trigger = main_trigger(run)
    since = 0.0 if trigger is None else trigger.time_days
    last = run.scenario.duration_days
    found = [
        _horizon(run, counted(count, "month"), since + count * DAYS_PER_MONTH) for count in MONTHS
    ]
    return [it for it in found if it.time_days != last] + [_horizon(run, "the end", last)]


def market_at(
    run: Run, column: str, time: Horizon, replications: Sequence[int]
) -> pd.Series[float]:
    """Return a market column at the last snapshot up to a time, a value a replication."""
    rows = run.market[run.market["time_days"] <= time.time_days]
    ordered = rows.sort_values(["replication", "time_days"])
    return ordered.groupby("replication")[column].last().reindex(list(replications))


def products_at(run: Run, time: Horizon) -> pd.DataFrame:
    """Return the rows of products at the last snapshot up to a time."""
    days = run.products["time_days"]
    rows: pd.DataFrame = run.products[days == days[days <= time.time_days].max()]
    return rows


def _horizon(run: Run, label: str, time_days: float) -> Horizon:
    date = run.scenario.start_date + dt.timedelta(days=math.floor(time_days))
    return Horizon(label, time_days, date, time_days <= run.scenario.duration_days)

r"""What providers earn, week by week, from the table of providers alone.

Profit is revenue less accelerators, training, data, staff, compression and campaigns of seeding;
what is not written of a week counts as none. What owners put in is left out, so that a war that
they fund counts as the loss that it is. In money of the first day it is
:math:`\sum_w \pi_w e^{-r t_w}`, with t the middle of the week and r a yearly rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sim.quantities import FloatArray
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    import pandas as pd

COSTS: Final = (
    "compute_usd_per_day",
    "training_usd_per_day",
    "data_usd_per_day",
    "staff_usd_per_day",
    "compression_usd_per_day",
    "seeding_usd_per_day",
)
"""Columns of what a provider pays; what its owner makes good of a war is no revenue."""
PROFIT_SQL: Final = " - ".join(
    f"coalesce({column}, 0)" for column in ("revenue_usd_per_day", *COSTS)
)
"""What a provider earns, USD a day, of the columns of its table."""
_DISCOUNTED: Final = """
with weeks as (
  select *, time_days - lag(time_days) over (partition by {keys} order by time_days) as days
  from {table}
)
select {keys}, sum(coalesce({flow}, 0) * days * exp(-{rate} * (time_days - days / 2) / {year}))
  as usd {more}
from weeks group by {keys}
"""


def weekly_profits(
    providers: pd.DataFrame, provider: str, discount_rate_per_year: float = 0.0
) -> pd.DataFrame:
    """Return what a provider earned in each week, USD.

    ``pi_t = (revenue_t - costs_t) (t - t-) exp(-r (t + t-)/2)``, t the end of the week, t- that of
    the one before, and r the rate of discount. Payments by its owner are left out, so that the
    sum over the run is the profit of the ledger.

    Parameters
    ----------
    providers
        The table of providers of a run, or of a point of a sweep.
    provider
        Whose.
    discount_rate_per_year
        r, continuously compounded; 0: money of all weeks counts the same.

    Returns
    -------
    pandas.DataFrame
        A row a snapshot, by ``time_days``, a column a replication.
    """
    own = providers[providers["provider"] == provider]
    flow = own["revenue_usd_per_day"].fillna(0.0) - own[list(COSTS)].fillna(0.0).sum(axis=1)
    wide = (
        own.assign(flow=flow)
        .pivot_table(index="time_days", columns="replication", values="flow", dropna=False)
        .fillna(0.0)
        .sort_index()
    )
    times = np.unique(providers["time_days"].to_numpy(dtype=np.float64))
    weights = _weights(times, discount_rate_per_year)
    return wide.reindex(times, fill_value=0.0).mul(weights, axis="index")


def mean_profits(
    providers: pd.DataFrame, provider: str, discount_rate_per_year: float = 0.0
) -> pd.Series[float]:
    """Return a provider's profit, USD a year, a number a replication."""
    weeks = weekly_profits(providers, provider, discount_rate_per_year)
    span_days = float(weeks.index.max() - weeks.index.min()) if len(weeks) else 0.0
    return weeks.sum() / (span_days / DAYS_PER_YEAR)


def discounted_sql(table: str, keys: str, flow: str, rate_per_year: float, more: str = "") -> str:
    """Return the query of a flow a day, summed over a run and discounted as `weekly_profits` are.

    Parameters
    ----------
    table
        With ``time_days``, a row a snapshot.
    keys
        Columns, of which each combination is summed apart.
    flow
        Of the table's columns, such as `PROFIT_SQL`; a week of which it is not known counts as 0.
    rate_per_year
        r, continuously compounded.
    more
        Further columns of the result, beside ``usd``.
    """
    return _DISCOUNTED.format(
        table=table, keys=keys, flow=flow, rate=rate_per_year, year=DAYS_PER_YEAR, more=more
    )


def _weights(times: FloatArray, discount_rate_per_year: float) -> FloatArray:
    days = np.diff(times, prepend=times[:1])
    middle = times - days / 2.0
    return np.asarray(days * np.exp(-discount_rate_per_year * middle / DAYS_PER_YEAR))

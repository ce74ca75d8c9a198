"""Price indices of a run: the levels that its table holds, and those of the first window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from sim.market.price_comparison import geks, time_hedonic
from sim.market.price_index import Comparison, Period, SplicedIndex, periods_of_window

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from sim.record.run import Run

INDICES: Final[dict[str, Comparison]] = {
    "price_index": geks,
    "hedonic_price_index": time_hedonic,
}
"""Columns of the market table that are price indices, and how each compares periods."""


def first_window(run: Run, column: str) -> pd.DataFrame:
    """Return the levels of the weeks before an index has any in the table.

    They rest on all weeks of the first window, so they became known in its last week: the table,
    whose rows know nothing of later weeks, leaves them out. Worked out anew from the products
    table. Empty where the run is shorter than a window.

    Parameters
    ----------
    run
        A finished run.
    column
        A key of ``INDICES``.

    Returns
    -------
    pandas.DataFrame
        ``replication``, ``time_days``, ``date`` and the column, to the window's last week.
    """
    import pandas as pd

    window = periods_of_window(run.scenario.snapshot_every_days)
    found = [
        rows.assign(replication=replication)
        for replication, own in run.products.groupby("replication")
        for rows in _levels(own, column, SplicedIndex(window, INDICES[column]))
    ]
    if not found:
        return pd.DataFrame(columns=["replication", "time_days", "date", column])
    return pd.concat(found, ignore_index=True)


def _levels(products: pd.DataFrame, column: str, index: SplicedIndex) -> Iterator[pd.DataFrame]:
    """Yield the first window's rows of one replication, if it has a full window."""
    weeks = products[["time_days", "date"]].drop_duplicates().sort_values("time_days")
    wide = {
        name: products.pivot(index="time_days", columns="product", values=name).to_numpy()
        for name in ("revenue_usd_per_day", "tokens_mtok_per_day", "capability_logit")
    }
    sold = zip(*wide.values(), strict=True)
    for week, (revenue, mtok, capability) in enumerate(sold):
        index.add(Period.of_sales(np.nan_to_num(revenue), np.nan_to_num(mtok), capability))
        if index.levels:
            rows = weeks.iloc[week + 1 - index.window : week + 1]
            yield rows.assign(**{column: index.levels})
            return

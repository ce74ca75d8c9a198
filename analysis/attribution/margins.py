r"""How much of a fall of the price is a squeeze of the margin, and how much came with the cost.

With P the average list price, blended over input and output, and C the average cost of serving,
both weighted by all tokens, the mark-up is P/C, and

.. math:: 1 - \frac{d \ln C}{d \ln P}

is the part of a fall of ln P that the mark-up bore. It is 0 where costs alone carried the price
down, 1 where margins alone did, above 1 where the price fell though costs rose. Tokens that are
free of charge count at the list price, and tariffs do not enter, so P is not what is paid. Averages
move with what is bought, too: a shift to cheaper products is a change of P and of C.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.ratio import ratio_of_means
from analysis.statistics import Interval, first_settlement_days
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

_STILL: Final = 1e-3
"""A change of the log of the price too small to be divided."""


def log_averages(products: pd.DataFrame, *, at_end: bool) -> pd.DataFrame:
    """Return logs of the average price and cost at the first settlement or the last snapshot.

    Parameters
    ----------
    products
        The table of products.
    at_end
        Which.

    Returns
    -------
    pandas.DataFrame
        Indexed by replication: ``price`` and ``cost``, logs of USD per million tokens, weighted by
        tokens; NaN where nothing is sold, or given away.
    """
    times = products["time_days"]
    time = float(times.max()) if at_end else first_settlement_days(times)
    rows = products[(times == time) & (products["tokens_mtok_per_day"] > 0.0)]
    weights = rows["tokens_mtok_per_day"]
    sums = (
        rows.assign(
            price=weights * rows["price_usd_per_mtok"],
            cost=weights * rows["marginal_cost_usd_per_mtok"],
            tokens=weights,
        )
        .groupby("replication")[["price", "cost", "tokens"]]
        .sum()
    )
    means = sums[["price", "cost"]].div(sums["tokens"], axis=0)
    return means.where(means > 0.0).apply(np.log)


def squeezed_share(price: FloatArray, cost: FloatArray) -> Interval:
    """Return the part of a change of the log of the price that the mark-up bore.

    Parameters
    ----------
    price, cost
        (R,): changes of the logs; the share is that of their means.

    Returns
    -------
    Interval
        That of Fieller; it says nothing where the price may not have changed. NaN where it has not.

    Examples
    --------
    >>> import numpy as np
    >>> squeezed_share(np.array([-0.5, -0.5]), np.array([-0.125, -0.125])).centre
    0.75
    """
    known = np.isfinite(price) & np.isfinite(cost)
    if not known.any() or abs(price[known].mean()) < _STILL:
        return Interval(math.nan, math.nan, math.nan, int(known.sum()))
    return ratio_of_means(price - cost, price)

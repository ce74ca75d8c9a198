"""An account of the change of the average price in one world, exact, in USD per million tokens.

It is bookkeeping and no attribution: it says through what the price of this world moved, not what
it would have done otherwise. What a difference between two worlds is worth, such as a war, is the
paired difference of their accounts (`analysis.price_account_difference`).

The average price is the token-weighted mean of list prices, ``P = sum_j w_j p_j``, with ``p_j``
the blended price of product j and ``w_j`` its share of all tokens. From one snapshot to the next
its change splits, by the arithmetic-mean indicator of Bennet (1920), into what happened within
products and what happened between them:

    P1 - P0 = sum_j wbar_j (p1_j - p0_j)  +  sum_j (pbar_j - Pbar) (w1_j - w0_j),

a bar being the mean of both ends. Within a product the price is cost plus margin, and its cost
moves by compression, hardware and rent, so ``p1 - p0`` splits further without a remainder. Between
products, the tokens that move to a product launched after the first snapshot count as *new models*,
those that move among the others as *mix*. A product that enters or leaves in a step has no price
change in it. The steps of all weeks are added up (a chained indicator), so that weights are never
far from the week they weigh. Nothing is divided by a price: free products need no special case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.statistics import Interval, student
from sim.errors import ResultError
from sim.quantities import FloatArray

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run


PARTS: tuple[str, ...] = (
    "compression",
    "hardware",
    "rent",
    "other_cost",
    "margin",
    "new_models",
    "mix",
)
"""Through what the price moved, in the order in which the parts are shown."""

LABELS: dict[str, str] = {
    "compression": "compression",
    "hardware": "hardware",
    "rent": "accelerator rent",
    "other_cost": "other cost",
    "margin": "margin",
    "new_models": "new models",
    "mix": "mix of old models",
}
"""What people read for each part."""
_SILENT_SHARE = 1e-9
"""Share of the price below which a part is rounding."""

_COLUMNS = (
    "price_usd_per_mtok",
    "marginal_cost_usd_per_mtok",
    "cost_by_compression_usd_per_mtok",
    "cost_by_hardware_usd_per_mtok",
    "cost_by_rent_usd_per_mtok",
    "tokens_mtok_per_day",
)


@dataclass(frozen=True)
class PriceAccount:
    """An account of the change of the average price in one world.

    Attributes
    ----------
    provider
        Whose average price; None for the whole market.
    levels
        Indexed by replication: ``start`` and ``end`` in USD per million tokens.
    frame
        ``replication``, ``provider``, ``product``, ``part``, ``usd_per_mtok``: what each product
        contributed through each part. Adds up to ``end - start`` in every replication.
    """

    provider: str | None
    levels: pd.DataFrame
    frame: pd.DataFrame

    @property
    def start(self) -> Interval:
        """Average price at the first snapshot with sales, USD per million tokens."""
        return student(self.levels["start"].to_numpy())

    @property
    def end(self) -> Interval:
        """Average price at the last snapshot with sales, USD per million tokens."""
        return student(self.levels["end"].to_numpy())

    @property
    def change(self) -> Interval:
        """End minus start, USD per million tokens."""
        return student((self.levels["end"] - self.levels["start"]).to_numpy())

    @property
    def by_replication(self) -> pd.DataFrame:
        """A row a replication, a column a part, USD per million tokens."""
        return _by_replication(self.frame, self.levels.index)

    def parts(self) -> dict[str, Interval]:
        """Return the contribution of every part to the change, USD per million tokens."""
        return _intervals(self.by_replication)

    def moving_parts(self) -> list[str]:
        """Return the parts that moved the price: what is zero by construction is left out."""
        least = _SILENT_SHARE * max(self.start.centre, self.end.centre)
        return [part for part, moved in self.parts().items() if abs(moved.centre) > least]

    def by_provider(self) -> dict[str, dict[str, Interval]]:
        """Return the contributions to the same change by provider, then by part."""
        return {
            str(provider): _intervals(_by_replication(rows, self.levels.index))
            for provider, rows in self.frame.groupby("provider", sort=False)
        }


def price_account(run: Run, provider: str | None = None) -> PriceAccount:
    """Account for the change of the average price over a run.

    Parameters
    ----------
    run
        A finished run.
    provider
        Account for the average price of this provider; None: of the whole market.

    Raises
    ------
    ResultError
        If nothing was sold at two snapshots of a replication: there is no change to explain.
    """
    products = run.products
    if provider is not None:
        products = products[products["provider"] == provider]
    return account(products, provider)


def account(products: pd.DataFrame, provider: str | None = None) -> PriceAccount:
    """Account for the change of the average price of the rows of a products table.

    Raises
    ------
    ResultError
        As :func:`price_account`.
    """
    import pandas as pd

    on_offer = products["listed"] | (products["tokens_mtok_per_day"] > 0)
    products = products[on_offer]
    owner = products.drop_duplicates("product").set_index("product")["provider"]
    rows, levels = [], {}
    for replication, own in products.groupby("replication"):
        wide = {
            column: own.pivot(index="time_days", columns="product", values=column)
            for column in _COLUMNS
        }
        names = wide["price_usd_per_mtok"].columns
        parts, start, end = chained_bennet(*(wide[column].to_numpy() for column in _COLUMNS))
        levels[replication] = {"start": start, "end": end}
        account_of = pd.DataFrame(parts.T, index=names, columns=list(PARTS))
        rows.append(
            account_of.rename_axis(columns="part")
            .melt(ignore_index=False, value_name="usd_per_mtok")
            .reset_index()
            .assign(replication=replication)
        )
    if not rows:
        raise ResultError(f"no product of {provider or 'the market'} was ever on offer")
    frame = pd.concat(rows, ignore_index=True)
    frame["provider"] = frame["product"].map(owner)
    return PriceAccount(
        provider,
        pd.DataFrame.from_dict(levels, orient="index").rename_axis("replication"),
        frame[["replication", "provider", "product", "part", "usd_per_mtok"]],
    )


def chained_bennet(
    price: FloatArray,
    cost: FloatArray,
    compression: FloatArray,
    hardware: FloatArray,
    rent: FloatArray,
    tokens: FloatArray,
) -> tuple[FloatArray, float, float]:
    """Split the change of one replication's average price; see the module's equation.

    Parameters
    ----------
    price, cost
        USD per million tokens, shape [T, J]; NaN while a product is not on offer.
    compression, hardware, rent
        Cumulative changes of the cost since the product's launch, shape [T, J].
    tokens
        Any unit, shape [T, J]; NaN counts as zero.

    Returns
    -------
    parts
        Contributions in the order of ``PARTS``, shape [7, J].
    start, end
        The average price at both ends.

    Raises
    ------
    ResultError
        If fewer than two snapshots have sales.
    """
    sold = np.nan_to_num(tokens)
    open_weeks = sold.sum(axis=1) > 0
    if open_weeks.sum() < 2:
        raise ResultError("nothing was sold at two snapshots: there is no price change to explain")
    price, cost, compression, hardware, rent = (
        grid[open_weeks] for grid in (price, cost, compression, hardware, rent)
    )
    weight = sold[open_weeks] / sold[open_weeks].sum(axis=1, keepdims=True)
    average = (weight * np.nan_to_num(price)).sum(axis=1)

    stays = np.isfinite(price[1:]) & np.isfinite(price[:-1])
    within = (weight[1:] + weight[:-1]) / 2

    def moved(grid: FloatArray) -> FloatArray:
        change = np.where(stays, np.nan_to_num(grid[1:]) - np.nan_to_num(grid[:-1]), 0.0)
        return np.asarray((within * change).sum(axis=0))

    causes = [moved(grid) for grid in (compression, hardware, rent)]
    by_cost = moved(cost)
    between = _between(price, weight, average)
    new = np.isnan(price[0])
    parts = np.stack(
        [
            *causes,
            by_cost - sum(causes),
            moved(price) - by_cost,
            np.where(new, between, 0.0),
            np.where(new, 0.0, between),
        ]
    )
    return parts, float(average[0]), float(average[-1])


def _between(price: FloatArray, weight: FloatArray, average: FloatArray) -> FloatArray:
    """Contribution of moves between products, shape [J]; an absent end takes the other's price."""
    before = np.where(np.isfinite(price[:-1]), price[:-1], price[1:])
    after = np.where(np.isfinite(price[1:]), price[1:], price[:-1])
    distance = np.nan_to_num((before + after) / 2) - (average[1:] + average[:-1])[:, None] / 2
    return np.asarray((distance * (weight[1:] - weight[:-1])).sum(axis=0))


def _by_replication(frame: pd.DataFrame, replications: pd.Index) -> pd.DataFrame:
    sums = frame.groupby(["replication", "part"])["usd_per_mtok"].sum().unstack("part")
    return sums.reindex(index=replications, columns=list(PARTS), fill_value=0.0)


def _intervals(parts: pd.DataFrame) -> dict[str, Interval]:
    return {part: student(parts[part].to_numpy()) for part in PARTS}

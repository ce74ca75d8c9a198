"""Two worlds' accounts of the average price, held against each other replication by replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.comparison import paired_replications
from analysis.price_account import PARTS, PriceAccount, account
from analysis.statistics import Interval, student

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run


@dataclass(frozen=True)
class AccountDifference:
    """The paired difference of two accounts, first minus second.

    Both worlds share every draw, so what one account has beyond the other is the effect of what
    differs between the worlds. The differences of the parts add up to that of the change.

    Attributes
    ----------
    first, second
        The accounts of both worlds, of the replications that both have.
    """

    first: PriceAccount
    second: PriceAccount

    @property
    def change(self) -> Interval:
        """By how much more the price changed in the first world, USD per million tokens."""
        return student(self.by_replication.sum(axis=1).to_numpy())

    @property
    def by_replication(self) -> pd.DataFrame:
        """A row a replication, a column a part: first minus second, USD per million tokens."""
        return self.first.by_replication - self.second.by_replication

    def parts(self) -> dict[str, Interval]:
        """Return the difference of every part, USD per million tokens, paired."""
        paired = self.by_replication
        return {part: student(paired[part].to_numpy()) for part in PARTS}


def account_difference(first: Run, second: Run) -> AccountDifference:
    """Account for the average price in two worlds, and pair the accounts.

    Parameters
    ----------
    first, second
        Finished runs with the same seed, first day, last day and snapshots.

    Raises
    ------
    ResultError
        If the runs cannot be paired, or nothing was sold at two snapshots of a replication.
    """
    paired = list(paired_replications(first, second))
    accounts = (
        account(run.products[run.products["replication"].isin(paired)]) for run in (first, second)
    )
    return AccountDifference(*accounts)

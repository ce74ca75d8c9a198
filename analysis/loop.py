"""The loop of price, adoption, satisfaction and competitiveness, between two worlds, by product.

What one world differs by from another with the same draws is followed from link to link: price,
users, how satisfied they are, reputation, share of all users of products. In a market all links
move together, so that the table shows a course and no cause; what hangs on one link alone is found
by cutting it, as `sim.feedback.price_feedback` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison import paired_replications
from analysis.statistics import Interval, student
from sim.record.run import Run

if TYPE_CHECKING:
    import pandas as pd

_MOVED = 0.005
"""Prices that differ by less in logarithms are the same."""


@dataclass(frozen=True, slots=True)
class Course:
    """What a product differs by between two worlds on their last common day, paired.

    Attributes
    ----------
    product
        Its name.
    price, users
        Differences of logarithms; of users over replications in which it has some in both.
    satisfaction, reputation
        Differences of the mean over its users, and of what is known; without replications where
        nobody has it, or reputation has no weight.
    share
        Difference of its share of all users of products.
    """

    product: str
    price: Interval
    users: Interval
    satisfaction: Interval
    reputation: Interval
    share: Interval


def courses(run: Run, other: Run, most: int = 8) -> list[Course]:
    """Return the courses of the products whose prices differ, those with the most users first.

    Parameters
    ----------
    run, other
        Worlds of the same seed.
    most
        How many products at most.
    """
    paired = list(paired_replications(run, other))
    last = min(run.products["time_days"].max(), other.products["time_days"].max())
    ends = [_end(world, last, paired) for world in (run, other)]
    on_offer = ends[0]["listed"].all() & ends[1]["listed"].all()
    names = [name for name in ends[0]["users"].columns if bool(on_offer.get(name, False))]
    most_users = ends[0]["users"].mean().to_dict()
    names.sort(key=lambda name: (-most_users[name], name))
    found = [_course(name, *ends) for name in names]
    return [one for one in found if abs(one.price.centre) > _MOVED][:most]


def _end(run: Run, last: float, paired: list[int]) -> dict[str, pd.DataFrame]:
    """Return each column on the last day, replications by products."""
    rows = run.products[run.products["time_days"] == last]
    columns = ("listed", "price_usd_per_mtok", "users", "satisfaction", "reputation")
    wide = {
        name: rows.pivot(index="replication", columns="product", values=name).loc[paired]
        for name in columns
    }
    wide["share"] = wide["users"].div(wide["users"].sum(axis=1), axis=0)
    return wide


def _course(name: str, end: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> Course:
    def gap(column: str, *, logs: bool = False) -> Interval:
        values = [world[column][name].to_numpy(dtype=float) for world in (end, other)]
        if logs:
            with np.errstate(divide="ignore"):
                values = [np.log(value) for value in values]
        with np.errstate(invalid="ignore"):
            difference = values[0] - values[1]
        return student(np.where(np.isfinite(difference), difference, np.nan))

    return Course(
        product=name,
        price=gap("price_usd_per_mtok", logs=True),
        users=gap("users", logs=True),
        satisfaction=gap("satisfaction"),
        reputation=gap("reputation"),
        share=gap("share"),
    )

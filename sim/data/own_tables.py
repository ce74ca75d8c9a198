"""Folders of tables of one's own, every row of which is checked before anything is made of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from pathlib import Path

from sim.data.accelerators import ACCELERATORS, accelerators
from sim.data.adoption import ADOPTION, observations
from sim.data.dataset import Dataset
from sim.data.price_changes import CHANGES, ledger
from sim.data.prices import LINES, PRICES, price_points, product_lines
from sim.data.rents import RENTS, posted_rents
from sim.data.scores import NAMES, SCORES, model_names, scores
from sim.data.weekly_leaders import WEEKLY_LEADERS, weekly_leaders

READERS: dict[str, Callable[[Dataset], object]] = {
    ACCELERATORS: accelerators,
    ADOPTION: observations,
    CHANGES: ledger,
    LINES: product_lines,
    NAMES: model_names,
    PRICES: price_points,
    RENTS: posted_rents,
    SCORES: scores,
    WEEKLY_LEADERS: weekly_leaders,
}
"""What reads each table that one may give."""


def own_tables(folders: Iterable[Path], as_of: dt.date | None = None) -> Dataset:
    """Return the shipped tables with those of folders, every row of theirs checked.

    Parameters
    ----------
    folders
        Each holds tables as ``NAME.csv``, whose rows are added to the shipped ones, and as
        ``replace/NAME.csv``, which stand in their place.
    as_of
        The date of the view; None: whatever the tables hold.

    Raises
    ------
    DataError
        A folder is none or holds what is no table; a table has other columns, or a row that its
        reader refuses.
    """
    dataset = Dataset.of_folders(folders, as_of)
    for table in dict.fromkeys(file.table for file in dataset.files):
        READERS[table](dataset)
    return dataset

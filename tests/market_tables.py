"""Tables of a small market that begins on 15 April 2024, and what tests read in them."""

import datetime as dt
from collections.abc import Callable

import pandas as pd

Tables = dict[str, pd.DataFrame]
With = Callable[..., Tables]

START = dt.date(2024, 4, 15)


def day(text: str) -> float:
    return float((dt.date.fromisoformat(text) - START).days)


def events(tables: Tables, kind: str, subject: str | None = None) -> pd.DataFrame:
    found = tables["events"]
    found = found[found["kind"] == kind]
    return found if subject is None else found[found["subject"] == subject]


def prices(tables: Tables, product: str) -> pd.Series:
    """Blended list price of a product by day of its snapshots, where it is on offer."""
    rows = tables["products"]
    rows = rows[(rows["product"] == product) & rows["listed"]]
    return rows.set_index("time_days")["price_usd_per_mtok"]

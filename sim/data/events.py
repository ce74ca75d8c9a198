"""Eight price moves and who followed: ``backtest_events.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import TABLES, Row, read_table

EVENTS = TABLES / "backtest_events.csv"


@dataclass(frozen=True, slots=True)
class PriceMove:
    """A price move, in the words of its record.

    Attributes
    ----------
    followers
        Who moved after how many days, as text.
    role
        ``calibration`` or ``validation``: a validation event is never tuned on.
    """

    event_id: str
    start_date: dt.date
    initiator: str
    move: str
    followers: str
    price_effect: str
    observable: str
    role: str
    source: str


def _price_move(row: Row) -> PriceMove:
    return PriceMove(
        event_id=row.text("event_id"),
        start_date=row.date("start_date"),
        initiator=row.text("initiator"),
        move=row.text("move"),
        followers=row.text("subsequent_moves_lag_days"),
        price_effect=row.text("price_effect"),
        observable=row.text("volume_or_share_observable"),
        role=row.choice(
            "suggested_role", frozenset({"calibration", "calibration (main)", "validation"})
        ).split(" ")[0],
        source=row.text("source"),
    )


@cache
def price_moves(path: Path = EVENTS) -> tuple[PriceMove, ...]:
    """Read the eight moves, in order of date."""
    return tuple(sorted(read_table(path, _price_move), key=lambda row: row.start_date))

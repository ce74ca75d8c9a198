"""A forecast beside what happened: intervals of the draws by date, and the naive forecasts."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from analysis.backtests.naive import NAIVE
from analysis.backtests.scores import central_interval

if TYPE_CHECKING:
    import pandas as pd

    from analysis.backtests.frozen import Forecast
    from analysis.backtests.scoring import Scores

COLUMNS = (
    "target",
    "quantity",
    "date",
    "low_95",
    "low_80",
    "median",
    "high_80",
    "high_95",
    "observed",
    *NAIVE,
)


def fans_frame(forecast: Forecast, scores: Scores) -> pd.DataFrame:
    """Return a row a target, quantity and date of the targets that were observed.

    Days of the draws have their median, of what happens or not the mean, their central intervals
    and the means of the naive forecasts; days of what happened have ``observed``, which the draws'
    have only where they are the same.

    Parameters
    ----------
    forecast
        What was forecast.
    scores
        What it was scored against.
    """
    import pandas as pd

    rows: dict[tuple[str, str, dt.date], dict[str, object]] = {}
    for point in scores.points:
        key = point.target, point.quantity, point.date
        rows.setdefault(key, {})["observed"] = point.observed
    asked = {(target, quantity) for target, quantity, _ in rows}
    naive = forecast.naive()
    for key, draws in forecast.draws().items():
        if key[:2] not in asked:
            continue
        row = rows.setdefault(key, {})
        is_chance = bool(np.isin(draws, (0.0, 1.0)).all()) and key[1] == "moved"
        row["median"] = float(draws.mean() if is_chance else np.median(draws))
        if not is_chance:
            for level in (80, 95):
                low, high = central_interval(draws, level / 100.0)
                row[f"low_{level}"], row[f"high_{level}"] = low, high
        row |= {name: one.mean for name, one in naive.get(key, {}).items()}
    made = [
        {"target": target, "quantity": quantity, "date": day, **row}
        for (target, quantity, day), row in sorted(rows.items())
    ]
    frame = pd.DataFrame(made, columns=list(COLUMNS))
    frame["date"] = pd.to_datetime(frame["date"])
    return frame

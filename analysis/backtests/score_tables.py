"""Scores as tables, in a folder of their own."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from pathlib import Path

from analysis.backtests.frozen import Forecast
from analysis.backtests.naive import NAIVE
from analysis.backtests.scoring import Point, Score, Scores
from sim.errors import ResultError

NOT_OBSERVED = "not observed"
SCORES, POINTS, SKILLS, SCORE_RECORD = "scores.csv", "points.csv", "skill.csv", "score.json"


def write_scores(scores: Scores, forecast: Forecast, out: Path) -> None:
    """Write scores beside, and never into, the frozen forecast.

    Raises
    ------
    ResultError
        The folder is the forecast's.
    """
    if out.resolve() == forecast.path.resolve():
        raise ResultError(f"{out}: is the forecast, which is frozen.  Choose another with --out.")
    out.mkdir(parents=True, exist_ok=True)
    names = [name for name in Point.__slots__ if name != "naive"]
    write_table(
        out / POINTS,
        [*names, *NAIVE],
        (
            [*(getattr(one, name) for name in names), *(one.naive.get(name) for name in NAIVE)]
            for one in scores.points
        ),
    )
    names = [name for name in Score.__slots__ if name != "skill"]
    write_table(
        out / SCORES,
        names,
        [
            *([getattr(one, name) for name in names] for one in scores.scores),
            *(
                [name, NOT_OBSERVED, 0, *(math.nan,) * (len(names) - 3)]
                for name in scores.not_observed
            ),
        ],
    )
    write_table(
        out / SKILLS,
        ["target", "quantity", "against", "skill", "low", "high", "points"],
        [
            *(
                [one.target, one.quantity, name, found.value, found.low, found.high, found.points]
                for one in scores.scores
                for name, found in one.skill.items()
            ),
            *(
                ["median of targets", "", name, one.value, one.low, one.high, one.points]
                for name, one in scores.median_skill.items()
            ),
        ],
    )
    text = {"case": forecast.record["case"], "forecast_sha256": forecast.record["sha256"]}
    (out / SCORE_RECORD).write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


def write_table(path: Path, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a table; what is no number is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(_cell(one) for one in row)


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.8g}"
    return "" if value is None else value

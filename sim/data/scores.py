"""Benchmark scores of models, and the one name each model goes by: ``llm_quality.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sim.data.table import TABLES, Row, read_table

SCORES = TABLES / "llm_quality.csv"
NAMES = TABLES / "model_names.csv"


@dataclass(frozen=True, slots=True)
class Score:
    """One result of one model in one benchmark.

    Attributes
    ----------
    name
        The model as the source writes it; `model_names` gives the name it goes by here.
    score
        In `unit`: ``fraction`` (of questions answered correctly), ``Elo`` or an index.
    date
        Release of the model, or day of the snapshot for Elo.
    """

    name: str
    benchmark: str
    score: float
    unit: str
    date: dt.date
    source: str


def _score(row: Row) -> Score:
    unit = row.text("unit")
    return Score(
        name=row.text("model"),
        benchmark=row.text("benchmark"),
        score=row.number("score", high=1.0 if unit == "fraction" else 3000.0),
        unit=unit,
        date=row.date("date"),
        source=row.text("source"),
    )


@cache
def scores(path: Path = SCORES) -> tuple[Score, ...]:
    """Read every score, in the order of the table."""
    return read_table(path, _score)


@cache
def model_names(path: Path = NAMES) -> dict[str, str]:
    """Read the crosswalk from other names to the one that the capability scale uses.

    Sources write one model in many ways ("Llama 3.1 Instruct 70B", "Meta-Llama-3.1-70B-Instruct");
    where the price list has the model, its name is used. Modes of a model that is sold under one
    name are kept apart: the plain name is its best mode, ``(non-reasoning)`` the other.
    """
    return dict(read_table(path, lambda row: (row.text("name"), row.text("model"))))

"""Benchmark scores of models, and the one name each model goes by: ``llm_quality.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import Row

SCORES = "llm_quality"
NAMES = "model_names"


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
def scores(dataset: Dataset = SHIPPED) -> tuple[Score, ...]:
    """Read every score, in the order of the table."""
    return dataset.records(SCORES, _score)


@cache
def model_names(dataset: Dataset = SHIPPED) -> dict[str, str]:
    """Read the crosswalk from other names to the one that the capability scale uses.

    Sources write one model in many ways ("Llama 3.1 Instruct 70B", "Meta-Llama-3.1-70B-Instruct");
    where the price list has the model, its name is used. Modes of a model that is sold under one
    name are kept apart: the plain name is its best mode, ``(non-reasoning)`` the other.
    """
    return dict(dataset.records(NAMES, lambda row: (row.text("name"), row.text("model"))))

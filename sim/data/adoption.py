"""Tokens, users, shares and spend as published: ``llm_adoption.csv``."""

import datetime as dt
from dataclasses import dataclass
from functools import cache

from sim.data.dataset import SHIPPED, Dataset
from sim.data.table import Row
from sim.errors import UnknownName

ADOPTION = "llm_adoption"


@dataclass(frozen=True, slots=True)
class Observation:
    """A published figure; `value` is in `unit`, such as ``tokens/day``.

    Token counts mix input, cached and output tokens. Revenue mixes definitions (run rate,
    projection, half-year), so a series of it may fall and rise within a year.
    """

    date: dt.date
    entity: str
    metric: str
    value: float
    unit: str
    notes: str
    source: str


def _observation(row: Row) -> Observation:
    metric = row.text("metric")
    return Observation(
        date=row.date("date"),
        entity=row.text("entity"),
        metric=metric,
        value=row.number("value", high=100.0 if metric.endswith("_pct") else float("inf")),
        unit=row.text("unit"),
        notes=row.optional_text("notes"),
        source=row.text("source"),
    )


@cache
def observations(dataset: Dataset = SHIPPED) -> tuple[Observation, ...]:
    """Read every figure, in order of date."""
    return tuple(sorted(dataset.records(ADOPTION, _observation), key=lambda row: row.date))


def adoption(entity: str, metric: str, dataset: Dataset = SHIPPED) -> tuple[Observation, ...]:
    """Series of one metric of one entity, in order of date.

    Examples
    --------
    >>> [row.value / 1e12 for row in adoption("ByteDance Doubao", "tokens_per_day")][:3]
    [0.12, 1.3, 4.0]

    Raises
    ------
    UnknownName
        No such entity, or the entity has no such metric.
    """
    rows = observations(dataset)
    of_entity = [row for row in rows if row.entity == entity]
    if not of_entity:
        raise UnknownName("entity", entity, {row.entity for row in rows})
    series = tuple(row for row in of_entity if row.metric == metric)
    if not series:
        raise UnknownName(f"metric of {entity}", metric, {row.metric for row in of_entity})
    return series

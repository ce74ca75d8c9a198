"""A frozen forecast against what happened."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.backtests.case import CASE, OBSERVED, CaseFolder
from analysis.backtests.frozen import Forecast
from analysis.backtests.happened import happened, observed_tables
from analysis.backtests.naive import NAIVE, CensoredExponential, Normal
from analysis.backtests.scores import (
    Skill,
    brier,
    central_interval,
    fair_brier,
    fair_crps,
    interval_of,
    interval_score,
    mase,
    skill,
    weighted_median,
)
from analysis.backtests.target import CHANGE, DEPTH, MOVED, Target
from sim.errors import DataError, ResultError

Floats = NDArray[np.float64]
LEVELS = (0.80, 0.95)
_WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was forecast and happened.

    Attributes
    ----------
    target, quantity, date
        What and when.
    observed
        What happened.
    median
        Of the draws; of a probability it is their mean.
    crps
        Fair score of the draws; of what did or did not happen, the fair Brier score.
    interval_80, interval_95, covered_80, covered_95
        Interval scores, and whether it lay within; not numbers for a probability, and where the
        draws are too few for the interval.
    naive
        Scores of the naive forecasts by name.
    """

    target: str
    quantity: str
    date: dt.date
    observed: float
    median: float
    crps: float
    interval_80: float
    interval_95: float
    covered_80: float
    covered_95: float
    naive: dict[str, float]


@dataclass(frozen=True, slots=True)
class Score:
    """Scores of a target's quantity over its points.

    Attributes
    ----------
    target, quantity, points
        What, and over how many points.
    crps, interval_80, interval_95, coverage_80, coverage_95
        Means over points.
    mase
        Of medians.
    skill
        Against each naive forecast.
    """

    target: str
    quantity: str
    points: int
    observed: float
    median: float
    crps: float
    interval_80: float
    interval_95: float
    coverage_80: float
    coverage_95: float
    mase: float
    skill: dict[str, Skill]


@dataclass(frozen=True, slots=True)
class Scores:
    """A forecast's scores.

    Attributes
    ----------
    points, scores
        Point by point, and by target and quantity.
    median_skill
        Against each naive forecast, over targets by weight, with a 95% interval over targets.
    not_observed
        Targets of which ``observed/`` holds nothing: not scored, for silence is no standstill.
    """

    points: tuple[Point, ...]
    scores: tuple[Score, ...]
    median_skill: dict[str, Skill]
    not_observed: tuple[str, ...]


def score_forecast(folder: CaseFolder, forecast: Forecast) -> Scores:
    """Score a frozen forecast.

    Parameters
    ----------
    folder
        The case that it is of; of it only its targets and ``observed/`` are read.
    forecast
        What was written.

    Raises
    ------
    ResultError
        The forecast is of another case, or of this one before its file was changed.
    DataError
        A table of ``observed/`` is refused, or it holds nothing of any target.
    """
    case, record = folder.case, forecast.record
    if record["information"]["case_sha256"] != folder.sha256():
        raise ResultError(
            f"{forecast.path}: is a forecast of another {CASE} than {folder.path / CASE}."
        )
    observed = observed_tables(folder.path / OBSERVED)
    draws, naive_of = forecast.draws(), forecast.naive()
    points: list[Point] = []
    not_observed: list[str] = []
    for target in case.targets:
        start = target.start or case.origin + dt.timedelta(days=1)
        end = target.end or case.end
        days = sorted({day for name, _, day in draws if name == target.name})
        known = record["targets"][target.name]
        found = list(happened(target, known, observed, (case.origin, start, end), days))
        if not found:
            not_observed.append(target.name)
        for quantity, day, value in found:
            at = _day_at(days, day)
            drawn = draws.get((target.name, quantity, at)) if at else None
            if at is not None and drawn is not None:
                others = naive_of.get((target.name, quantity, at), {})
                points.append(_point(target, quantity, day, value, drawn, others))
    if not points:
        raise DataError(
            f"{folder.path / OBSERVED}: holds nothing of any target between {case.origin} and "
            f"{case.end}"
        )
    scores = tuple(_scores(points, record))
    weights = {target.name: target.weight for target in case.targets}
    return Scores(tuple(points), scores, _median_skills(scores, weights), tuple(not_observed))


def _day_at(days: list[dt.date], day: dt.date) -> dt.date | None:
    """Return the day with draws that is nearest to a day, no further away than a week."""
    nearest = min(days, key=lambda one: abs(one - day), default=None)
    return nearest if nearest is not None and abs(nearest - day) <= _WEEK else None


def _point(
    target: Target,
    quantity: str,
    day: dt.date,
    value: float,
    draws: Floats,
    others: dict[str, Normal | CensoredExponential],
) -> Point:
    if quantity == MOVED:
        chance = float(draws.mean())
        return Point(
            target.name,
            quantity,
            day,
            value,
            chance,
            fair_brier(draws, value > 0.5),
            math.nan,
            math.nan,
            math.nan,
            math.nan,
            {name: brier(one.mean, value > 0.5) for name, one in others.items()},
        )
    bounds = [central_interval(draws, level) for level in LEVELS]
    scores = [
        interval_score(a, b, value, level) for (a, b), level in zip(bounds, LEVELS, strict=True)
    ]
    covered = [math.nan if math.isnan(a) else float(a <= value <= b) for a, b in bounds]
    return Point(
        target.name,
        quantity,
        day,
        value,
        float(np.median(draws)),
        fair_crps(draws, value),
        scores[0],
        scores[1],
        covered[0],
        covered[1],
        {name: one.crps(value) for name, one in others.items()},
    )


def _scores(points: list[Point], record: dict[str, Any]) -> Iterable[Score]:
    groups: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for point in points:
        groups[point.target, point.quantity].append(point)
    for (target, quantity), found in groups.items():
        found.sort(key=lambda point: point.date)
        history = np.array([value for _, value in record["targets"][target]["history"]], np.float64)
        errors = np.array([point.median - point.observed for point in found])
        yield Score(
            target=target,
            quantity=quantity,
            points=len(found),
            observed=found[-1].observed,
            median=found[-1].median,
            crps=_mean(found, "crps"),
            interval_80=_mean(found, "interval_80"),
            interval_95=_mean(found, "interval_95"),
            coverage_80=_mean(found, "covered_80"),
            coverage_95=_mean(found, "covered_95"),
            mase=mase(errors, history) if quantity in (CHANGE, DEPTH) else math.nan,
            skill={
                name: skill(
                    np.array([point.crps for point in found]),
                    np.array([point.naive[name] for point in found]),
                )
                for name in NAIVE
                if all(name in point.naive for point in found)
            },
        )


def _mean(points: list[Point], name: str) -> float:
    return float(np.mean([getattr(point, name) for point in points]))


def _median_skills(scores: tuple[Score, ...], weights: dict[str, float]) -> dict[str, Skill]:
    """Return the weighted median of skill over targets, against each naive forecast.

    Quantities of a target share its weight. The interval is that of a bootstrap over targets, whose
    quantities are drawn together.
    """
    found = {}
    generator = np.random.Generator(np.random.Philox(1))
    for name in NAIVE:
        by_target: dict[str, list[float]] = defaultdict(list)
        for score in scores:
            if name in score.skill and not math.isnan(score.skill[name].value):
                by_target[score.target].append(score.skill[name].value)
        if not by_target:
            continue
        targets = list(by_target)

        def median(chosen: Iterable[str], by_target: dict[str, list[float]] = by_target) -> float:
            pairs = sorted(
                (value, weights[one] / len(by_target[one]))
                for one in chosen
                for value in by_target[one]
            )
            values, held = np.array(pairs).T
            return weighted_median(values, held)

        low = high = math.nan
        if len(targets) > 2:
            draws = generator.integers(0, len(targets), (1000, len(targets)))
            medians = [median([targets[index] for index in row]) for row in draws]
            low, high = interval_of(medians)
        found[name] = Skill(median(targets), low, high, len(targets))
    return found

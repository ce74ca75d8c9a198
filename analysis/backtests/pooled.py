"""Scores of several cases together, and the skill over all their targets.

``median``
    Weighted median of skill over the targets of all cases, each of weight one, which its quantities
    share.
``pooled``
    Of one quantity: one less the ratio of mean scores, each target's mean score counting once, so
    that a naive forecast which is exact for one target is held against those it is wrong for.

Intervals are of bootstraps over targets, drawn case by case (strata), each with all its quantities
and with its naive forecasts (pairs). Targets of one case share its origin, and providers come again
in later cases, so that there are fewer independent pieces of evidence than targets.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.backtests.naive import NAIVE
from analysis.backtests.score_tables import POINTS, SCORE_RECORD, write_table
from analysis.backtests.scores import Floats, Skill, interval_of, skill_of_means, weighted_median
from sim.errors import ResultError

POOLED, QUANTITIES = "pooled.csv", "quantities.csv"
MEDIAN = "median of targets"
_DRAWS = 2000
_SEED = 1


@dataclass(frozen=True, slots=True)
class Scored:
    """A target's quantity in one case: means over its points.

    Attributes
    ----------
    case, target, quantity, points
        What, and over how many points.
    crps, covered_80, covered_95
        Means; coverage is not a number of what happens or not, and where draws are too few.
    naive
        Mean scores of the naive forecasts that there are.
    """

    case: str
    target: str
    quantity: str
    points: int
    crps: float
    covered_80: float
    covered_95: float
    naive: dict[str, float]


@dataclass(frozen=True, slots=True)
class Pooled:
    """Scores of several cases together.

    Attributes
    ----------
    scored
        Every target's quantity.
    skills
        By group, the median or a quantity, and naive forecast; its points are targets.
    """

    scored: tuple[Scored, ...]
    skills: dict[tuple[str, str], Skill]


def read_scored(folders: Iterable[Path]) -> tuple[Scored, ...]:
    """Read folders of scores.

    Raises
    ------
    ResultError
        One is none, is damaged or empty, or two are of the same case.
    """
    found: list[Scored] = []
    cases: dict[str, Path] = {}
    for folder in folders:
        try:
            case = str(json.loads((folder / SCORE_RECORD).read_text(encoding="utf-8"))["case"])
            with (folder / POINTS).open(newline="", encoding="utf-8") as file:
                rows = tuple(_scored(case, list(csv.DictReader(file))))
        except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
            raise ResultError(
                f"{folder}: holds no scores.  `pricewar backtest CASE --score FORECAST` writes "
                "them."
            ) from error
        if case in cases:
            raise ResultError(f"{folder}: is of {case}, as is {cases[case]}; give each case once.")
        if not rows:
            raise ResultError(f"{folder / POINTS}: has no row: nothing was scored.")
        cases[case] = folder
        found += rows
    return tuple(found)


def pool(scored: Sequence[Scored]) -> Pooled:
    """Return the skill of all targets together.

    Parameters
    ----------
    scored
        From `read_scored`.
    """
    strata: dict[str, list[str]] = defaultdict(list)
    for one in scored:
        if one.target not in strata[one.case]:
            strata[one.case].append(one.target)
    drawn = _drawn(strata)
    skills: dict[tuple[str, str], Skill] = {}
    for name in NAIVE:
        held = [one for one in scored if name in one.naive]
        if held:
            skills[MEDIAN, name] = _median(held, name, drawn)
        for quantity in dict.fromkeys(one.quantity for one in held):
            own = [one for one in held if one.quantity == quantity]
            skills[quantity, name] = _ratio(own, name, drawn)
    return Pooled(tuple(scored), skills)


def write_pooled(pooled: Pooled, out: Path) -> None:
    """Write ``pooled.csv``, the skills, and ``quantities.csv``, every target's quantity."""
    out.mkdir(parents=True, exist_ok=True)
    write_table(
        out / POOLED,
        ["group", "against", "skill", "low", "high", "targets"],
        (
            [group, name, one.value, one.low, one.high, one.points]
            for (group, name), one in pooled.skills.items()
        ),
    )
    names = [name for name in Scored.__slots__ if name != "naive"]
    write_table(
        out / QUANTITIES,
        [*names, *NAIVE],
        (
            [*(getattr(one, name) for name in names), *(one.naive.get(name) for name in NAIVE)]
            for one in pooled.scored
        ),
    )


def _scored(case: str, rows: list[dict[str, str]]) -> Iterable[Scored]:
    groups: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row["target"], row["quantity"]].append(row)
    for (target, quantity), held in groups.items():
        crps = _mean(held, "crps")
        if math.isnan(crps):  # a row was cut short
            raise ValueError(f"{target}, {quantity}: lacks a score")
        yield Scored(
            case,
            target,
            quantity,
            len(held),
            crps,
            _mean(held, "covered_80"),
            _mean(held, "covered_95"),
            {name: _mean(held, name) for name in NAIVE if all(row[name] for row in held)},
        )


def _mean(rows: list[dict[str, str]], name: str) -> float:
    return float(np.mean([float(row[name] or math.nan) for row in rows]))


def _drawn(strata: dict[str, list[str]]) -> dict[tuple[str, str], Floats]:
    """Draw targets with replacement within each case: how often each comes, by draw."""
    generator = np.random.Generator(np.random.Philox(_SEED))
    counts: dict[tuple[str, str], Floats] = {}
    for case, targets in strata.items():
        chosen = generator.multinomial(len(targets), [1.0 / len(targets)] * len(targets), _DRAWS)
        counts |= {(case, one): chosen[:, n].astype(float) for n, one in enumerate(targets)}
    return counts


def _interval(values: Iterable[float], targets: int) -> tuple[float, float]:
    return interval_of(list(values)) if targets > 2 else (math.nan, math.nan)


def _median(held: Sequence[Scored], name: str, drawn: dict[tuple[str, str], Floats]) -> Skill:
    owners = [(one.case, one.target) for one in held]
    values = np.array([skill_of_means(one.crps, one.naive[name]) for one in held])
    weight = np.array([1.0 / owners.count(owner) for owner in owners])
    order = np.argsort(values, kind="stable")
    values, weight = values[order], weight[order]
    times = np.stack([drawn[owners[number]] for number in order], axis=1)
    draws = [weighted_median(values, weight * one) for one in times]
    targets = len(set(owners))
    return Skill(weighted_median(values, weight), *_interval(draws, targets), targets)


def _ratio(held: Sequence[Scored], name: str, drawn: dict[tuple[str, str], Floats]) -> Skill:
    own = np.array([one.crps for one in held])
    other = np.array([one.naive[name] for one in held])
    times = np.stack([drawn[one.case, one.target] for one in held], axis=1)
    times = times[times.any(axis=1)]
    pairs = zip(times @ own, times @ other, strict=True)
    draws = [skill_of_means(float(a), float(b)) for a, b in pairs]
    value = skill_of_means(float(own.mean()), float(other.mean()))
    return Skill(value, *_interval(draws, len(held)), len(held))

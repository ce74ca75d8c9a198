"""The course of a price: from the first observation down to its lowest, how fast, and back up."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.amounts import amount, fold, percent
from analysis.scales import SHARE
from analysis.statistics import Interval, first_settlement_days, student
from analysis.words import calendar_day, counted, day
from sim.quantities import FloatArray
from sim.record.unit import Unit

if TYPE_CHECKING:
    import pandas as pd

DAYS_PER_WEEK = 7.0
_WORTH_SAYING = 0.02
"""A fall, or a rise after it, of a smaller part is not told."""
_MANY_TIMES = 2.0
"""A rise of so many times is told as such, and however little it is of the first price."""


@dataclass(frozen=True)
class Course:
    """The course of a weekly column in every replication that has a value of it.

    Attributes
    ----------
    start_date
        First day of the run.
    times
        When snapshots were taken, in days since the first day, in order: the last may cover less
        than the others.
    first, lowest, last
        At the first observation with a value (a settlement, so not on the first day), at its
        lowest from there on, and at the last, in the unit of the column, shape [R].
    first_days, lowest_days, last_days
        When, in days since the first day; of several lowest the first.
    half_days
        Days from the first observation until half of the fall to the lowest had come, at the
        resolution of the snapshots; NaN where there was no fall.
    """

    start_date: dt.date
    times: FloatArray
    first: FloatArray
    lowest: FloatArray
    last: FloatArray
    first_days: FloatArray
    lowest_days: FloatArray
    last_days: FloatArray
    half_days: FloatArray

    @property
    def known(self) -> bool:
        """Whether any replication has a value."""
        return self.first.size > 0

    @property
    def fall_share(self) -> FloatArray:
        """Fall from the first observation to the lowest, as a share of the first, shape [R]."""
        return 1 - _ratio(self.lowest, self.first)

    @property
    def rebound(self) -> FloatArray:
        """Last value over the lowest, shape [R]; infinite where the lowest is zero."""
        return _ratio(self.last, self.lowest)

    def date(self, days: FloatArray) -> dt.date:
        """Return the date of the median of several times."""
        return self.start_date + dt.timedelta(days=_middle(days))

    def period_to(self, days: FloatArray) -> str:
        """Return the snapshot at the median of several times: ``week to 8 April 2024``."""
        return f"{period_of(self.times, _middle(days))} to {day(self.date(days))}"


def course_of(table: Mapping[str, Any] | pd.DataFrame, column: str) -> Course:
    """Follow a weekly column of the market from its first observation to its last.

    Parameters
    ----------
    table
        Columns by name, each shape [rows]: ``replication``, ``time_days``, ``date`` and the column.
    column
        Name of the column.
    """
    time = np.asarray(table["time_days"], dtype=np.float64)
    value = np.asarray(table[column], dtype=np.float64)
    replication = np.asarray(table["replication"])
    observed = (time > 0.0) & np.isfinite(value)
    rows = []
    for number in np.unique(replication[observed]):
        own = observed & (replication == number)
        order = np.argsort(time[own], kind="stable")
        rows.append(_follow(time[own][order], value[own][order]))
    columns = np.array(rows, dtype=np.float64).reshape(-1, 7).T
    dates, day = table["date"], int(np.argmin(time)) if time.size else 0
    start = calendar_day(np.asarray(dates)[day]) - dt.timedelta(days=float(time[day]))
    return Course(start, np.unique(time), *columns)


def _follow(time: FloatArray, value: FloatArray) -> tuple[float, ...]:
    at = int(np.argmin(value))
    middle = (value[0] + value[at]) / 2
    reached = np.flatnonzero(value <= middle)
    half = float(time[reached[0]] - time[0]) if value[at] < value[0] else np.nan
    return (value[0], value[at], value[-1], time[0], time[at], time[-1], half)


def _fall(shares: FloatArray) -> Interval:
    """Return the mean of a fall that is at most the whole."""
    return student(shares, SHARE)


def sentence(
    course: Course, name: str, unit: Unit, mean: Callable[[FloatArray], Interval] = _fall
) -> str:
    """Tell the course in a sentence: trough, how fast, and rebound.

    Parameters
    ----------
    course
        What happened.
    name
        What the column is called, with its article: ``the average price paid``.
    unit
        Its unit.
    mean
        Mean over replications of the fall, a share, and its interval.
    """

    def level(values: FloatArray) -> str:
        return amount(float(values.mean()), unit)

    def part(values: FloatArray) -> str:
        share = mean(values)
        return f"{percent(share.centre)}{f' ({share.bounds(percent)})' if share.known else ''}"

    began = f"{level(course.first)} in the {course.period_to(course.first_days)}"
    end = f"{level(course.last)} in the {course.period_to(course.last_days)}"
    price, lowest, last = (float(it.mean()) for it in (course.first, course.lowest, course.last))
    if np.array_equal(course.first, course.last) and np.array_equal(course.first, course.lowest):
        return f"{name} was {began} and never lower; at the end it was the same."
    if not price - lowest > _WORTH_SAYING * price:
        if lowest == price:
            return f"{name} went from {began} to {end}, and was never lower than at first."
        if lowest == last:
            return f"{name} went from {began} to {end}, hardly lower."
        least = f"{level(course.lowest)} at its lowest"
        return f"{name} went from {began} to {end}, and was hardly lower in between: {least}."
    half = f"half of that fall had come after {_days(course.half_days)}"
    if not _came_back(price, lowest, last):
        fallen = part(1 - _ratio(course.last, course.first))
        return f"{name} fell by {fallen}, from {began} to {end}; {half}."
    text = (
        f"{name} fell by {part(course.fall_share)}, from {began} to {level(course.lowest)} at its "
        f"lowest, {_when(course)}; {half}. From there it rose "
    )
    if not np.all(course.lowest > 0):
        return f"{text}to {end}."
    risen = float(np.exp(np.log(course.rebound).mean()))
    return f"{text}{fold(risen) if risen >= _MANY_TIMES else f'by {percent(risen - 1)}'} to {end}."


def _came_back(first: float, lowest: float, last: float) -> bool:
    """Return whether a rise from the lowest is worth telling: against it, and in what it comes to.

    Far below the first price a small part of that price is still many times the lowest.
    """
    if not last > (1 + _WORTH_SAYING) * lowest:
        return False
    return last - lowest > _WORTH_SAYING * first or last >= _MANY_TIMES * lowest


def period_of(time_days: ArrayLike, at_days: float | None = None) -> str:
    """Return what a snapshot covers, from the times of a weekly table: ``week``, ``30 days``.

    Parameters
    ----------
    time_days
        Times of snapshots, each as often as there are rows.
    at_days
        Which; None: the first after the first day.

    Examples
    --------
    >>> period_of([0.0, 7.0, 14.0]), period_of([0.0, 30.0])
    ('week', '30 days')
    >>> period_of([0.0, 7.0, 8.0], 8.0)
    'day'
    """
    times = np.unique(np.asarray(time_days, dtype=np.float64))
    at = first_settlement_days(times) if at_days is None else at_days
    if math.isnan(at):
        return "time"
    days = round(at - times[times < at].max(initial=0.0))
    return {1: "day", DAYS_PER_WEEK: "week"}.get(days, counted(days, "day"))


def _when(course: Course) -> str:
    """Write when the lowest was: the week, or the median with the span over replications."""
    dates = [course.start_date + dt.timedelta(days=float(it)) for it in course.lowest_days]
    first, last = min(dates), max(dates)
    middle = course.period_to(course.lowest_days)
    if first == last:
        return f"in the {middle}"
    return f"in the {middle} in the median ({day(first)} to {day(last)} by replication)"


def _days(values: FloatArray) -> str:
    return counted(round(_middle(values)), "day")


def _middle(values: FloatArray) -> float:
    return float(np.nanquantile(values, 0.5, method="lower"))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(all="ignore"):
        return above / below

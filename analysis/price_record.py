"""How far the list prices of a run are from those really posted, product by product.

For every product whose scenario holds a record (``price_history``), week by week from the first
entry of any product on::

    error = ln(p / r)

with ``p`` the list price of the run and ``r`` that of the record, both of three input tokens to one
of output. The root of the mean square over weeks is the error of a product; over all products and
weeks, that of the run. Beside it stands that of the forecast that nothing changes: the price on the
product's first day as the scenario lists it, over the same weeks. A price of zero has no logarithm:
weeks in which the run or the record is free are left out and counted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.reactions import WINDOW_DAYS, find_trigger
from analysis.significance import FAMILY_ERROR, holm, paired_p_value
from analysis.statistics import Interval, student
from sim.quantities import FloatArray

if TYPE_CHECKING:
    from sim.record.run import Run
    from sim.scenario.scenario import Fact, Scenario
    from sim.scenario.supply import Price, Product


@dataclass(frozen=True, slots=True)
class PriceError:
    """Root mean square errors of log list prices, over replications.

    Attributes
    ----------
    product
        Whose; empty for all products together.
    run, no_change
        Of the run, and of the forecast that nothing changes, over the same weeks.
    difference
        The first minus the second, paired by replication: above zero the run is the worse forecast.
    free_share
        Share of the weeks that are left out because one of the two prices is zero.
    free_in_both_share
        Share of the weeks in which both are zero.
    p_value
        Of the difference being zero; `price_errors` adjusts it for the others of its table.
    """

    product: str
    run: Interval
    no_change: Interval
    difference: Interval
    free_share: float
    free_in_both_share: float
    p_value: float

    @property
    def judgement(self) -> str:
        """Whether the run forecasts better than no change, in words."""
        if self.run.replications == 0:
            return "not measured: always free"
        if self.difference.centre == 0:
            return "the same as no change"
        if self.difference.known and not self.p_value < FAMILY_ERROR:
            return "cannot be told from no change"
        return "better than no change" if self.difference.centre < 0 else "worse than no change"


@dataclass(frozen=True, slots=True)
class PriceErrors:
    """Errors of every product with a record, and of all of them together."""

    products: tuple[PriceError, ...]
    together: PriceError


def price_errors(run: Run, after_days: float = 0.0) -> PriceErrors | None:
    """Hold the list prices of a run against its scenario's record.

    The differences of all products, and of all together, are one family of tests, corrected by
    Holm.

    Parameters
    ----------
    run
        A finished run.
    after_days
        Only weeks that end later than this after the first day.

    Returns
    -------
    PriceErrors or None
        None if the scenario holds no record, or the run ends before it begins, or before those
        weeks.
    """
    recorded = [product for product in run.scenario.products if product.price_history]
    if not recorded:
        return None
    start = run.scenario.start_date
    since = run.scenario.days(min(it.price_history[0].date for it in recorded))
    rows = run.products
    rows = rows[rows["listed"] & (rows["time_days"] >= since) & (rows["time_days"] > after_days)]
    squares: dict[str, dict[int, _Squares]] = {}
    for product in recorded:
        own = rows[rows["product"] == product.name]
        for number in run.replications:
            weeks = own[own["replication"] == number]
            if weeks.empty:
                continue
            charged = _blend_of(
                weeks["price_input_usd_per_mtok"].to_numpy(),
                weeks["price_output_usd_per_mtok"].to_numpy(),
            )
            posted = recorded_prices(product, start, weeks["time_days"].to_numpy())
            squares.setdefault(product.name, {})[number] = _squares(
                charged, posted, _blend(product.price_usd_per_mtok)
            )
    if not squares:
        return None
    everything: dict[int, _Squares] = {}
    for by_replication in squares.values():
        for number, it in by_replication.items():
            everything[number] = everything.get(number, _Squares()) + it
    found = [
        *(_error(name, list(it.values())) for name, it in squares.items()),
        _error("", list(everything.values())),
    ]
    *products, together = judged_together(found)
    return PriceErrors(tuple(products), together)


def judged_together(errors: Sequence[PriceError]) -> tuple[PriceError, ...]:
    """Return errors with p values adjusted for each other by Holm."""
    adjusted = holm([error.p_value for error in errors])
    return tuple(replace(error, p_value=p) for error, p in zip(errors, adjusted, strict=True))


def calibration_facts(scenario: Scenario) -> tuple[Fact, ...]:
    """Return the facts about followers' moves of list prices that parameters were set by."""
    return tuple(
        fact
        for fact in scenario.facts
        if fact.role == "calibration" and fact.name.startswith("follower_")
    )


def calibrated_until_days(run: Run) -> float | None:
    """Return until when the moves count that `calibration_facts` are about, days; None if unknown.

    A fact counts moves up to its own last day or, without one, over the window of
    :func:`analysis.reactions.followers`.
    """
    ends = []
    for fact in calibration_facts(run.scenario):
        if fact.until_date is not None:
            ends.append(run.scenario.days(fact.until_date))
        elif (trigger := find_trigger(run, fact.provider, fact.since_date)) is not None:
            ends.append(trigger.time_days + WINDOW_DAYS)
    return max(ends, default=None)


def recorded_prices(product: Product, start: dt.date, time_days: FloatArray) -> FloatArray:
    """Return the price of the record at each time, USD per Mtok of three input to one output token.

    Parameters
    ----------
    product
        Whose; before the first entry of its record its own price holds.
    start
        The scenario's first day.
    time_days
        Days since then, shape [T].
    """
    days = np.array([(entry.date - start).days for entry in product.price_history], dtype=float)
    prices = np.array(
        [
            _blend(product.price_usd_per_mtok),
            *(_blend(entry.price_usd_per_mtok) for entry in product.price_history),
        ]
    )
    found: FloatArray = prices[np.searchsorted(days, time_days, side="right")]
    return found


@dataclass(frozen=True, slots=True)
class _Squares:
    """Sums over weeks of squared log errors, and counts of weeks."""

    run: float = 0.0
    no_change: float = 0.0
    judged: int = 0
    free: int = 0
    free_in_both: int = 0

    def __add__(self, other: _Squares) -> _Squares:
        return _Squares(
            self.run + other.run,
            self.no_change + other.no_change,
            self.judged + other.judged,
            self.free + other.free,
            self.free_in_both + other.free_in_both,
        )


def _squares(charged: FloatArray, posted: FloatArray, first: float) -> _Squares:
    priced = (charged > 0.0) & (posted > 0.0) & (first > 0.0)
    run = np.log(charged[priced] / posted[priced])
    kept = np.log(first / posted[priced]) if first > 0.0 else run
    both = (charged == 0.0) & (posted == 0.0)
    return _Squares(
        float(run @ run),
        float(kept @ kept),
        int(priced.sum()),
        int((~priced).sum()),
        int(both.sum()),
    )


def _error(name: str, found: list[_Squares]) -> PriceError:
    judged = [it for it in found if it.judged]
    run = np.array([np.sqrt(it.run / it.judged) for it in judged])
    kept = np.array([np.sqrt(it.no_change / it.judged) for it in judged])
    weeks = sum(it.judged + it.free for it in found)
    return PriceError(
        product=name,
        run=student(run),
        no_change=student(kept),
        difference=student(run - kept),
        free_share=sum(it.free for it in found) / weeks,
        free_in_both_share=sum(it.free_in_both for it in found) / weeks,
        p_value=paired_p_value(run, kept),
    )


def _blend(price: Price) -> float:
    return float(_blend_of(np.array(price.input), np.array(price.output)))


def _blend_of(input_price: FloatArray, output_price: FloatArray) -> FloatArray:
    return (3.0 * input_price + output_price) / 4.0

r"""Moments of the market: the counterpart in runs of what was observed.

Those of facts are as `analysis.facts` defines them; ``provider_tokens_multiple_over_no_war``
compares with ``world``. Further ones, each a number a run:

``provider_tokens_multiple_over_market``
    ``provider_tokens_multiple`` over the multiple of all tokens in the other ``world``, counted the
    same way. The counterpart of growth over that of a control group that the war did not reach:
    a whole market, not the provider's own fate there.
``market_value``
    A column of the market table at the last snapshot up to ``until_date``.
``market_multiple``
    The same over its value at the last snapshot up to ``since_date``.
``open_weights_tokens_share``
    Tokens of products with open weights over those of all, from ``since_date`` to ``until_date``.
``product_share_of_provider_users``
    Users of a product over those of all its provider's, at the last snapshot up to ``until_date``.
``constant_quality_price_fall_per_year``
    By how many times a year the cheapest price of at least ``capability_logit`` fell: ``exp(-b)``
    of the slope ``b`` a year of its logarithm on time. Free products have no logarithm and are left
    out.
``own_price_elasticity``
    :math:`\ln(x_w / x) / \ln(p_w / p)` of a product's tokens and price in the other ``world`` and
    in the scenario's own, with the same draws; over the weeks after ``since_date`` up to
    ``until_date``, by least squares through the origin, :math:`\sum a m / \sum m^2` of the log
    changes a of tokens and m of prices: weeks in which prices have come together again say little,
    and weigh little. It contains what a cut takes from rivals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

import numpy as np

from analysis.estimation.calibration_file import Moment
from analysis.facts import FORTNIGHT_DAYS, UnmeasurableError, fact_values
from sim.quantities import FloatArray
from sim.scenario.scenario import Fact

if TYPE_CHECKING:
    import pandas as pd

    from analysis.estimation.point_runs import PointRuns
    from sim.record.run import Run

OWN = ""
"""Name of the scenario's own world."""
_DAYS_PER_YEAR = 365.25

Runs = Mapping[str, "PointRuns"]
"""Runs by world, with the same numbers in all of them."""


def values_of(moment: Moment, runs: Runs) -> FloatArray:
    """Return a moment of every run, on the moment's scale: shape [runs]; NaN where there is none.

    Parameters
    ----------
    moment
        What is measured.
    runs
        Of all worlds.
    """
    own = runs[OWN]
    try:
        if moment.measure in _OWN_MEASURES:
            found = _OWN_MEASURES[moment.measure](moment, runs)
        else:
            found = fact_values(_fact(moment, moment.measure), cast("Run", own))
    except UnmeasurableError:
        return np.full(len(own.replications), np.nan)
    values = found.reindex(own.replications).to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.log(values) if moment.scale == "log" else values
    return np.where(np.isfinite(scaled), scaled, np.nan)


def _fact(moment: Moment, measure: str) -> Fact:
    return Fact(
        name=measure,  # type: ignore[arg-type]
        low=moment.range[0],
        high=moment.range[1],
        provider=moment.provider,
        since_date=moment.since_date,
        until_date=moment.until_date,
        description=moment.source,
        source=moment.source,
    )


def _day(runs: PointRuns, date: dt.date | None, default: float) -> float:
    return default if date is None else float(runs.scenario.days(date))


def _span(moment: Moment, runs: PointRuns) -> tuple[float, float]:
    last = float(runs.scenario.duration_days)
    since, until = _day(runs, moment.since_date, 0.0), _day(runs, moment.until_date, last)
    if since < 0.0 or until > last:
        raise UnmeasurableError(f"the run covers {last:g} days, not {since:g} to {until:g}")
    return since, until


def _at(frame: pd.DataFrame, column: str, day: float) -> pd.Series[float]:
    rows = frame[frame["time_days"] <= day]
    return rows.sort_values("time_days").groupby("replication")[column].last()


def _multiple_over(moment: Moment, runs: Runs) -> pd.Series[float]:
    fact = _fact(moment, "provider_tokens_multiple")
    own, other = (fact_values(fact, cast("Run", runs[name])) for name in (OWN, str(moment.world)))
    return own / other.where(other > 0.0)


def _multiple_over_market(moment: Moment, runs: Runs) -> pd.Series[float]:
    own = fact_values(_fact(moment, "provider_tokens_multiple"), cast("Run", runs[OWN]))
    other = runs[str(moment.world)]
    since, until = _span(moment, other)
    rows = other.market
    before = rows[(rows["time_days"] > since - FORTNIGHT_DAYS) & (rows["time_days"] <= since)]
    base = before.groupby("replication")["tokens_mtok_per_day"].mean()
    market = _at(rows, "tokens_mtok_per_day", until) / base.where(base > 0.0)
    return own / market.where(market > 0.0)


def _market_value(moment: Moment, runs: Runs) -> pd.Series[float]:
    _, until = _span(moment, runs[OWN])
    return _at(runs[OWN].market, str(moment.column), until)


def _market_multiple(moment: Moment, runs: Runs) -> pd.Series[float]:
    since, until = _span(moment, runs[OWN])
    base = _at(runs[OWN].market, str(moment.column), since)
    return _at(runs[OWN].market, str(moment.column), until) / base.where(base > 0.0)


def _open_weights(moment: Moment, runs: Runs) -> pd.Series[float]:
    since, until = _span(moment, runs[OWN])
    rows = runs[OWN].products
    rows = rows[(rows["time_days"] > since) & (rows["time_days"] <= until)]
    names = {it.name for it in runs[OWN].scenario.products if it.open_weights}
    tokens = rows.groupby("replication")["tokens_mtok_per_day"].sum()
    opened = rows[rows["product"].isin(names)].groupby("replication")["tokens_mtok_per_day"].sum()
    return opened.reindex(tokens.index, fill_value=0.0) / tokens.where(tokens > 0.0)


def _share_of_users(moment: Moment, runs: Runs) -> pd.Series[float]:
    _, until = _span(moment, runs[OWN])
    rows = runs[OWN].products
    rows = rows[rows["provider"] == moment.provider]
    day = rows.loc[rows["time_days"] <= until, "time_days"].max()
    rows = rows[rows["time_days"] == day]
    whole = rows.groupby("replication")["users"].sum()
    own = rows[rows["product"] == moment.product].groupby("replication")["users"].sum()
    found: pd.Series[float] = own.reindex(whole.index, fill_value=0.0) / whole.where(whole > 0.0)
    return found


def _price_fall(moment: Moment, runs: Runs) -> pd.Series[float]:
    since, until = _span(moment, runs[OWN])
    rows = runs[OWN].products
    able = rows["listed"] & (rows["capability_logit"] >= moment.capability_logit)
    rows = rows[able & rows["time_days"].between(since, until) & (rows["price_usd_per_mtok"] > 0)]
    cheapest = rows.groupby(["replication", "time_days"])["price_usd_per_mtok"].min()
    falls: pd.Series[float] = (
        cheapest.reset_index("time_days")
        .groupby(level="replication")
        .apply(lambda one: _fall(one["time_days"].to_numpy(), one["price_usd_per_mtok"].to_numpy()))
    )
    return falls


def _fall(days: FloatArray, prices: FloatArray) -> float:
    if len(days) < 2:
        return float("nan")
    slope = np.polyfit(days / _DAYS_PER_YEAR, np.log(prices), 1)[0]
    return float(np.exp(-slope))


def _elasticity(moment: Moment, runs: Runs) -> pd.Series[float]:
    since, until = _span(moment, runs[OWN])
    own, other = (
        _of_product(runs[name], moment, since, until) for name in (OWN, str(moment.world))
    )
    both = own.join(other.add_suffix("_other"), how="inner")
    both = both[(both > 0.0).all(axis=1)]
    logs = both.apply(np.log)
    moved = logs["price_usd_per_mtok_other"] - logs["price_usd_per_mtok"]
    answer = logs["tokens_mtok_per_day_other"] - logs["tokens_mtok_per_day"]
    across = (answer * moved).groupby(level="replication").sum()
    along = moved.pow(2).groupby(level="replication").sum()
    found: pd.Series[float] = across / along.where(along > 0.0)
    return found


def _of_product(runs: PointRuns, moment: Moment, since: float, until: float) -> pd.DataFrame:
    rows = runs.products
    rows = rows[
        (rows["product"] == moment.product)
        & (rows["time_days"] > since)
        & (rows["time_days"] <= until)
    ]
    columns = ["price_usd_per_mtok", "tokens_mtok_per_day"]
    return rows.set_index(["replication", "time_days"])[columns]


_OWN_MEASURES: dict[str, Callable[[Moment, Runs], pd.Series[float]]] = {
    "provider_tokens_multiple_over_no_war": _multiple_over,
    "provider_tokens_multiple_over_market": _multiple_over_market,
    "market_value": _market_value,
    "market_multiple": _market_multiple,
    "open_weights_tokens_share": _open_weights,
    "product_share_of_provider_users": _share_of_users,
    "constant_quality_price_fall_per_year": _price_fall,
    "own_price_elasticity": _elasticity,
}

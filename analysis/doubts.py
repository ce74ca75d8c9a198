"""What should make a reader doubt a run, computed from its tables.

Each rule has a threshold and speaks where the run passes it. A rule that speaks does not say that
the run is wrong; it says where it is unlike a market that anybody has seen, so that an effect read
off it needs a second look. All values are means over replications.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.amounts import amount
from analysis.course import period_of
from analysis.statistics import short
from analysis.words import counted, day_of
from sim.record.event import EventKind
from sim.record.unit import USD
from sim.units import DAYS_PER_YEAR

if TYPE_CHECKING:
    from sim.record.run import Run
    from sim.scenario.scenario import SectorRevenue

Array = NDArray[Any]

_VISIBLE = (EventKind.PRICE, EventKind.LAUNCH, EventKind.WITHDRAWAL, EventKind.CAPABILITY)
"""Events that change what users see on offer."""
_NAMED = 4
"""Products that a doubt names at most."""
_MONTH_DAYS = 28.0


@dataclass(frozen=True, slots=True)
class Rule:
    """A sign that a run should not be trusted as it is.

    Attributes
    ----------
    name
        Identifier.
    threshold
        Where it begins to speak, in the unit that ``meaning`` says.
    meaning
        What is held against the threshold, and why it gives rise to doubt.
    speak
        From a run and the threshold to a sentence; empty where there is no doubt.
    untried
        From a run to why it cannot be held against the threshold; empty where it can.
    """

    name: str
    threshold: float
    meaning: str
    speak: Callable[[Run, float], str]
    untried: Callable[[Run], str] = lambda _run: ""

    def __call__(self, run: Run) -> str:
        """Return what gives rise to doubt in a run; empty if nothing does."""
        return self.speak(run, self.threshold)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that spoke."""

    rule: Rule
    text: str


def doubts(run: Run) -> list[Doubt]:
    """Return what gives rise to doubt in a run, in the order of ``RULES``."""
    found = [Doubt(rule, rule(run)) for rule in RULES] if run.replications else []
    return [doubt for doubt in found if doubt.text]


def _one_provider(run: Run, threshold: float) -> str:
    table = _after_first_day(run.columns("providers"))
    days, names, shares = _means(table, "provider", "tokens_share")
    top = np.nan_to_num(shares).max(axis=1)
    above = top > threshold
    lengths = _lengths(days)
    if _longest(above, lengths) < _MONTH_DAYS:
        return ""
    last = names[int(np.nan_to_num(shares[above][-1]).argmax())]
    if period_of(days) == "week":
        span = f"{above.sum()} of {counted(len(days), 'week')}"
    else:
        span = f"{lengths[above].sum():.0f} of {counted(round(lengths.sum()), 'day')}"
    return (
        f"One provider has more than {threshold:.0%} of all tokens in {span}, lastly {last} with "
        f"{top[above][-1]:.0%} on {_date(run, days[above][-1])}."
    )


def _spend_above_revenue(run: Run, threshold: float) -> str:
    days, (spend,) = _weekly(_after_first_day(run.columns("market")), "spend_usd_per_day")
    for it in _published_revenue(run):
        day = run.scenario.days(it.date)
        month = (days > day - max(_MONTH_DAYS, _lengths(days).max())) & (days <= day)
        if not month.any():
            continue
        ratio = float(spend[month].mean()) * DAYS_PER_YEAR / it.revenue_usd_per_year
        if ratio > threshold:
            return (
                f"Users spend {short(ratio)} times what the whole sector earned: "
                f"{amount(ratio * it.revenue_usd_per_year, USD)} a year in the month to {it.date}, "
                f"against {amount(it.revenue_usd_per_year, USD)} as published."
            )
    return ""


def _without_revenue(run: Run) -> str:
    if not run.scenario.sector_revenue:
        return "no revenue stated"
    return "" if _published_revenue(run) else "no revenue stated of a date in the run"


def _published_revenue(run: Run) -> list[SectorRevenue]:
    """Return what the sector earned, of the dates after the first day and up to the last."""
    scenario = run.scenario
    return [
        it for it in scenario.sector_revenue if scenario.start_date < it.date <= scenario.end_date
    ]


def _below_cost(run: Run, threshold: float) -> str:
    table = _after_first_day(run.columns("products"))
    cost = table["marginal_cost_usd_per_mtok"]
    low = table["listed"] & (table["price_usd_per_mtok"] < threshold * cost)
    times, places = np.unique(table["time_days"], return_inverse=True)
    lengths = _lengths(times)[places]
    days = {
        str(name): lengths[low & (table["product"] == name)].sum() / len(run.replications)
        for name in np.unique(table["product"][low].astype(str))
    }
    long = sorted((name for name in days if days[name] >= 60.0), key=lambda name: -days[name])
    if not long:
        return ""
    tokens = lengths * np.nan_to_num(table["tokens_mtok_per_day"])
    share = tokens[low].sum() / tokens.sum() if tokens.sum() else 0.0
    named = ", ".join(f"{name} ({days[name]:.0f} days)" for name in long[:_NAMED])
    more = f" and {len(long) - _NAMED} more" if len(long) > _NAMED else ""
    return (
        f"Prices are below {threshold:.0%} of the cost of serving for two months or longer: {named}"
        f"{more}; {share:.0%} of all tokens are sold at such prices. Limits of "
        "requests, which free offers have, are those of rate_limit_mtok_per_day and of capacity."
    )


def _moves_before_events(run: Run, threshold: float) -> str:
    events = run.columns("events")
    visible = np.isin(events["kind"].astype(str), [str(kind) for kind in _VISIBLE])
    later = events["time_days"][visible & (events["time_days"] > 0.0)]
    days, (adopters,) = _weekly(run.columns("market"), "adopters_share")
    first = float(later.min()) if later.size else np.inf
    before = np.flatnonzero(days <= first)
    if before.size < 2:
        return ""
    moved = float(adopters[before[-1]] - adopters[before[0]])
    if abs(moved) <= threshold:
        return ""
    whole = float(adopters[-1] - adopters[0])
    # A part is less than the whole, and of its sign.
    is_part = moved * whole > 0.0 and abs(whole) > abs(moved)
    named = np.isfinite(first) and is_part
    part = f", {moved / whole:.0%} of its change over the run" if named else ""
    until = _date(run, days[before[-1]])
    return (
        f"Adoption moves by {100 * moved:+.1f} percentage points by {until}, before the first "
        f"launch or price move{part}: the first day is no equilibrium of the market."
    )


def _nobody_able_to_pay(run: Run, threshold: float) -> str:
    table = run.columns("domains")
    _, names, adopters = _means(table, "domain", "adopters_share")
    shut = [str(n) for n, column in zip(names, adopters.T, strict=True) if max(column) < threshold]
    if not shut:
        return ""
    where = "any domain" if len(shut) == len(names) else ", ".join(shut)
    return (
        f"Nobody can pay, or nobody wants to: in {where}, fewer than {threshold:.1%} of users ever "
        "have a product."
    )


def _mistaken_demand(run: Run, threshold: float) -> str:
    beliefs = [
        f"{provider.name} that {provider.price.belief.text}"
        for provider in run.scenario.providers
        if provider.price.belief.off_share > threshold
    ]
    if not beliefs:
        return ""
    return f"Prices follow from mistaken estimates of demand: {'; '.join(beliefs)}."


RULES: tuple[Rule, ...] = (
    Rule(
        "one provider",
        0.70,
        "share of all tokens that one provider has, 28 days running: what is then said of the "
        "market is said of that provider",
        _one_provider,
    ),
    Rule(
        "spend above revenue",
        1.0,
        "what users spend, as a multiple of the scenario's sector_revenue of that date: money that "
        "nobody earned cannot have been spent",
        _spend_above_revenue,
        _without_revenue,
    ),
    Rule(
        "far below cost",
        0.05,
        "price as a share of marginal cost, for 60 days or longer: real free offers are rationed, "
        "those of a run only where the scenario says so",
        _below_cost,
    ),
    Rule(
        "moves before events",
        0.01,
        "change of the share of adopters before the first launch or price move: what begins out "
        "of balance moves by itself, and the change over a run is then no effect of what happens "
        "in it",
        _moves_before_events,
    ),
    Rule(
        "nobody able to pay",
        0.001,
        "share of a domain's users who ever have a product: prices, volumes or values are of "
        "another scale",
        _nobody_able_to_pay,
    ),
    Rule(
        "mistaken demand",
        0.01,
        "how far what a provider believes of users' response to prices is off, as a share of it: "
        "its prices follow from what it believes",
        _mistaken_demand,
    ),
)
"""Every rule, in the order in which a reader wants them."""


def _weekly(table: dict[str, Array], *columns: str) -> tuple[Array, list[Array]]:
    """Days, and the mean of columns over replications at each."""
    days, places = np.unique(table["time_days"], return_inverse=True)
    count = np.bincount(places)
    return days, [np.bincount(places, table[name]) / count for name in columns]


def _means(table: dict[str, Array], key: str, column: str) -> tuple[Array, Array, Array]:
    """Days, names, and the mean of a column over replications, shape [days, names]."""
    days, row = np.unique(table["time_days"], return_inverse=True)
    names, place = np.unique(table[key].astype(str), return_inverse=True)
    values = np.asarray(table[column], dtype=np.float64)
    known = ~np.isnan(values)
    cell = (row * len(names) + place)[known]
    size = len(days) * len(names)
    sums = np.bincount(cell, values[known], minlength=size)
    counts = np.bincount(cell, minlength=size)
    means = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
    return days, names, means.reshape(len(days), len(names))


def _after_first_day(table: dict[str, Array]) -> dict[str, Array]:
    """Leave out the first day: flows are of the time since the snapshot before, and it has none."""
    later = table["time_days"] > 0.0
    return {name: column[later] for name, column in table.items()}


def _lengths(days: Array) -> Array:
    """Days that each snapshot after the first day covers, shape [T]."""
    return np.diff(days, prepend=0.0)


def _longest(flags: Array, lengths: Array) -> float:
    """Length in all of the longest stretch of true values."""
    longest = current = 0.0
    for flag, length in zip(flags, lengths, strict=True):
        current = current + float(length) if flag else 0.0
        longest = max(longest, current)
    return longest


def _date(run: Run, day: float) -> str:
    return day_of(run.scenario.start_date + dt.timedelta(days=float(day)))

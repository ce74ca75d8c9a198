"""The answer of a run in a few sentences, each made from its numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison import Comparison, Contrast, compare
from analysis.decomposition import LABELS, decompose
from analysis.horizons import record_sentence
from analysis.statistics import Interval, at_end, short, student
from analysis.worlds import Worlds, others, subject
from sim.errors import ResultError
from sim.record.event import EventKind
from sim.record.unit import USD_PER_MTOK

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run

_PRICE, _ADOPTERS, _TOKENS = "price_paid_usd_per_mtok", "adopters_share", "tokens_mtok_per_day"
_USD = USD_PER_MTOK.spelled


def sentences(worlds: Worlds) -> list[str]:
    """Answer in one sentence, then say more: levels, the other worlds, the causes, who left.

    Parameters
    ----------
    worlds
        The run that the page is about, and what it is compared with.
    """
    run = subject(worlds)
    if run.market[_PRICE].isna().all():
        return ["Nothing was sold in this run."]
    comparisons = {name: compare(run, other) for name, other in others(worlds).items()}
    said = [
        record_sentence(worlds),
        _lead(run, comparisons),
        _levels(run),
        *(_against(name, comparison) for name, comparison in comparisons.items()),
        _causes(run),
        _exits(run),
    ]
    if len(run.replications) < 2:
        said.append("All this is one replication: it says nothing about chance.")
    else:
        said.append("In brackets: 95% intervals of the mean over replications.")
    return [sentence for sentence in said if sentence]


def at_start(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Take a weekly column at the first snapshot that has a value, per replication."""
    ordered = frame.sort_values(["replication", "time_days"]).dropna(subset=[column])
    return ordered.groupby("replication")[column].first()


def _lead(run: Run, comparisons: Mapping[str, Comparison]) -> str:
    weeks = run.market.dropna(subset=[_PRICE])["date"]
    change = at_end(run.market, _PRICE) / at_start(run.market, _PRICE) - 1
    price = student(change.replace([np.inf, -np.inf], np.nan).to_numpy())
    first = at_start(run.market, _ADOPTERS)
    last = student(at_end(run.market, _ADOPTERS).to_numpy())
    text = (
        f"From {_day(weeks.min())} to {_day(weeks.max())} the average price paid "
        f"{'fell' if price.centre < 0 else 'rose'} by {_interval(_amount(price), _percent)}, and "
        f"users with a product went from {_percent(first.mean())} to {_interval(last, _percent)} "
        "of all users"
    )
    for name, comparison in comparisons.items():
        text += f", {_more(name, comparison['adopters_share_end'].difference)}"
    gone = run.events[run.events["kind"] == EventKind.EXIT]["actor"].nunique()
    return f"{text}; {_providers(gone)} left the market."


def _more(name: str, adopters: Interval) -> str:
    """Compare adoption with that of another world, in percentage points."""
    if adopters.known and not adopters.settled:
        return (
            f"which cannot be told from the world \u201c{name}\u201d "
            f"(difference {_interval(adopters, _points)} percentage points)"
        )
    more = "more" if adopters.centre >= 0 else "fewer"
    return (
        f"{_interval(_amount(adopters), _points)} percentage points {more} than in the world "
        f"\u201c{name}\u201d"
    )


def _levels(run: Run) -> str:
    first, last = at_start(run.market, _PRICE), at_end(run.market, _PRICE)
    growth = at_end(run.market, _TOKENS) / at_start(run.market, _TOKENS)
    logs = student(np.log(growth.where(growth > 0).to_numpy()))
    fold = Interval(
        math.exp(logs.centre), math.exp(logs.low), math.exp(logs.high), logs.replications
    )
    return (
        f"The price paid went from {first.mean():.3g} to {last.mean():.3g} {_USD}; "
        f"tokens a day grew to {_interval(fold, short)} times those of the first week "
        "(geometric mean)."
    )


def _against(name: str, comparison: Comparison) -> str:
    price = comparison["price_paid_usd_per_mtok_end"]
    tokens = comparison["tokens_mtok_per_day_end"]
    users = comparison["consumer_surplus_usd_per_year"]
    sellers = comparison["producer_surplus_usd_per_year"]
    return (
        f"Against the world \u201c{name}\u201d, in the last week the price paid was "
        f"{_beside(price, 'higher', 'lower')} and the market used "
        f"{_beside(tokens, 'more', 'fewer')}; over the run the surplus of users was "
        f"{_beside(users, 'higher', 'lower')} and that of providers "
        f"{_beside(sellers, 'higher', 'lower')}."
    )


def _beside(contrast: Contrast, up: str, down: str) -> str:
    unit = contrast.outcome.unit.spelled
    difference, number = contrast.difference, contrast.outcome.number
    if difference.known and not difference.settled:
        return f"about the same (difference {_interval(difference, number)} {unit})"
    if difference.centre == 0:
        return "the same"
    more = up if difference.centre > 0 else down
    text = f"{_interval(_amount(difference), number)} {unit}"
    if contrast.second.centre > 0:
        text += f" or {_percent(abs(difference.centre) / contrast.second.centre)}"
    return f"{text} {more}"


def _causes(run: Run) -> str:
    try:
        account = decompose(run)
    except ResultError:
        return ""
    falls = {
        part: -interval.centre for part, interval in account.parts().items() if interval.centre < 0
    }
    if account.change.centre >= 0 or not falls:
        return ""
    largest = sorted(falls, key=lambda part: falls[part], reverse=True)[:3]
    listed = [f"{LABELS[part]} ({falls[part]:.2g})" for part in largest]
    text = listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}"
    return (
        f"The average list price fell by {-account.change.centre:.3g} {_USD}; the "
        f"largest parts of the fall came from {text}."
    )


def _exits(run: Run) -> str:
    exits = run.events[run.events["kind"] == EventKind.EXIT]
    if exits.empty:
        return ""
    counts = exits.groupby("actor")["replication"].nunique().sort_values(ascending=False)
    total = len(run.replications)
    names = ", ".join(f"{name} (in {count} of {total})" for name, count in counts.items())
    return f"Left the market: {names}."


def _providers(count: int) -> str:
    if count == 0:
        return "no provider"
    return f"{count} provider{'' if count == 1 else 's'}"


def _interval(interval: Interval, number: Callable[[float], str]) -> str:
    if not interval.known:
        return number(interval.centre)
    return interval.text(number)


def _amount(interval: Interval) -> Interval:
    """Return the same interval without its sign."""
    if interval.centre >= 0:
        return interval
    return Interval(-interval.centre, -interval.high, -interval.low, interval.replications)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _points(share: float) -> str:
    return f"{100 * share:.3g}"


def _day(date: object) -> str:
    import pandas as pd

    stamp = pd.Timestamp(str(date))
    return f"{stamp.day} {stamp:%B %Y}"

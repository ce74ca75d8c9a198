"""The answer of a run in a few sentences, each made from its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from analysis.comparison import Comparison, compare
from analysis.decomposition import LABELS, decompose
from analysis.statistics import Interval, at_end, student
from sim.errors import ResultError

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run


def sentences(run: Run, counterfactual: Run | None) -> list[str]:
    """Say what the price did, what adoption did, what the war added, and who left.

    Parameters
    ----------
    run
        A finished run.
    counterfactual
        The same market without the war, or None.
    """
    said = [_price(run), _adoption(run)]
    if counterfactual is not None:
        said.append(_war(compare(run, counterfactual)))
    said += [_causes(run), _exits(run)]
    if len(run.replications) < 2:
        said.append("All this is one replication: it says nothing about chance.")
    return [sentence for sentence in said if sentence]


def at_start(frame: pd.DataFrame, column: str) -> pd.Series[float]:
    """Take a weekly column at the first snapshot that has a value, per replication."""
    ordered = frame.sort_values(["replication", "time_days"]).dropna(subset=[column])
    return ordered.groupby("replication")[column].first()


def _price(run: Run) -> str:
    first = at_start(run.market, "price_paid_usd_per_mtok")
    last = at_end(run.market, "price_paid_usd_per_mtok")
    change = student((last / first - 1).replace([np.inf, -np.inf], np.nan).to_numpy())
    verb = "fell" if change.centre < 0 else "rose"
    weeks = run.market.dropna(subset=["price_paid_usd_per_mtok"])["date"]
    if weeks.empty:
        return "Nothing was sold."
    return (
        f"From {_day(weeks.min())} to {_day(weeks.max())} the average price paid {verb} from "
        f"{first.mean():.3g} to {last.mean():.3g} USD per million tokens, by "
        f"{_interval(_sized(change), _percent)}."
    )


def _adoption(run: Run) -> str:
    first, last = at_start(run.market, "adopters_share"), at_end(run.market, "adopters_share")
    tokens = at_end(run.market, "tokens_mtok_per_day") / at_start(run.market, "tokens_mtok_per_day")
    return (
        f"Users with a product went from {_percent(first.mean())} to "
        f"{_interval(student(last.to_numpy()), _percent)} of all users, and tokens a day grew "
        f"{_interval(student(tokens.to_numpy()), '{:.3g}'.format)} times."
    )


def _war(comparison: Comparison) -> str:
    adopters = comparison["adopters_share_end"].difference
    price = comparison["price_paid_usd_per_mtok_end"]
    tokens = comparison["tokens_mtok_per_day_end"]
    more = "more" if tokens.difference.centre > 0 else "fewer"
    return (
        "Against the same market without the war, "
        f"{_difference(adopters, _points, 'higher', 'lower', 'adoption ended')}; "
        f"{_difference(price.difference, _usd, 'higher', 'lower', 'the price paid ended')}; "
        f"and the market used {_percent(abs(tokens.difference.centre) / tokens.second.centre)} "
        f"{more} tokens a day ({tokens.second.centre:,.4g} against {tokens.first.centre:,.4g} "
        "million)."
    )


def _difference(
    interval: Interval, number: Callable[[float], str], up: str, down: str, subject: str
) -> str:
    if interval.centre == 0 and not interval.settled:
        return f"{subject} the same"
    if interval.known and not interval.settled:
        bounds = f"95% interval {number(interval.low)} to {number(interval.high)}"
        return f"{subject} about the same ({bounds}, which includes none)"
    return f"{subject} {_interval(_sized(interval), number)} {up if interval.centre > 0 else down}"


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
        f"The average list price fell by {-account.change.centre:.3g} USD per million tokens; the "
        f"largest parts of the fall came from {text}."
    )


def _exits(run: Run) -> str:
    exits = run.events[run.events["kind"] == "exit"]
    if exits.empty:
        return "No provider left the market."
    counts = exits.groupby("actor")["replication"].nunique().sort_values(ascending=False)
    total = len(run.replications)
    names = ", ".join(f"{name} (in {count} of {total})" for name, count in counts.items())
    return f"Left the market: {names}."


def _interval(interval: Interval, number: Callable[[float], str]) -> str:
    if not interval.known:
        return number(interval.centre)
    bounds = f"{number(interval.low)} to {number(interval.high)}"
    return f"{number(interval.centre)} (95% interval {bounds})"


def _sized(interval: Interval) -> Interval:
    """Return the same interval of the amount, without its sign."""
    if interval.centre >= 0:
        return interval
    return Interval(-interval.centre, -interval.high, -interval.low, interval.replications)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _points(share: float) -> str:
    return f"{100 * share:.2g} percentage points"


def _usd(value: float) -> str:
    return f"{value:.3g} USD per million tokens"


def _day(date: object) -> str:
    import pandas as pd

    stamp = pd.Timestamp(str(date))
    return f"{stamp.day} {stamp:%B %Y}"

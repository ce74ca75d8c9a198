"""What was published, held against what a run shows.

The measures, each one number a replication:

``follower_median_lag_days``
    Median, over the providers that followed the trigger, of the days to their first move.
``follower_median_cut_depth_share``
    Median over the same providers of the depth of their cuts; see
    :func:`analysis.reactions.followers`.
``provider_tokens_multiple``
    Tokens a day of a provider at the last snapshot up to ``until_date``, over the mean of its
    snapshots in the fortnight that ends on ``since_date`` (without one: the run's first fortnight).
``provider_tokens_multiple_over_no_war``
    The same multiple, divided replication by replication by that of the same market without the
    war: what the war added to the growth.
``provider_tokens_share``
    Tokens of a provider over those of all, summed over the weeks from ``since_date`` (without one:
    the run's first day) to ``until_date``.
``leading_models_entries_per_week``, ``leading_models_median_stay_weeks``, ``leading_model_share``
    Moments of the nine products with the most tokens, week by week from ``since_date`` (without
    one: the run's first day) to ``until_date``; see :mod:`analysis.leading_models`.

A fact that parameters were set by is never a hit or a miss: it is said what it was calibrated to
and how far away the run is. A fact whose date lies after the run's last day is not judged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analysis.comparison import paired_replications
from analysis.leading_models import leading_models
from analysis.reactions import find_trigger, followers
from analysis.statistics import Interval, median_of, short

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run
    from sim.scenario.scenario import Fact

FORTNIGHT_DAYS = 14.0


@dataclass(frozen=True)
class Verdict:
    """A published range beside the simulated value.

    Attributes
    ----------
    fact
        What was published.
    simulated
        Median over replications with its 95% interval of order statistics.
    reason
        Why it could not be measured; empty if it could.
    """

    fact: Fact
    simulated: Interval
    reason: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is a value to judge."""
        return self.simulated.replications > 0

    @property
    def judged(self) -> bool:
        """Whether it says anything of the model: measured, and no parameter was set by it."""
        return self.measured and self.fact.role == "validation"

    @property
    def inside(self) -> bool:
        """Whether the simulated median lies in the published range."""
        return self.measured and self.fact.low <= self.simulated.centre <= self.fact.high

    @property
    def hit(self) -> bool:
        """Whether a fact that judges is met."""
        return self.judged and self.inside

    @property
    def distance(self) -> str:
        """How far the simulated median is from what was published, in words."""
        value, fact = self.simulated.centre, self.fact
        if fact.published is not None and fact.published != 0.0:
            share = value / fact.published - 1.0
            if abs(share) < 0.005:
                return f"as {fact.published:g}"
            return f"{abs(share):.0%} {'above' if share > 0 else 'below'} {fact.published:g}"
        if self.inside:
            return "in the range"
        bound, side = (fact.low, "below") if value < fact.low else (fact.high, "above")
        return f"{short(abs(value - bound))} {side} the range"

    @property
    def text(self) -> str:
        """``hit`` or ``MISS``, what it was calibrated to, or why it was not measured."""
        if not self.measured:
            return self.reason
        if not self.judged:
            outside = "" if self.inside else ", outside the range"
            known = self.fact.role == "calibration"
            role = "calibrated to" if known else "not judged, as its role is unstated"
            return f"{role}: {self.distance}{outside}"
        if self.hit:
            return f"hit: {self.distance}"
        low = self.simulated.centre < self.fact.low
        return f"MISS: too {'low' if low else 'high'}, {self.distance}"


def evaluate(run: Run, counterfactual: Run | None = None) -> list[Verdict]:
    """Judge every fact of the run's scenario.

    Parameters
    ----------
    run
        A finished run.
    counterfactual
        The same market without the war, same seed; None leaves facts that need it unmeasured.
    """
    return [_judge(fact, run, counterfactual) for fact in run.scenario.facts]


def _judge(fact: Fact, run: Run, counterfactual: Run | None) -> Verdict:
    last = max(filter(None, (fact.since_date, fact.until_date)), default=run.scenario.start_date)
    if last > run.scenario.end_date:
        reason = f"not reached by this run, which ends on {run.scenario.end_date}"
        return Verdict(fact, median_of([]), reason)
    try:
        values = fact_values(fact, run, counterfactual)
    except UnmeasurableError as error:
        return Verdict(fact, median_of([]), f"not measured: {error}")
    simulated = median_of(values.to_numpy())
    unknown = "not measured: no replication has a value"
    return Verdict(fact, simulated, "" if simulated.replications else unknown)


class UnmeasurableError(Exception):
    """The run holds nothing that the measure could be taken from."""


def fact_values(fact: Fact, run: Run, counterfactual: Run | None = None) -> pd.Series[float]:
    """Return the simulated value of a fact, replication by replication, where there is one.

    Parameters
    ----------
    fact, run, counterfactual
        As of `evaluate`.

    Raises
    ------
    UnmeasurableError
        If no replication has one.
    """
    return _MEASURES[fact.name](fact, run, counterfactual)


def _followers(fact: Fact, run: Run) -> pd.DataFrame:
    trigger = find_trigger(run, fact.provider, fact.since_date)
    if trigger is None:
        raise UnmeasurableError("nothing set off a war")
    until = None if fact.until_date is None else run.scenario.days(fact.until_date)
    followed = followers(run, trigger, until)
    if followed.empty:
        raise UnmeasurableError("nobody followed in any replication")
    return followed


def _lag(fact: Fact, run: Run, counterfactual: Run | None) -> pd.Series[float]:  # noqa: ARG001
    return _followers(fact, run).groupby("replication")["lag_days"].median()


def _depth(fact: Fact, run: Run, counterfactual: Run | None) -> pd.Series[float]:  # noqa: ARG001
    return _followers(fact, run).groupby("replication")["cut_depth_share"].median()


def _multiple(fact: Fact, run: Run, counterfactual: Run | None) -> pd.Series[float]:  # noqa: ARG001
    since = FORTNIGHT_DAYS if fact.since_date is None else run.scenario.days(fact.since_date)
    until = run.scenario.days(fact.until_date or run.scenario.end_date)
    if since < 0:
        raise UnmeasurableError("the run begins after its dates")
    rows = run.products[run.products["provider"] == fact.provider]
    weekly = rows.groupby(["replication", "time_days"])["tokens_mtok_per_day"].sum()
    tokens = weekly.unstack("time_days")
    days = tokens.columns.to_numpy(dtype=float)
    base = tokens.loc[:, (days > since - FORTNIGHT_DAYS) & (days <= since)].mean(axis=1)
    if not (base > 0).any():
        last = run.scenario.start_date + dt.timedelta(days=since)
        raise UnmeasurableError(f"{fact.provider} sold nothing in the fortnight to {last}")
    return tokens.loc[:, days <= until].iloc[:, -1] / base.where(base > 0)


def _multiple_over_no_war(fact: Fact, run: Run, counterfactual: Run | None) -> pd.Series[float]:
    if counterfactual is None:
        raise UnmeasurableError("needs the same market without the war")
    paired = list(paired_replications(run, counterfactual))
    with_war = _multiple(fact, run, None).reindex(paired)
    return with_war / _multiple(fact, counterfactual, None).reindex(paired)


def _share(fact: Fact, run: Run, counterfactual: Run | None) -> pd.Series[float]:  # noqa: ARG001
    since = 0.0 if fact.since_date is None else run.scenario.days(fact.since_date)
    until = run.scenario.days(fact.until_date or run.scenario.end_date)
    if since < 0:
        raise UnmeasurableError("the run begins after its dates")
    # A week's row holds the flow since the row before: the first day's row holds nothing.
    weeks = run.products[run.products["time_days"].between(max(since, 1e-9), until)]
    tokens = weeks.groupby("replication")["tokens_mtok_per_day"].sum()
    own = weeks[weeks["provider"] == fact.provider].groupby("replication")["tokens_mtok_per_day"]
    return own.sum().reindex(tokens.index, fill_value=0.0) / tokens.where(tokens > 0)


def _leading(fact: Fact, run: Run, counterfactual: Run | None) -> pd.Series[float]:  # noqa: ARG001
    since = 0.0 if fact.since_date is None else run.scenario.days(fact.since_date)
    until = run.scenario.days(fact.until_date or run.scenario.end_date)
    if since < 0:
        raise UnmeasurableError("the run begins after its dates")
    weeks = run.products[run.products["time_days"].between(max(since, 1e-9), until)]
    weekly = weeks.rename(
        columns={"time_days": "week", "product": "model", "tokens_mtok_per_day": "tokens"}
    )
    moment = fact.name.removeprefix("leading_models_").replace("leading_model_", "leader_")
    return weekly.groupby("replication")[["week", "model", "tokens"]].apply(
        lambda one: float(getattr(leading_models(one), moment))
    )


_MEASURES: dict[str, Callable[[Fact, Run, Run | None], pd.Series[float]]] = {
    "follower_median_lag_days": _lag,
    "follower_median_cut_depth_share": _depth,
    "provider_tokens_multiple": _multiple,
    "provider_tokens_multiple_over_no_war": _multiple_over_no_war,
    "provider_tokens_share": _share,
    "leading_models_entries_per_week": _leading,
    "leading_models_median_stay_weeks": _leading,
    "leading_model_share": _leading,
}

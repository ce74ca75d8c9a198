"""What was put in beside what came out, so that no input is taken for a finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from analysis.amounts import percent
from analysis.course import period_of
from analysis.inputs import free_as_given, inputs_of
from analysis.reactions import WINDOW_DAYS, main_trigger, war_moves
from analysis.report.section import Block, Heading, PageTable, section
from analysis.statistics import at_end, at_start
from analysis.wars import FEWEST_FOLLOWERS, SMALLEST_CUT_SHARE, first_wars
from analysis.words import day, joined, short_list
from analysis.worlds import Worlds, subject
from sim.record.event import Cause, EventKind

if TYPE_CHECKING:
    import pandas as pd

    from sim.record.run import Run


@section("inputs", place=50, title="What was put in, and what came out")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write a row a theme: the scenario's part beside the run's."""
    run = subject(worlds)
    first = next(iter(worlds))
    yield (
        f"On the left what the scenario of \u201c{first}\u201d states, which is no finding; on the "
        "right what followed from it in the run."
    )
    yield PageTable(
        (Heading(""), Heading("put in by the scenario", "wrap"), Heading("came out", "wrap")),
        tuple((it.label, it.text, _CAME_OUT[it.theme](run)) for it in inputs_of(run.scenario)),
    )


def _fighters(run: Run) -> str:
    moves = war_moves(run)
    named = moves[moves["trigger_provider"].notna()]
    if named.empty:
        return "Nobody answered another."
    providers = _by_replications(named["provider"], named["replication"], len(run.replications))
    return f"Answers to rivals: {_each(len(named), run)}, by {providers}."


def _days(run: Run) -> str:
    trigger = main_trigger(run)
    moves = war_moves(run)
    moves = moves[moves["trigger_provider"].notna()]
    if trigger is None or moves.empty:
        return "No answer."
    first = moves.groupby("replication")["date"].min()
    earliest, latest = day(first.min()), day(first.max())
    span = f"on {earliest}" if earliest == latest else f"between {earliest} and {latest}"
    return f"The first answer came {span}, by replication."


def _war(run: Run) -> str:
    wars = first_wars(run.events, run.scenario)
    total = len(run.replications)
    what = (
        f"{FEWEST_FOLLOWERS} providers or more cut a comparable product by "
        f"{SMALLEST_CUT_SHARE:.0%} or more within {WINDOW_DAYS:.0f} days of a rival's move"
    )
    if not wars:
        return f"In none of {total} replications did what makes one: {what}."
    moves = Counter(f"{war.product} of {war.provider}" for war in wars)
    listed = joined([f"{move} (in {number})" for move, number in moves.most_common()])
    return f"In {len(wars)} of {total} replications {what}; it was the move of {listed}."


def _free(run: Run) -> str:
    events = run.events
    decided = events[
        events["kind"].isin([EventKind.PRICE, EventKind.LAUNCH])
        & (events["new"] == 0)
        & (events["cause"] != Cause.REPLAY)
        & ~events["subject"].isin(list(free_as_given(run.scenario)))
    ]
    if decided.empty:
        return "No product became free by a decision in the run."
    total = len(run.replications)
    return f"Became free: {_by_replications(decided['subject'], decided['replication'], total)}."


def _prices(run: Run) -> str:
    events = run.events
    moves = events[(events["kind"] == EventKind.PRICE) & (events["cause"] != Cause.REPLAY)]
    cuts, rises = (moves["new"] < moves["old"]).sum(), (moves["new"] > moves["old"]).sum()
    if not cuts and not rises:
        return "No list price moved by a decision in the run."
    return f"Cuts of list prices: {_each(cuts, run)}; rises: {_each(rises, run)}."


def _launches(run: Run) -> str:
    events = run.events
    priced = events[(events["kind"] == EventKind.LAUNCH) & (events["cause"] == Cause.WAR)]
    if priced.empty:
        return "None: when and what is launched is never decided in a run."
    return f"Launches at a price that answered a rival: {_each(len(priced), run)}."


def _interventions(run: Run) -> str:
    events = run.events
    carried_out = events[events["kind"] == EventKind.INTERVENTION]
    if carried_out.empty:
        return "Nobody intervened."
    days = [day(date) for date in sorted(carried_out["date"].unique())]
    moved = events[(events["kind"] == EventKind.PRICE) & (events["cause"] == Cause.INTERVENTION)]
    prices = f" Prices that they moved: {_each(len(moved), run)}." if len(moved) else ""
    return f"Began or ended on {short_list(days)}.{prices}"


def _costs(run: Run) -> str:
    projects = run.events[run.events["kind"] == EventKind.PROJECT]
    if projects.empty:
        return "Sizes of fleets, queues and what they cost."
    return "How long projects took and which recipe they chose; fleets, queues and their cost."


def _users(run: Run) -> str:
    first, last = (at(run.market, "adopters_share").mean() for at in (at_start, at_end))
    period = period_of(run.market["time_days"])
    return (
        f"{percent(first)} of all users had a product after the first {period}, {percent(last)} at "
        "the end; which one, and how much they used."
    )


def _exits(run: Run) -> str:
    exits = run.events[run.events["kind"] == EventKind.EXIT]
    if exits.empty:
        return "Nobody left."
    total = len(run.replications)
    return f"Left: {_by_replications(exits['actor'], exits['replication'], total)}."


_CAME_OUT: Final[dict[str, Callable[[Run], str]]] = {
    "fighters": _fighters,
    "days": _days,
    "war": _war,
    "free": _free,
    "prices": _prices,
    "launches": _launches,
    "interventions": _interventions,
    "costs": _costs,
    "users": _users,
    "exits": _exits,
}


def _by_replications(names: pd.Series, replications: pd.Series, total: int) -> str:
    """Write names with the number of replications that have them, the commonest first."""
    counts = replications.groupby(names).nunique().sort_values(ascending=False, kind="stable")
    return short_list([f"{name} (in {count} of {total})" for name, count in counts.items()])


def _each(number: int, run: Run) -> str:
    """Write how many there are a replication."""
    return f"{number / len(run.replications):.3g} a replication"

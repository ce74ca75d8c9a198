"""Indices as people read them: a table, how to read it, and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from analysis.sensitivity.index import INDISTINGUISHABLE, NO_INTERVAL, Index, Measure
from analysis.sensitivity.outcome_indices import (
    FACTORIAL,
    MORRIS,
    SOBOL,
    SURROGATE,
    OutcomeIndices,
)
from analysis.statistics import short
from analysis.words import joined

if TYPE_CHECKING:
    from analysis.printable import PrintableTable

_NAMED: Final = 3
_ZERO: Final = "~0"
_ADVICE: Final = "give three replications, or three blocks of a design that has them"


def table_of(one: OutcomeIndices) -> PrintableTable:
    """Lay the indices of an outcome out for the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.text import Text

    from analysis.printable import PrintableTable

    measures = [it for it in Measure if it is not Measure.PAIR and one.of_measure(it)]
    in_units = not measures[0].is_share
    unit = one.outcome.unit_for(*(it.interval.centre for it in one.indices))
    table = PrintableTable(
        title=f"{one.outcome.label}{f', {unit.symbol}' if in_units else ''}: {one.method}",
        caption=Text(note(one)),
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("parameter", no_wrap=True)
    for measure in measures:
        table.add_column(measure.value)
    for name in one.ranking:
        table.add_row(name, *(one[name, measure].text(unit.factor, _ZERO) for measure in measures))
    for pair in pairs_above_zero(one):
        table.add_row(pair.parameter, "", pair.text())
    table.add_row("replication noise", _noise_text(one), *[""] * (len(measures) - 1))
    return table


def pairs_above_zero(one: OutcomeIndices) -> list[Index]:
    """Return the largest interactions of pairs that are told apart from zero."""
    pairs = [pair for pair in one.of_measure(Measure.PAIR) if pair.is_above_zero]
    return sorted(pairs, key=lambda pair: -pair.interval.centre)[:_NAMED]


def _noise_text(one: OutcomeIndices) -> str:
    if one.noise.centre != one.noise.centre:
        return "not known"
    return f"{100 * one.noise.centre:.3g}% of a run"


def note(one: OutcomeIndices) -> str:
    """Return how to read the indices of an outcome."""
    noun = {MORRIS: "trajectories", SOBOL: "blocks"}.get(one.method, "points")
    used = f"{one.used} of {one.of} {noun}" if one.used < one.of else f"{one.used} {noun}"
    lines = [f"From {used}. Brackets: 95% intervals, by resampling them and the replications."]
    if one.method == FACTORIAL:
        lines = [f"From {used}. Brackets: 95% intervals, by resampling the replications."]
    if all(_lacks_interval(it) for it in one.indices):
        lines = [f"From {used}."]
    if one.hold_out is not None:
        unit = one.outcome.unit_for(one.hold_out.error)
        lines = [
            f"From a surrogate through {used}. At points held out it is off by "
            f"{short(unit.factor * one.hold_out.error)} {unit.symbol} (root mean square): "
            f"{one.hold_out.share:.0%} of the variance is not explained; the noise of replications "
            f"makes {_percent(one.hold_out.noise_share)} of that variance. Intervals hold what the "
            "points leave unknown of the surrogate, other replications, and what is not explained."
        ]
    if one.noise.centre == one.noise.centre:
        bounds = f" ({one.noise.low:.0%} to {one.noise.high:.0%})" if one.noise.known else ""
        lines.append(
            f"Replication noise is {one.noise.centre:.0%}{bounds} of the variance of single runs; "
            + (
                f"the effects are of means over {one.noise.replications}."
                if one.method == MORRIS
                else f"the indices are of means over {one.noise.replications}, and freed of it."
            )
        )
    if any(_lacks_interval(it) for it in one.indices):
        lines.append(f"{NO_INTERVAL}: {_ADVICE}.")
    if any(it.interval.known and not it.is_above_zero for it in one.indices):
        lines.append(f"{_ZERO}: {INDISTINGUISHABLE}.")
    if one.method == MORRIS:
        lines.append(
            "Changes are over the parameter's whole range. noise: mu* of a parameter without "
            "effect, for the noise of replications."
        )
    return "\n".join(lines)


def _percent(share: float) -> str:
    return "an unknown part" if share != share else f"{share:.0%}"


def sentence_of(one: OutcomeIndices) -> str:
    """Say what an outcome hangs on most."""
    label = one.outcome.label
    leading = [it for it in one.of_measure(one.leading) if it.interval.centre == it.interval.centre]
    if not leading:
        return f"{label}: does not vary over the sweep by more than noise."
    if one.method == MORRIS:
        above = [it for it in leading if _is_above_noise(one, it)]
    else:
        above = [it for it in leading if it.is_above_zero]
    ranked = sorted(above, key=lambda it: -it.interval.centre)
    if not ranked and any(_lacks_interval(it) for it in leading):
        return f"{label}: without intervals nothing is told apart from chance; {_ADVICE}."
    if not ranked:
        return f"{label}: no parameter is told apart from chance."
    unit = one.outcome.unit_for(*(it.interval.centre for it in leading))
    named = [f"{it.parameter} {it.text(unit.factor)}" for it in ranked[:_NAMED]]
    rest = [it.parameter for it in leading if it not in above and it.interval.known]
    less = f" Not distinguishable from zero: {joined(rest)}." if rest else ""
    what = "mean change over the range" if one.method == MORRIS else "share of variance, in total"
    if one.method == MORRIS:
        what = f"{what}, {unit.words}" if unit.words else what
    off = (
        f" The surrogate leaves {one.hold_out.share:.0%} unexplained."
        if one.method == SURROGATE and one.hold_out is not None
        else ""
    )
    return f"{label} hangs most on {joined(named)} ({what}).{less}{off}"


def _lacks_interval(index: Index) -> bool:
    """Return whether an index has a value, but no interval."""
    return index.interval.centre == index.interval.centre and not index.interval.known


def _is_above_noise(one: OutcomeIndices, index: Index) -> bool:
    """Return whether an elementary effect is more than the noise of replications would make."""
    floor = one[index.parameter, Measure.NOISE].interval.centre
    return one[index.parameter, Measure.MU].is_above_zero or index.interval.low > floor

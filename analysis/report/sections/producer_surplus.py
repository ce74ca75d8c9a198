"""What providers earn, before and after fixed costs, and what of it is assumed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np

from analysis.amounts import change_of
from analysis.comparison import MORE_THAN_CHANCE, paired_replications
from analysis.money import (
    AFTER_FIXED_COSTS,
    BEFORE_FIXED_COSTS,
    fixed_costs_by_provider,
    surplus_steps,
)
from analysis.report.numbers import Number, numbers_of
from analysis.report.paired import PairedRow, paired_table
from analysis.report.section import Block, Cell, Heading, PageTable, section
from analysis.statistics import short, student
from analysis.worlds import Worlds, others, subject
from sim.reading.provenance import Source
from sim.record.run import Run
from sim.record.unit import Unit

if TYPE_CHECKING:
    import pandas as pd

INPUTS: Final[dict[str, str]] = {
    "fixed costs: training, data, staff": r"providers\[.*\]\.fixed_cost_",
    "compression projects": r"providers\[.*\]\.compression\[|compression\.",
    "compute: clouds, rents, chips, architectures, upgrades": (
        r"clouds\[|products\[.*\]\.architecture\.|providers\[.*\]\.hardware\["
    ),
    "prices and how they are set": (
        r"products\[.*\]\.price_|providers\[.*\]\.(price|war)\.|war\.|exchange_rates\["
    ),
    "demand: products, users, domains": r"products\[|population\.|domains\[",
}
"""Groups of the inputs behind producer surplus, by patterns of their paths; the first fits."""

_WHOLES: Final = (BEFORE_FIXED_COSTS, AFTER_FIXED_COSTS)


@section("producer-surplus", place=45, title="What providers earn, and what of it is assumed")
def write(worlds: Worlds) -> Iterator[Block]:
    """Write the steps from revenue to profit, what fixed costs rest on, and the inputs."""
    steps = {name: surplus_steps(run) for name, run in worlds.items()}
    means = [abs(float(step.mean())) for own in steps.values() for step in own.values()]
    unit = Unit("USD/year").readable(max(means))
    yield (
        "A mean over the run, not discounted; what owners put in is left out."
        + (f" Differences are paired. Bold there: {MORE_THAN_CHANCE}." if others(worlds) else "")
    )
    yield from paired_table(worlds, (Heading(unit.words),), _rows(worlds, steps, unit))
    yield _fixed_costs(worlds, unit)
    yield (
        "The inputs behind these numbers, by where they come from. Without a source: choices of "
        "the scenario, and defaults of the program."
    )
    yield _inputs(numbers_of(subject(worlds)))


def _rows(
    worlds: Worlds, steps: Mapping[str, Mapping[str, pd.Series[float]]], unit: Unit
) -> Iterator[PairedRow]:
    for step in steps[next(iter(worlds))]:
        values = {name: own[step] for name, own in steps.items()}
        label = Cell(step, tone="settled" if step in _WHOLES else "")
        yield PairedRow((label,), values, lambda usd: short(usd * unit.factor))


def _fixed_costs(worlds: Worlds, unit: Unit) -> str:
    """Say what fixed costs rest on, and whether they differ between the worlds."""
    run = subject(worlds)
    paid = fixed_costs_by_provider(run).mean()
    paid = paid[paid > 0.0]
    if paid.empty:
        return "No provider has fixed costs in this run: producer surplus is the same before them."
    total = float(paid.sum())
    sources = {str(name): _source(run, str(name)) for name in paid.index}
    assumed = [name for name, source in sources.items() if source and source.is_assumption]
    stated = [name for name, source in sources.items() if source and not source.is_assumption]
    text = (
        "Fixed costs are an input and answer to nothing in the run. Of the providers that pay "
        f"some, {len(assumed)} of {paid.size} have theirs marked as an assumption "
        f"({100 * float(paid[assumed].sum()) / total:.3g}% of the money), {len(stated)} with a "
        f"source, {paid.size - len(assumed) - len(stated)} with neither."
    )
    by_name = {str(name): float(usd) for name, usd in paid.items()}
    low, high = (_at_ends(run, by_name, end) for end in (0, 1))
    if low < high:
        text += (
            " At the low ends of the ranges that the scenario states they would be "
            f"{short(low * unit.factor)} {unit.words}, at the high ends "
            f"{short(high * unit.factor)}, in place of {short(total * unit.factor)}."
        )
    compared = (_against(run, name, other) for name, other in others(worlds).items())
    return " ".join([text, *compared])


def _source(run: Run, provider: str) -> Source | None:
    return run.scenario.provenance.get(f"providers[{provider}].fixed_cost_usd_per_month")


def _at_ends(run: Run, paid: dict[str, float], end: int) -> float:
    """Return what fixed costs would be at the low (0) or high (1) ends of stated ranges."""
    monthly = {p.name: p.fixed_cost_usd_per_month for p in run.scenario.providers}
    total = 0.0
    for name, usd in paid.items():
        source = _source(run, name)
        ratio = (
            source.range[end] / monthly[name]
            if source is not None and source.range is not None and monthly[name] > 0.0
            else 1.0
        )
        total += usd * ratio
    return total


def _against(run: Run, name: str, other: Run) -> str:
    paired = list(paired_replications(run, other))
    totals = [
        fixed_costs_by_provider(world).sum(axis=1).loc[paired].to_numpy() for world in (run, other)
    ]
    if np.allclose(totals[0], totals[1], rtol=1e-12, atol=0.0):
        return (
            f"They are the same in \u201c{name}\u201d in every replication, so they cancel in the "
            "difference and move both levels."
        )
    difference = student(totals[0] - totals[1])
    return (
        f"They are {change_of(difference, Unit('USD/year'))} "
        f"{'higher' if difference.centre > 0 else 'lower'} than in \u201c{name}\u201d: a provider "
        "that leaves stops paying them."
    )


def _inputs(numbers: list[Number]) -> PageTable:
    groups: dict[str, list[Number]] = {name: [] for name in INPUTS}
    for number in numbers:
        group = next((name for name, path in INPUTS.items() if re.match(path, number.path)), None)
        if group is not None:
            groups[group].append(number)
    rows = []
    for name, members in groups.items():
        assumed = sum(number.is_assumption for number in members)
        sourced = sum(bool(number.source) for number in members) - assumed
        counts = (len(members), assumed, sourced, len(members) - assumed - sourced)
        rows.append((name, *(f"{count:,}" for count in counts)))
    return PageTable(
        (
            Heading("inputs"),
            Heading("numbers", "number"),
            Heading("assumed", "number"),
            Heading("with a source", "number"),
            Heading("without", "number"),
        ),
        tuple(rows),
    )

"""Who gains and who pays when one world replaces another: paired differences by party."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.comparison import paired_replications
from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import BLACK, GREY, VERMILION, blank, sheet
from analysis.statistics import Interval, student
from analysis.welfare import TOTAL, USERS, by_size, gains_by_party, surplus_by_type, total_surplus
from analysis.worlds import Worlds, others, subject
from sim.record.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.run import Run


def _has_others(worlds: Worlds) -> bool:
    return len(worlds) > 1


@plate(
    "surplus-by-party",
    place=82,
    title="Who gains, who pays: {pairs}",
    caption=(
        "Paired differences, {pairs}, USD a year over the run, not discounted. {differing}. Left: "
        "what each party is left with; the parties add up to total surplus. Right: consumer "
        "surplus by domain, and within it by the volume of users. Whiskers: 95% intervals of the "
        "mean."
    ),
    tables=("welfare", "ledger"),
    applies=_has_others,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: parties, and users by domain and size."""
    if not _has_others(worlds):
        return blank("There is no other world to compare with.")
    run, first = subject(worlds), next(iter(worlds))
    parties = {
        n: _differences(_parties(run), _parties(o), run, o) for n, o in others(worlds).items()
    }
    users = {n: _differences(_sizes(run), _sizes(o), run, o) for n, o in others(worlds).items()}
    colours = dict.fromkeys(parties, VERMILION) if len(parties) == 1 else world_colours(worlds)
    rows = max(len(next(iter(parties.values()))), len(next(iter(users.values()))))
    figure = sheet(1.2 + 0.17 * rows)
    left, right = figure.subplots(1, 2)
    _bars(left, parties, colours, "Parties")
    _bars(right, users, colours, "Users")
    if len(parties) > 1:
        bars = [Patch(color=colours[name], label=f"{first} minus {name}") for name in parties]
        figure.legend(handles=bars, loc="outside lower center", ncols=len(bars))
    return figure


def _parties(run: Run) -> dict[str, pd.Series[float]]:
    return {**gains_by_party(run), TOTAL: total_surplus(run)}


def _sizes(run: Run) -> dict[str, pd.Series[float]]:
    if not len(run.welfare):
        return {USERS: gains_by_party(run)[USERS]}
    sums = by_size(surplus_by_type(run))
    domains, sizes = (sums.columns.get_level_values(level) for level in (0, 1))
    return {f"{d}, {s}": sums[d, s] for d, s in zip(domains, sizes, strict=True)}


def _differences(
    own: dict[str, pd.Series[float]], theirs: dict[str, pd.Series[float]], run: Run, other: Run
) -> dict[str, Interval]:
    paired = list(paired_replications(run, other))
    return {
        name: student(
            values.loc[paired].to_numpy()
            - (theirs[name].loc[paired].to_numpy() if name in theirs else 0.0)
        )
        for name, values in own.items()
    }


def _bars(
    axes: Axes,
    differences: Mapping[str, Mapping[str, Interval]],
    colours: Mapping[str, str],
    title: str,
) -> None:
    names = list(next(iter(differences.values())))
    height = 0.8 / len(differences)
    for index, (world, found) in enumerate(differences.items()):
        for row, name in enumerate(names):
            at = row + height * (index - (len(differences) - 1) / 2)
            interval = found[name]
            axes.barh(at, interval.centre, height=0.9 * height, color=colours[world])
            axes.plot([interval.low, interval.high], [at, at], color=BLACK, linewidth=1.0)
    axes.set_yticks(range(len(names)), names, size=7)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_title(title)
    unit = Unit("USD/year").readable(max(map(abs, axes.get_xlim())))
    axes.set_xlabel(f"difference, {unit.words}")
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda usd, _: f"{unit.factor * usd:g}"))
    axes.axvline(0, color=GREY, linewidth=0.7)
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x")

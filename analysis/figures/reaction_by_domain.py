"""How much each domain's users react: adopters and tokens, by how many tokens the work takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from analysis.comparison import paired_replications
from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import GREY, LIGHT, sheet, shortened
from analysis.scales import SIGNED
from analysis.statistics import Interval, student
from analysis.worlds import Worlds, others, subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from sim.record.run import Run

TITLE = "Who reacts: {pairs}"
CAPTION = (
    "Log ratio of adopters and of tokens a day in the last week, {pairs}, replication by "
    "replication. {differing}. Domains stand in the order of the tokens that their work takes, "
    "those that need fewest on top; in brackets, tokens for each token of work. Whiskers: 95% "
    "intervals of the mean."
)
_COLUMNS = {"adopters": "Adopters", "tokens_mtok_per_day": "Tokens a day"}


def _has_others(worlds: Worlds) -> bool:
    return len(worlds) > 1 and len(subject(worlds).scenario.domains) > 1


@plate(
    "reaction-by-domain",
    place=62,
    title=TITLE,
    caption=CAPTION,
    tables=("domains",),
    applies=_has_others,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a panel an outcome, a row a domain; a line of text where there is one."""
    if not _has_others(worlds):
        figure = sheet(1.0)
        figure.text(0.5, 0.5, "There is no other world to compare domains with.", ha="center")
        return figure
    run, colours = subject(worlds), world_colours(worlds)
    domains = sorted(run.scenario.domains, key=lambda domain: -domain.tokens_per_work)
    figure = sheet(1.1 + 0.28 * len(domains))
    panels = figure.subplots(1, len(_COLUMNS), sharey=True)
    heights = np.arange(len(domains))
    for axes, (column, label) in zip(panels, _COLUMNS.items(), strict=True):
        axes.axvline(0.0, color=GREY, linewidth=0.9)
        axes.set_title(label, size=8.5)
        axes.set_xlabel("log ratio")
        axes.grid(axis="x", color=LIGHT)
        for world, other in others(worlds).items():
            found = log_ratios(run, other, column)
            known = [(n, found[d.name]) for n, d in enumerate(domains) if d.name in found]
            for height, ratio in known:
                axes.plot([ratio.low, ratio.high], [height] * 2, color=colours[world])
                axes.plot(ratio.centre, height, "o", color=colours[world], markersize=4)
    if len(others(worlds)) > 1:
        first = next(iter(worlds))
        pairs = [
            Line2D([], [], marker="o", color=colours[world], label=f"{first} over {world}")
            for world in others(worlds)
        ]
        figure.legend(handles=pairs, loc="outside lower center", ncols=len(pairs))
    panels[0].set_yticks(
        heights, [f"{shortened(d.name)} ({d.tokens_per_work:g})" for d in domains], size=8
    )
    return figure


def log_ratios(run: Run, other: Run, column: str) -> Mapping[str, Interval]:
    """Return the log ratio of a column of the domains' last week, one world over the other.

    Domains that have none of it in some replication of either world are left out.
    """
    paired = list(paired_replications(run, other))
    first, second = (_last(world, column, paired) for world in (run, other))
    found = {}
    for domain in first.columns:
        pairs = first[domain].to_numpy(), second[domain].to_numpy()
        if min(float(values.min()) for values in pairs) > 0.0:
            found[str(domain)] = student(np.log(pairs[0] / pairs[1]), SIGNED)
    return found


def _last(run: Run, column: str, replications: list[int]) -> pd.DataFrame:
    """Return the last week by replication (rows) and domain (columns)."""
    rows = run.domains
    rows = rows[rows["replication"].isin(replications)]
    rows = rows[rows["time_days"] == rows["time_days"].max()]
    wide: pd.DataFrame = rows.pivot_table(index="replication", columns="domain", values=column)
    return wide

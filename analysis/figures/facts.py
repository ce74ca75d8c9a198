"""Published ranges beside simulated values."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from analysis.facts import Verdict, evaluate
from analysis.figures.plate import plate
from analysis.figures.style import BLACK, GREEN, GREY, VERMILION, sheet
from analysis.worlds import Worlds, peace_among, subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes


TITLE = "Published facts against the run"
CAPTION = (
    "Grey bar: the published range. Dot and whisker: median over replications with its 95% "
    "interval of order statistics, which takes six of them. Green: a hit; red: a miss; black: "
    "parameters were set by this fact, so it judges nothing."
)
_LOG_FROM_RATIO = 8.0
_UNITS: dict[str, str] = {
    "follower_median_lag_days": "days from the trigger to the first answer, median follower",
    "follower_median_cut_depth_share": "share by which prices were cut, median follower",
    "provider_tokens_multiple": "times as many tokens a day",
    "provider_tokens_multiple_over_no_war": "times the growth without the war",
    "provider_tokens_share": "share of all tokens",
    "leading_models_entries_per_week": "models that come among the nine leading, a week",
    "leading_models_median_stay_weeks": "weeks that a model stays among them, median",
    "leading_model_share": "share of the first in the tokens of the nine",
}


def _has_facts(worlds: Worlds) -> bool:
    return bool(subject(worlds).scenario.facts)


@plate(
    "facts",
    place=90,
    title=TITLE,
    caption=CAPTION,
    tables=("products",),
    applies=_has_facts,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: a row a fact, each on its own axis."""
    verdicts = [it for it in evaluate(subject(worlds), peace_among(worlds)) if it.measured]
    if not verdicts:
        figure = sheet(1.0)
        figure.text(0.5, 0.5, "This run measures no published facts.", ha="center")
        return figure
    figure = sheet(0.95 * len(verdicts) + 0.2)
    rows = figure.subplots(len(verdicts), 1, squeeze=False)[:, 0]
    for axes, verdict in zip(rows, verdicts, strict=True):
        _row(axes, verdict)
    return figure


def _row(axes: Axes, verdict: Verdict) -> None:
    fact, simulated = verdict.fact, verdict.simulated
    axes.barh(0, fact.high - fact.low, left=fact.low, color="#c9c9c9", height=0.5)
    if fact.high == fact.low:
        axes.plot([fact.low, fact.low], [-0.25, 0.25], color=GREY, linewidth=3)
    colour = BLACK if not verdict.judged else GREEN if verdict.hit else VERMILION
    if simulated.known:
        axes.plot([simulated.low, simulated.high], [0, 0], color=colour, linewidth=1.6)
    axes.plot(simulated.centre, 0, "o", color=colour, markersize=6)
    if fact.published is not None:
        axes.plot([fact.published, fact.published], [-0.25, 0.25], color=GREY, linewidth=1.2)
    _scale(axes, verdict)
    axes.set_yticks([0], [textwrap.fill(fact.description, 34)])
    axes.set_ylim(-0.6, 0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=7.5)
    axes.grid(visible=False)
    axes.set_xlabel(_UNITS[fact.name], size=7.5, labelpad=1)
    text = textwrap.fill(verdict.text, 20)
    axes.text(1.02, 0, text, transform=axes.get_yaxis_transform(), va="center", size=8,
              color=colour, weight="bold" if verdict.judged else "normal")  # fmt: skip


def _scale(axes: Axes, verdict: Verdict) -> None:
    fact, simulated = verdict.fact, verdict.simulated
    shown = [fact.low, fact.high, simulated.centre, simulated.low, simulated.high]
    finite = [value for value in shown if math.isfinite(value)]
    low, high = min(finite), max(finite)
    if low > 0 and high / low > _LOG_FROM_RATIO:
        axes.set_xscale("log")
        axes.set_xlim(low / 1.6, high * 1.6)
        axes.xaxis.set_major_locator(
            LogLocator(subs=(1.0, 2.0, 5.0) if high < 60 * low else (1.0,))
        )
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        return
    room = 0.15 * (high - low or abs(high) or 1.0)
    axes.set_xlim(min(0.0, low) if low < 4 * (high - low) else low - room, high + room)
    axes.xaxis.set_major_locator(MaxNLocator(6))

"""Who adopts, how much they use, and what keeps the others out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from analysis.figures.plate import plate
from analysis.figures.style import (
    BLUE,
    GREEN,
    GREY,
    LIGHT,
    ORANGE,
    PALETTE,
    PURPLE,
    VERMILION,
    band,
    date_axis,
    end_labels,
    sheet,
)
from analysis.scales import scale_of
from analysis.statistics import bands
from analysis.worlds import Worlds, subject
from sim.record.tables import TABLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.record.run import Run

TITLE = "Adoption and tokens"
CAPTION = (
    "Top left: users who know the technology, users who use a product, and the share of all tasks "
    "that are run. Top right: tokens a day. Bottom left: users by application domain. Bottom "
    "right: users of each domain on the last day, by what they do or by what keeps them out: data "
    "that may not leave the house, or a setup cost above what they would gain. "
    "Bands: 95% intervals of the mean."
)
_SEEN_SHARE = 0.004
_SHARES = {"aware_share": GREY, "adopters_share": VERMILION, "tasks_share": BLUE}


@plate(
    "adoption",
    place=60,
    title=TITLE,
    caption=CAPTION,
    tables=("market", "domains"),
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: shares and tokens on top, domains below."""
    run = subject(worlds)
    figure = sheet(5.6)
    panels = figure.subplots(2, 2)
    _shares(panels[0, 0], run)
    _tokens(panels[0, 1], run)
    _domains(panels[1, 0], run)
    _last_day(panels[1, 1], run)
    return figure


def _shares(axes: Axes, run: Run) -> None:
    labels = []
    columns = [TABLES["market"][name] for name in _SHARES]
    for column in columns:
        weekly, colour = bands(run.market, column.name, scale_of(column)), _SHARES[column.name]
        band(axes, weekly, colour, scale=column.unit.factor)
        end = column.unit.factor * float(weekly["mean"].iloc[-1])
        labels.append((column.label.lower(), end, colour))
    axes.set_title("Users and tasks")
    axes.set_ylabel("; ".join(dict.fromkeys(column.unit.words for column in columns)))
    axes.set_ylim(0, None)
    date_axis(axes)
    end_labels(axes, labels)


def _tokens(axes: Axes, run: Run) -> None:
    column = TABLES["market"]["tokens_mtok_per_day"]
    unit = column.unit.readable(float(run.market[column.name].max()))
    band(axes, bands(run.market, column.name, scale_of(column)), VERMILION, scale=unit.factor)
    axes.set_title(column.label)
    axes.set_ylabel(unit.words)
    axes.set_ylim(0, None)
    date_axis(axes)


def _domains(axes: Axes, run: Run) -> None:
    labels = []
    column = TABLES["domains"]["adopters_share"]
    for index, (domain, rows) in enumerate(run.domains.groupby("domain", sort=False)):
        colour = PALETTE[index % len(PALETTE)]
        weekly = bands(rows, column.name, scale_of(column))
        band(axes, weekly, colour, scale=column.unit.factor)
        end = column.unit.factor * float(weekly["mean"].iloc[-1])
        labels.append((str(domain), end, colour))
    axes.set_title(f"{column.label} by domain")
    axes.set_ylabel(f"{column.unit.words} of the domain")
    axes.set_ylim(0, None)
    date_axis(axes)
    end_labels(axes, labels)


def _last_day(axes: Axes, run: Run) -> None:
    last = run.domains[run.domains["time_days"] == run.domains["time_days"].max()]
    mean = last.groupby("domain", sort=False)[
        ["users", "aware", "adopters", "privacy_blocked", "barrier_blocked"]
    ].mean()
    users = mean["users"]
    kinds = {
        "use it": (mean["adopters"], GREEN),
        "privacy": (mean["privacy_blocked"], PURPLE),
        "setup cost": (mean["barrier_blocked"], ORANGE),
    }
    known = sum(series for series, _ in kinds.values())
    kinds["know, no wish yet"] = ((mean["aware"] - known).clip(lower=0), "#a9a9a9")
    kinds["do not know"] = (users - mean["aware"], LIGHT)
    left = np.zeros(len(mean))
    for text, (series, colour) in kinds.items():
        share = (series / users).to_numpy()
        if share.max() < _SEEN_SHARE:
            continue
        axes.barh(list(mean.index), share, left=left, color=colour, height=0.7, label=text)
        left += share
    axes.set_title("On the last day")
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("% of the domain's users")
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.legend(loc="upper center", bbox_to_anchor=(0.35, -0.2), ncols=3, columnspacing=1.0,
                handlelength=1.0, fontsize=7)  # fmt: skip

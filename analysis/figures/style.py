"""How every figure looks: sizes for print, the Okabe-Ito palette, bands, direct labels."""

from __future__ import annotations

import functools
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import matplotlib as mpl
import matplotlib.dates as mdates
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from numpy.typing import ArrayLike, NDArray

from analysis.figures.glyphs import choose_fonts, warn_of_missing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from sim.record.column import Column
    from sim.record.run import Run
    from sim.record.unit import Unit

WIDTH_IN: Final = 7.2
"""Two columns of a journal."""
DOTS_PER_INCH: Final = 200

BLACK, GREY, LIGHT = "#1b1b1b", "#6f6f6f", "#d9d9d9"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
PALETTE: Final = (VERMILION, BLUE, GREEN, ORANGE, PURPLE, SKY, "#8C6D1F", YELLOW)
"""Okabe and Ito (2008), safe for colour-blind readers; black is kept for text, brown added."""

_SHORT_MONTHS: Final = 2.2
_LINE_CHARACTERS: Final = 90

_RC: Final[dict[Any, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": BLACK,
    "axes.edgecolor": GREY,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#e8e8e8",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": BLACK,
    "ytick.labelcolor": BLACK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "pricewar",
    "svg.fonttype": "path",
    "text.color": BLACK,
}


@contextmanager
def house_style(*, mathematics: bool = False) -> Iterator[None]:
    """Set the house style over matplotlib's defaults, whatever the user's settings; a context.

    Parameters
    ----------
    mathematics
        Whether text between dollar signs is mathematics. Names and descriptions of users hold
        dollars that are none.
    """
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({**_RC, "text.parse_math": mathematics})
        yield


def styled(draw: Callable[..., Figure], *, mathematics: bool = False) -> Callable[..., Figure]:
    """Draw a figure in the house style, leaving matplotlib's settings as they were."""

    @functools.wraps(draw)
    def inside(*args: Any, **kwargs: Any) -> Figure:
        with house_style(mathematics=mathematics):
            return draw(*args, **kwargs)

    return inside


styled_with_mathematics = functools.partial(styled, mathematics=True)
"""The same for figures whose text is our own, formulas included."""


def sheet(height_in: float, width_in: float = WIDTH_IN) -> Figure:
    """Make an empty figure that lays itself out."""
    return Figure(figsize=(width_in, height_in), dpi=DOTS_PER_INCH, layout="constrained")


def blank(text: str) -> Figure:
    """Make a figure that holds a text, where there is nothing to draw."""
    lines = textwrap.wrap(text, _LINE_CHARACTERS)
    with house_style():
        figure = sheet(0.6 + 0.18 * len(lines))
        figure.text(0.5, 0.5, "\n".join(lines), ha="center", va="center", color=GREY)
    return figure


def save(
    figure: Figure, folder: Path, name: str, *, mathematics: bool = False
) -> tuple[Path, Path]:
    """Write a figure as PNG and SVG; equal figures give equal files.

    Where no installed font has a character, the SVG holds text in place of outlines, for whoever
    shows it to find a font.
    """
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    with house_style(mathematics=mathematics), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        figure.draw_without_rendering()
        changed, lacking = choose_fonts(figure)
        if lacking:
            mpl.rcParams["svg.fonttype"] = "none"
        if changed:
            figure.draw_without_rendering()
        figure.set_layout_engine("none")  # laid out once is enough, and takes most of the time
        figure.savefig(png, dpi=DOTS_PER_INCH, metadata={"Software": None})
        figure.savefig(svg, metadata={"Date": None, "Creator": None})
    if lacking:
        warn_of_missing(lacking)
    return png, svg


def shortened(name: str, longest: int = 30) -> str:
    """Shorten a long name in its middle, so that names that differ at either end still do.

    Examples
    --------
    >>> shortened("accounts/some-host/models/llama-v3p1-405b-instruct", 24)
    'accounts/s...5b-instruct'
    """
    if len(name) <= longest:
        return name
    end = (longest - 3) // 2 + 1
    return f"{name[: longest - 3 - end]}...{name[-end:]}"


def days(dates: Iterable[Any]) -> NDArray[np.float64]:
    """Turn dates into matplotlib's numbers."""
    numbers = mdates.date2num(np.asarray(list(dates), dtype="datetime64[D]"))
    return np.asarray(numbers, dtype=np.float64)


def date_axis(axes: Axes) -> None:
    """Label the x axis with dates, sparingly; the first of each year carries the year.

    Call it when the data are drawn: the spacing depends on their span.
    """
    first, last = axes.get_xlim()
    months = (last - first) / 30.44
    step = next((step for step in (1, 2, 3, 4, 6) if months <= 6.2 * step), 12)
    locator = (
        mdates.AutoDateLocator(minticks=3, maxticks=6)
        if months < _SHORT_MONTHS
        else mdates.MonthLocator(bymonth=range(1, 13, step))
    )
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(FuncFormatter(_month))


def has_date_axis(axes: Axes) -> bool:
    """Return whether `date_axis` has labelled these axes."""
    formatter = axes.xaxis.get_major_formatter()
    return isinstance(formatter, FuncFormatter) and formatter.func is _month


def _month(number: float, position: int | None) -> str:
    date = mdates.num2date(number)
    name = f"{date:%b}" if date.day == 1 else f"{date.day} {date:%b}"
    return f"{name}\n{date:%Y}" if position == 0 or date.timetuple().tm_yday < 8 else name


def band(axes: Axes, weekly: pd.DataFrame, colour: str, *, scale: float = 1.0) -> None:
    """Draw a mean over replications and its 95% band; see :func:`analysis.statistics.bands`."""
    x = days(weekly["date"])
    axes.plot(x, scale * weekly["mean"].to_numpy(float), color=colour)
    low, high = (scale * weekly[side].to_numpy(float) for side in ("low", "high"))
    axes.fill_between(x, low, high, color=colour, alpha=0.22, linewidth=0)


def end_labels(
    axes: Axes, labels: Sequence[tuple[str, float, str]], *, gap: float = 0.075, size: float = 8.0
) -> None:
    """Write names at the right ends of lines, moved apart where they would touch.

    Parameters
    ----------
    labels
        Text, height in the axes' data, colour. Call it when the limits are final.
    gap
        Least distance of two labels, as a share of the axes' height.
    """
    to_share = axes.transData + axes.transAxes.inverted()
    middle = axes.get_xlim()[1]
    heights = [to_share.transform((middle, height))[1] for _, height, _ in labels]
    for (text, _, colour), at in zip(labels, spread(heights, gap), strict=True):
        axes.text(
            1.015, at, shortened(text), color=colour, size=size, va="center", ha="left",
            transform=axes.transAxes,
        )  # fmt: skip


def spread(positions: ArrayLike, gap: float) -> NDArray[np.float64]:
    """Move positions as little as needed to keep them a gap apart, and inside 0 to 1 if they fit.

    Examples
    --------
    >>> spread([0.5, 0.5], 0.2).tolist()
    [0.4, 0.6]
    """
    wanted = np.clip(np.asarray(positions, dtype=np.float64), 0.0, 1.0)
    order = np.argsort(wanted, kind="stable")
    groups: list[tuple[float, list[int]]] = []
    for index in order:
        centre, members = float(wanted[index]), [int(index)]
        while groups and centre - groups[-1][0] < gap * (len(members) + len(groups[-1][1])) / 2:
            _, before = groups.pop()
            members = before + members
            half = gap * (len(members) - 1) / 2
            centre = float(np.clip(wanted[members].mean(), half, max(half, 1.0 - half)))
        groups.append((centre, members))
    out = np.empty_like(wanted)
    for centre, members in groups:
        out[members] = centre + gap * (np.arange(len(members)) - (len(members) - 1) / 2)
    return out


def axis_text(column: Column, unit: Unit | None = None) -> str:
    """Label an axis with a column: ``list price, USD per Mtok``.

    Parameters
    ----------
    column
        What is drawn.
    unit
        The unit that it is drawn in; None: its own.
    """
    words = (unit or column.unit).words
    label = column.label[0].lower() + column.label[1:]
    return words if label in words else f"{label}, {words}"


def replications_text(run: Run) -> str:
    """Return in words what a figure's intervals are, and on how many replications they rest."""
    count = len(run.replications)
    if count < 2:
        return "One replication: it shows one course of events and says nothing about chance."
    return f"{count} replications; intervals are Monte-Carlo error, at one set of parameters."

"""By how much the accounts of the average price differ between worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from analysis.figures.colours import world_colours
from analysis.figures.plate import plate
from analysis.figures.style import BLACK, GREY, VERMILION, blank, sheet
from analysis.price_account import LABELS, PARTS
from analysis.price_account_difference import AccountDifference, account_difference
from analysis.statistics import Interval
from analysis.worlds import Worlds, others, subject
from sim.record.unit import USD_PER_MTOK

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

TITLE = "What differs in the price change: {pairs}"
CAPTION = (
    "Top: the change of the token-weighted average list price from the first to the last week, and "
    "its parts, in each world. Bottom: the paired difference of the accounts, replication by "
    "replication: the worlds share every draw, so what is left is the effect of what differs "
    "between them. Where a whisker clears zero, chance alone does not make that part's difference; "
    "of many parts some clear it by chance. Whiskers: 95% intervals of the mean."
)
_WHOLE = "price change"


def _has_others(worlds: Worlds) -> bool:
    return len(worlds) > 1


@plate(
    "price-account-difference",
    place=39,
    title=TITLE,
    caption=CAPTION,
    tables=("products",),
    applies=_has_others,
)
def draw(worlds: Worlds) -> Figure:
    """Draw the figure: the accounts side by side above their paired differences."""
    if not _has_others(worlds):
        return blank("There is no other world to compare with.")
    first = next(iter(worlds))
    run, colours = subject(worlds), world_colours(worlds)
    pairs = {name: account_difference(run, other) for name, other in others(worlds).items()}
    parts = _moving_parts(pairs)
    figure = sheet(4.6)
    top, bottom = figure.subplots(2, 1, sharex=True)
    levels = {first: _account(next(iter(pairs.values())), of_first=True)}
    levels |= {name: _account(pair, of_first=False) for name, pair in pairs.items()}
    _bars(top, levels, parts, colours)
    top.set_title("Account of each world")
    top.set_ylabel(USD_PER_MTOK.words)
    differences = {name: {**pair.parts(), _WHOLE: pair.change} for name, pair in pairs.items()}
    _bars(
        bottom, differences, parts, colours if len(pairs) > 1 else dict.fromkeys(pairs, VERMILION)
    )
    bottom.set_title("Paired difference")
    bottom.set_ylabel(f"difference, {USD_PER_MTOK.words}")
    top.legend(ncols=len(levels))
    if len(pairs) > 1:
        bottom.legend([f"{first} minus {name}" for name in pairs], ncols=len(pairs))
    ticks = [LABELS.get(part, part).replace(" ", "\n", 1) for part in parts]
    bottom.set_xticks(range(len(parts)), ticks, size=7.5)
    bottom.tick_params(axis="x", length=0)
    return figure


def _account(pair: AccountDifference, *, of_first: bool) -> dict[str, Interval]:
    account = pair.first if of_first else pair.second
    return {**account.parts(), _WHOLE: account.change}


def _moving_parts(pairs: Mapping[str, AccountDifference]) -> list[str]:
    """Parts that moved in any world, and the whole; what is zero by construction is left out."""
    moving = {
        part
        for pair in pairs.values()
        for account in (pair.first, pair.second)
        for part in account.moving_parts()
    }
    return [*(part for part in PARTS if part in moving), _WHOLE]


def _bars(
    axes: Axes,
    accounts: Mapping[str, Mapping[str, Interval]],
    parts: list[str],
    colours: Mapping[str, str],
) -> None:
    """Draw a group of bars a part, a bar an account, with whiskers."""
    width = 0.8 / len(accounts)
    for index, (name, account) in enumerate(accounts.items()):
        shift = width * (index - (len(accounts) - 1) / 2)
        at = [place + shift for place in range(len(parts))]
        heights = [account[part].centre for part in parts]
        axes.bar(at, heights, width=0.9 * width, color=colours[name], label=name)
        for x, part in zip(at, parts, strict=True):
            axes.plot([x, x], [account[part].low, account[part].high], color=BLACK, linewidth=1.0)
    axes.axhline(0, color=GREY, linewidth=0.7)
    axes.axvline(len(parts) - 1.5, color=GREY, linewidth=0.7, linestyle=(0, (4, 3)))
    axes.margins(y=0.12)

"""The payoff table, for a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.text import Text

from analysis.amounts import in_unit
from analysis.game.analysis import GameAnalysis
from analysis.game.simulated import PayoffName
from analysis.printable import PrintableTable
from analysis.statistics import MONTE_CARLO, Interval, short
from analysis.words import counted, sentence_case
from sim.record.unit import OF_TOKENS, USD, Unit

_LONGEST_NAME = 14
_MOST_DECIMALS = 3

TITLES: dict[PayoffName, str] = {
    "profit_usd": "discounted profit",
    "tokens_share": "share of tokens at the end",
    "survival_share": "still there at the end",
}
"""What people read of a payoff."""


def unit_of(game: GameAnalysis) -> Unit:
    """Return the unit in which the payoffs that decide are short numbers."""
    if game.payoff != "profit_usd":
        return OF_TOKENS
    return USD.readable(float(game.profiles[game.payoff].abs().max()))


def payoff_text(game: GameAnalysis, row: Mapping[Any, Any]) -> str:
    """Write a payoff of a row of the profiles with its interval, so finely that they differ."""
    unit, count = unit_of(game), len(game.of.replications)
    name = game.payoff
    interval = Interval(row[name], row[f"{name}_low"], row[f"{name}_high"], count)
    if name != "profit_usd" or not interval.known:
        return interval.text(in_unit(unit)) if interval.known else _plain(game, row[name])
    half = (interval.high - interval.low) / 2
    return f"{_plain(game, interval.centre)} \u00b1 {_plain(game, half)}"


def _plain(game: GameAnalysis, value: float) -> str:
    """Write a payoff with as many decimals as tell a hundredth of the smaller range of payoffs."""
    unit = unit_of(game)
    ranges = [unit.factor * float(np.ptp(payoff)) for payoff in game.mean.payoffs]
    least = min((one for one in ranges if one > 0.0), default=1.0)
    decimals = int(np.clip(1 - math.floor(math.log10(least)), 0, _MOST_DECIMALS))
    return f"{unit.factor * value:,.{decimals}f}"


def payoff_table(game: GameAnalysis) -> PrintableTable:
    """Lay the payoffs out with a row a profile; `print` prints it."""
    unit = unit_of(game)
    number = in_unit(unit)
    roles = game.mean.names
    table = PrintableTable(
        title=f"{sentence_case(TITLES[game.payoff])}, {unit.symbol}: "
        f"{counted(len(game.of.replications), 'paired replication')}",
        caption=Text(_note(game)),
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for name in roles:
        longest = max(map(len, game.mean.strategies[roles.index(name)]))
        table.add_column(Text(f"{name} plays"), min_width=min(longest, _LONGEST_NAME))
    for name in roles:
        table.add_column(Text(f"{name} gets"), justify="right")
    table.add_column("share, %" if game.payoff == "profit_usd" else "still there, %")
    table.add_column("regret", justify="right")
    table.add_column("equilibrium in", justify="right")
    for _, rows in game.profiles.groupby([f"plays {name}" for name in roles], sort=False):
        records = rows.to_dict("records")
        first = records[0]
        beside = "tokens_share" if game.payoff == "profit_usd" else "survival_share"
        table.add_row(
            *(Text(str(first[f"plays {name}"])) for name in roles),
            *(payoff_text(game, row) for row in records),
            " / ".join(short(100 * row[beside]) for row in records),
            " / ".join(number(row["regret"]) for row in records),
            _percent(first["equilibrium_share"]),
            style="bold" if first["is_equilibrium"] else None,
        )  # fmt: skip
    return table


def _percent(share: float) -> str:
    return "unknown" if math.isnan(share) else f"{100 * share:.0f}%"


def _note(game: GameAnalysis) -> str:
    lines = [
        "Bold: equilibria of the mean payoffs. Regret: the most that a player gains by deviating "
        "alone.",
        "Equilibrium in: share of 2,000 resamples of whole replications.",
        f"Intervals: 95%, of one payoff each; {MONTE_CARLO}. What deviating gains is paired, and "
        "known better: deviations.csv.",
    ]
    if len(game.of.replications) == 1:
        lines[1:] = ["One replication says nothing about chance: run at least two."]
    if game.of.left_out:
        left_out = counted(game.of.left_out, "replication")
        lines.append(f"Left out, for some profile lacks them: {left_out}.")
    return "\n".join(lines)

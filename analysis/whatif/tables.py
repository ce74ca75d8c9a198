"""A decision's results as tables and sentences for the terminal."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.text import Text

from analysis.amounts import amount, in_unit
from analysis.contrast_tables import pay_back_text
from analysis.printable import PrintableTable
from analysis.significance import FAMILY_ERROR
from analysis.whatif.choices import HOLD
from analysis.words import counted, joined, sentence_case

if TYPE_CHECKING:
    from analysis.whatif.outcomes import OptionResult, Ranking
    from analysis.whatif.swings import End, Swing
    from sim.record.unit import Unit


def options_table(ranking: Ranking) -> PrintableTable:
    """Lay out the options: profit, share, chance of a loss, probability of being best."""
    first = ranking.results[0]
    unit = first.profit.outcome.unit_for(*(it.profit.first.centre for it in ranking.results))
    table = PrintableTable(
        title=f"{ranking.provider}: {counted(len(ranking.results), 'option')}, "
        f"{counted(len(ranking.replications), 'paired replication')}",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("option", min_width=12)
    for name in (f"profit, {unit.symbol}", "gain", "share, %", "gain", "loss, %", "best, %"):
        table.add_column(name, justify="right", min_width=6)
    for result in ranking.results:
        table.add_row(*_cells(result, unit))
    return table


def options_note(ranking: Ranking, start_date: dt.date) -> str:
    """Say how the table of options is read, and when each option pays back.

    Parameters
    ----------
    ranking
        Of the options.
    start_date
        First day of the runs.
    """
    paid = [
        f"  {it.option}: {pay_back_text(it.pay_back, start_date)}"
        for it in ranking.results
        if it.option != HOLD
    ]
    return "\n".join(
        (
            f"Gains: less {HOLD!r}, paired, with 95% intervals of one outcome each; bold: more "
            f"than chance with all of the table taken together (Holm, {100 * FAMILY_ERROR:g}%). "
            "Share: of tokens, at the end.",
            f"When an option has paid back what it costs against {HOLD!r}:",
            *paid,
            "Chance of a loss, %, with 95% intervals (Clopper and Pearson 1934):",
            *(
                f"  {it.option}: {it.loss.first.text(in_unit(it.loss.outcome.unit))}"
                for it in ranking.results
            ),
        )
    )


def _cells(result: OptionResult, unit: Unit) -> list[Text | str]:
    profit, share, loss = result.profit, result.tokens_share, result.loss
    gains = [
        Text("-" if result.option == HOLD else contrast.difference.text(in_unit(one)),
             style="bold" if contrast.settled else "")
        for contrast, one in ((profit, unit), (share, share.outcome.unit))
    ]  # fmt: skip
    return [
        result.option,
        in_unit(unit)(profit.first.centre),
        gains[0],
        in_unit(share.outcome.unit)(share.first.centre),
        gains[1],
        in_unit(loss.outcome.unit)(loss.first.centre),
        _percent(result.probability_best),
    ]


def answer(ranking: Ranking) -> str:
    """Say which option is the best, by how much, and how sure that is."""
    if len(ranking.distinct) == 1:
        return f"Nothing changes for {ranking.provider}: {_sames(ranking)}"
    best, unit = ranking[ranking.best], ranking[ranking.best].profit.outcome.unit
    lines = [f"Best for {ranking.provider}: {best.option}."]
    if best.option != HOLD:
        shown = best.profit.outcome.unit_for(best.profit.difference.centre)
        gain = ranking.gain_of_best
        lines[0] = (
            f"Best for {ranking.provider}: {best.option}, by {gain.text(in_unit(shown))} "
            f"{shown.spelled} over {HOLD!r} (bounds that hold for all options together)."
        )
    if math.isnan(best.probability_best):
        needed = len(ranking.distinct)
        lines.append(
            f"Too few for a probability of being the best among {counted(needed, 'option')}: "
            f"{counted(len(ranking.replications), 'replication')}; run {needed + 2} or more."
        )
    else:
        lines.append(
            f"It is the best with a probability of {_percent(best.probability_best)}% (posterior "
            "of means that share their draws: Chick and Inoue 2001)."
        )
    if not math.isnan(ranking.indifference_usd_per_year):
        lines.append(
            "With 95% confidence it is the best, or within "
            f"{amount(ranking.indifference_usd_per_year, unit)} of it (Nelson and Matejcik "
            "1995)."
        )
        if len(ranking.replications) < ranking.replications_to_tell < math.inf:
            lines.append(
                f"Its lead over {ranking.runner_up!r} is smaller than that; at the lead and the "
                f"spread so far, {ranking.replications_to_tell:,.0f} replications would tell."
            )
    if ranking.alike:
        lines.append(f"{sentence_case(_sames(ranking))} They are ranked as one.")
    lines.append("That is chance at these assumptions alone, not how far they may be off.")
    return " ".join(lines)


def _sames(ranking: Ranking) -> str:
    """Say which options came to the same as which."""
    firsts = dict.fromkeys(ranking.alike.values())
    groups = [
        f"{joined([repr(one) for one, of in ranking.alike.items() if of == first])} came to the "
        f"same as {first!r}"
        for first in firsts
    ]
    return f"{'; '.join(groups)} in every replication."


def swings_table(swings: Sequence[Swing], option: str, other: str) -> PrintableTable:
    """Lay out the assumptions that move the gain most.

    Parameters
    ----------
    swings
        Widest first.
    option, other
        The gain is that of the one over the other.
    """
    from analysis.provider_outcomes import USD_PER_YEAR

    unit = USD_PER_YEAR.readable(
        max((abs(end) for it in swings for end in (it.low.centre, it.high.centre)), default=0.0)
    )
    number = in_unit(unit)
    table = PrintableTable(
        title=f"Gain of {option!r} over {other!r}, {unit.spelled}",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("assumption", min_width=20)
    for name in ("low", "as stated", "high", "high - low"):
        table.add_column(name, justify="right")
    for it in swings:
        table.add_row(
            it.assumption,
            number(it.low.centre),
            number(it.stated.centre),
            number(it.high.centre),
            it.difference.text(number),
        )
    return table


def swings_note(shown: int, screened: int) -> str:
    """Say how the table of swings is read: how many were tried, and what its intervals are of."""
    return (
        f"The {shown} of {counted(screened, 'assumption')} that move it most, each alone from the "
        "low to the high end of its range; like values move together. Intervals: 95%, of the gain "
        "at the high end less that at the low one, paired."
    )


def robustness(ends: Sequence[End], best: str) -> str:
    """Say at how many ends of the assumptions the best option stays the best, and where not."""
    if not ends:
        return (
            f"Whether {best!r} stays the best at the ends of these assumptions is not known: none "
            "has finished under all options."
        )
    others = [it for it in ends if it.ranking.best not in (best, it.ranking.alike.get(best))]
    if not others:
        return f"{best!r} is the best at all {len(ends)} ends of these assumptions."
    listed = [
        f"  {it.assumption} at its {it.end} end: {it.ranking.best}"
        f"{_surely(it.ranking[it.ranking.best].probability_best)}"
        for it in others
    ]
    kept = len(ends) - len(others)
    lead = f"{best!r} is the best at {kept} of {len(ends)} ends of these assumptions; not at:"
    return "\n".join((lead, *listed))


def _surely(probability: float) -> str:
    """Return how probably an option is the best, in brackets; nothing where that is not known."""
    return "" if math.isnan(probability) else f" ({_percent(probability)}%)"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.0f}"

"""Contrasts as tables for the terminal."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.text import Text

from analysis.amounts import in_unit
from analysis.contrast import Contrast
from analysis.printable import PrintableTable
from analysis.provider_comparison import ProviderComparison
from analysis.words import day

if TYPE_CHECKING:
    from analysis.pay_back import PayBack


def market_table(
    contrasts: Iterable[Contrast], title: str, note: str, precision_share: float
) -> PrintableTable:
    """Lay out outcomes of the market and its domains: both means, the difference, what it takes.

    Parameters
    ----------
    contrasts
        Of two runs.
    title, note
        What stands above and below.
    precision_share
        Half-width for which replications are counted, as a share of the difference.
    """
    table = _empty(title, note, precision_share)
    for contrast in contrasts:
        _add(table, contrast, precision_share)
    return table


def provider_table(
    providers: Sequence[ProviderComparison], title: str, precision_share: float
) -> PrintableTable:
    """Lay out the outcomes of each provider, likewise, and below when the first world pays back."""
    paid = "\n".join(
        f"  {own.provider}: {pay_back_text(own.pay_back, own.start_date)}" for own in providers
    )
    table = _empty(title, f"When A has paid back what it costs against B:\n{paid}", precision_share)
    for own in providers:
        table.add_section()
        table.add_row(own.provider, style="underline")
        for contrast in own.contrasts:
            _add(table, contrast, precision_share)
    return table


def pay_back_text(pay_back: PayBack, start_date: dt.date) -> str:
    """Return in words when a course pays back what it costs.

    Examples
    --------
    >>> import pandas as pd
    >>> from analysis.pay_back import pay_back
    >>> option = pd.DataFrame({0: [0.0, -2.0, 4.0], 1: [0.0, -1.0, 2.0]}, index=[0.0, 7.0, 14.0])
    >>> pay_back_text(pay_back(option, 0.0 * option), dt.date(2024, 6, 1))
    '11 June 2024 in the median; less by the end in 0 of 2'
    """

    def date(days: float) -> str:
        return day(start_date + dt.timedelta(days=days))

    count, behind = pay_back.behind_at_end.count, pay_back.behind_at_end.hits
    never = pay_back.never_behind.hits
    less = f"less by the end in {behind} of {count}"
    median = pay_back.median
    if never == count:
        return "at no time behind"
    if math.isinf(median.centre):
        return f"not by the end; {less}"
    if median.centre == 0.0:
        return f"at no time behind in {never} of {count}; {less}"
    bounds = ""
    if median.known and median.low < median.high:
        low = "the first day" if median.low == 0.0 else date(median.low)
        high = "beyond the end" if math.isinf(median.high) else date(median.high)
        bounds = f" ({low} to {high})"
    return f"{date(median.centre)} in the median{bounds}; {less}"


def _empty(title: str, note: str, precision_share: float) -> PrintableTable:
    table = PrintableTable(
        title=title,
        caption=Text(note),
        caption_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    table.add_column("outcome", min_width=13)
    for name in ("A", "B", "A - B"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("95% interval", justify="right", min_width=11)
    table.add_column("variance cut", justify="right", min_width=8)
    table.add_column(f"for ±{100 * precision_share:g}%", justify="right", min_width=6)
    return table


def _add(table: PrintableTable, contrast: Contrast, precision_share: float) -> None:
    unit, difference = contrast.unit, contrast.difference
    number = in_unit(unit)
    table.add_row(
        f"{contrast.outcome.label}, {unit.symbol}",
        number(contrast.first.centre),
        number(contrast.second.centre),
        number(difference.centre),
        difference.bounds(number),
        contrast.variance_reduction_text,
        _needed_text(contrast, precision_share),
        style="bold" if contrast.settled else None,
    )


def _needed_text(contrast: Contrast, precision_share: float) -> str:
    """Return how many replications are needed, as a number that a person can take in."""
    needed = contrast.replications_needed(precision_share)
    if math.isnan(needed) or contrast.difference.centre == 0.0:
        return "-"
    if needed >= _MANY:
        return f">{_MANY:,}"
    return f"{needed:,.0f}"


_MANY = 100_000

"""Numbers as people say them: 8.32 trillion tokens a day, 6.1 percentage points."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from analysis.statistics import Interval, rounded_text, short

if TYPE_CHECKING:
    from sim.record.unit import Unit


_MOST_DIGITS = 9


def in_unit(unit: Unit) -> Callable[[float], str]:
    """Return what writes stored values as numbers of a unit.

    Examples
    --------
    >>> from sim.record.unit import OF_USERS
    >>> in_unit(OF_USERS)(0.2457)
    '24.6'
    """
    return lambda value: short(unit.factor * value)


def amount(value: float, unit: Unit) -> str:
    """Write an amount with its unit, in the multiple that makes it a short number.

    Examples
    --------
    >>> from sim.record.unit import MTOK_PER_DAY, OF_USERS, USD_PER_MTOK
    >>> amount(8_322_000, MTOK_PER_DAY)
    '8.32 trillion tokens a day'
    >>> amount(999_600, MTOK_PER_DAY)
    '1 trillion tokens a day'
    >>> amount(0.2457, OF_USERS), amount(0.1734, USD_PER_MTOK)
    ('24.6% of users', '0.173 USD per million tokens')
    >>> amount(1e-5, USD_PER_MTOK)
    '0.00001 USD per million tokens'
    """
    unit = unit.readable(value)
    return _spaced(short(unit.factor * value), unit.spelled)


def change(value: float, unit: Unit) -> str:
    """Write the size of a change, without its sign: shares change by percentage points.

    Examples
    --------
    >>> from sim.record.unit import OF_USERS
    >>> change(-0.061, OF_USERS)
    '6.1 percentage points'
    """
    return amount_of_change(value, unit, "")


def amount_of_change(value: float, unit: Unit, bounds: str) -> str:
    """Write the size of a change, with words behind its number and unit."""
    unit = unit.readable(value)
    spelled = "percentage points" if unit.symbol == "%" else unit.spelled
    return _spaced(short(abs(unit.factor * value)), spelled) + (f" ({bounds})" if bounds else "")


def level(interval: Interval, unit: Unit) -> str:
    """Write an amount and its interval: ``24.6% of users (24.1 to 25)``."""
    bounds = interval.bounds(in_unit(unit.readable(interval.centre)))
    text = amount(interval.centre, unit)
    return f"{text} ({bounds})" if interval.replications > 1 else text


def change_of(interval: Interval, unit: Unit) -> str:
    """Write the size of a change and its interval: ``6.1 percentage points (5.5 to 6.7)``."""
    sized = interval.unsigned
    bounds = sized.bounds(in_unit(unit.readable(sized.centre)))
    return amount_of_change(sized.centre, unit, bounds if interval.replications > 1 else "")


def percent(share: float) -> str:
    """Write a share or a relative change.

    Examples
    --------
    >>> percent(0.98123), percent(0.9996), percent(1.0)
    ('98.1%', '99.96%', '100%')
    """
    for digits in range(3, _MOST_DIGITS):
        text = rounded_text(100 * share, digits)
        if text not in ("100", "-100") or abs(share) >= 1.0:
            break  # what is nearly the whole is not said to be the whole
    return f"{text}%"


def fold(ratio: float) -> str:
    """Write how many times as much something became.

    Examples
    --------
    >>> fold(13.42), fold(2.04), fold(66.7)
    ('13-fold', '2-fold', '67-fold')
    >>> fold(99.4), fold(99.5), fold(123.4), fold(123456)
    ('99-fold', '100-fold', '123-fold', '123,000-fold')
    """
    return f"{rounded_text(ratio, 2) if ratio < 100 else short(ratio)}-fold"


def _spaced(number: str, unit: str) -> str:
    return f"{number}{unit}" if unit.startswith("%") else f"{number} {unit}"

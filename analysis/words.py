"""Words around numbers: dates, counts and lists as sentences write them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence


def day(date: dt.date) -> str:
    """Write a date: ``6 May 2024``."""
    return f"{date.day} {date:%B %Y}"


def day_of(cell: object) -> str:
    """Write the date of a row of a table."""
    return day(calendar_day(cell))


def calendar_day(cell: object) -> dt.date:
    """Return the date of a row of a table, whichever library made it."""
    return dt.date.fromisoformat(str(cell)[:10])


def sentence_case(text: str) -> str:
    """Return a text with a capital first letter; the others stay as they are.

    Examples
    --------
    >>> sentence_case("the API of DeepSeek")
    'The API of DeepSeek'
    """
    return f"{text[:1].upper()}{text[1:]}"


def joined(words: Sequence[str]) -> str:
    """Write a list as a sentence does.

    Examples
    --------
    >>> joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> counted(1, "provider"), counted(0, "provider"), counted(12, "launch")
    ('1 provider', 'no providers', '12 launches')
    """
    ending = "es" if noun.endswith("ch") else "s"
    return f"{number or 'no'} {noun}{'' if number == 1 else ending}"


def short_list(words: Sequence[str], most: int = 6) -> str:
    """Write a list of which only the first are named: ``a, b and 3 more``.

    Examples
    --------
    >>> short_list(list("abcde"), most=3)
    'a, b, c and 2 more'
    """
    if len(words) <= most + 1:
        return joined(words)
    return f"{', '.join(words[:most])} and {len(words) - most} more"

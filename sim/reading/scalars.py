"""What an unquoted word of a file means: YAML 1.2 with dates and without hexadecimals."""

from __future__ import annotations

import datetime as dt
import re

from sim.reading.nodes import Value

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INTEGER = re.compile(r"[-+]?[0-9][0-9_]*\Z", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9][0-9_]*(?=[eE]))(?:[eE][-+]?[0-9]+)?\Z",
    re.ASCII,
)
_SPECIAL = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_DIGITS = 18
"""Most digits of a whole number; beyond, no quantity of a market is meant."""


class BadScalarError(ValueError):
    """A word that looks like a number or a date and is none."""


def resolve(text: str) -> Value:
    """Read an unquoted word.

    ``1e-6`` is a number and ``no`` a word, as YAML 1.2 has it; ``20_000`` is 20000; ``-0`` is 0.

    Raises
    ------
    BadScalarError
        A date that no calendar has, or a whole number of more than 18 digits.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.match(text):
        if len(text) > _DIGITS:
            raise BadScalarError(f"must be a number of at most {_DIGITS} digits")
        return int(text)
    if _FLOAT.match(text):
        return float(text.replace("_", "")) + 0.0
    if _SPECIAL.match(text):
        return float(text.replace(".", "", 1))
    if _DATE.match(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise BadScalarError("must be a date of the calendar, as year-month-day") from error
    return text

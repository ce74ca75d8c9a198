"""What to do about a value of the wrong kind."""

from __future__ import annotations

import datetime as dt
import math
import re

from sim.lookalikes import oddity, skeleton
from sim.nearest import offer
from sim.reading.nodes import Listing, Mapping, Node, Scalar
from sim.reading.vocabulary import Schema, choices

_MULTIPLES = {"thousand": "e3", "million": "e6", "billion": "e9", "trillion": "e12"}
_SUFFIXES = {"k": "e3", "K": "e3", "M": "e6", "B": "e9", "T": "e12"}
_NUMBERS = ("number", "integer")
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:[T ].*)?\Z")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+,(?:\d{1,2}|\d{4,})\Z|[-+]?0,\d+\Z")
_SPACES_OF_KEYS = re.compile(r"[\w-]+:\S")


def remedy(node: Node, schema: Schema) -> str:
    """Say what to do about a value that is not what its schema wants; empty if nothing is known.

    Parameters
    ----------
    node
        The value.
    schema
        JSON Schema of what may stand there.
    """
    wanted = schema.get("type")
    if isinstance(node, Mapping):
        return _instead_of_mapping(node, wanted)
    if isinstance(node, Listing):
        return "Remove the dash or the brackets." if wanted == "object" else ""
    words = choices(schema)
    if words:
        return offer(str(node.value), words, "")
    if node.value is None:
        return "Write a value after the key, or remove the key."
    if isinstance(node.value, str):
        return _instead_of_text(node.value, schema)
    return _instead_of_value(node, schema)


def _instead_of_mapping(node: Mapping, wanted: str | None) -> str:
    first = next(iter(node.entries), "")
    if wanted == "array" and first.startswith("-"):
        return f"Put a blank after the dash: '- {first[1:]}: ...'."
    if wanted == "array":
        return f"Begin each item of the list with a dash: '- {first}: ...'."
    return "Text that holds ': ' needs quotes." if wanted == "string" else ""


def _instead_of_text(text: str, schema: Schema) -> str:
    wanted = schema.get("type")
    if wanted in _NUMBERS:
        return number_remedy(text)
    if wanted == "string" and schema.get("format") == "date":
        return _date_remedy(text)
    if wanted == "string":
        return oddity(text) or _character_remedy(text, schema)
    if wanted == "boolean" and text.casefold() in ("yes", "no", "on", "off"):
        return "YAML 1.2 knows only true and false."
    if wanted == "array":
        return oddity(text) or f"Write [{', '.join(text.split())}], or a dash before each item."
    if wanted == "object" and _SPACES_OF_KEYS.match(text):
        return "Put a blank after the colon."
    return oddity(text)


def _instead_of_value(node: Scalar, schema: Schema) -> str:
    wanted, value = schema.get("type"), node.value
    if wanted in _NUMBERS and isinstance(value, float) and not math.isfinite(value):
        return "Infinities and 'not a number' cannot be computed with."
    if wanted in _NUMBERS and _is_percentage(value, schema):
        return f"A share is from 0 to 1: write {float(value) / 100:g} for {value:g}%."  # type: ignore[arg-type]
    if wanted == "integer" and isinstance(value, float) and value.is_integer():
        return f"Write {value:.0f}: a whole number without a point or an exponent."
    if wanted == "string" and schema.get("format") != "date":
        return "Put it in quotes to make it text."
    if wanted == "array":
        return f"Write [{node.text}], or a dash before it."
    return ""


def _is_percentage(value: object, schema: Schema) -> bool:
    """Return whether a number would be a share if it were divided by a hundred."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return schema.get("minimum") == 0.0 and schema.get("maximum") == 1.0 and 1.0 < value <= 100.0


def _character_remedy(text: str, schema: Schema) -> str:
    """Name the first character that no name may hold."""
    pattern = schema.get("pattern")
    if not isinstance(pattern, str) or not text:
        return ""
    if text != text.strip():
        return "Remove the blank at its beginning or end."
    wrong = next((one for one in text[1:] if not re.match(pattern, f"a{one}a")), None)
    if wrong is None:
        return "" if re.match(pattern, f"{text[0]}a") else f"It begins with {text[0]!r}."
    return f"It holds {wrong!r}."


def _date_remedy(text: str) -> str:
    match = _DAY.match(skeleton(text))
    if match:
        try:
            day = dt.date(*(int(part) for part in match.groups()))
        except ValueError:
            return "There is no such day."
        plain = day.isoformat()
        return "Remove its quotes." if plain == text else f"Write {plain}."
    return oddity(text) or "Write year-month-day."


def number_remedy(text: str) -> str:
    """Say how to write a number that somebody wrote as people do.

    Examples
    --------
    >>> number_remedy("30%")
    'Write 0.3 for 30%.'
    >>> number_remedy("0,5")
    'Write 0.5: a point before decimals.'
    """
    plain = skeleton(text)
    if plain != text and _is_number(plain):
        return f"Write {plain}: {oddity(text)}"
    plain = plain.strip("$¥€£~ ")
    number, _, word = plain.partition(" ")
    multiple = _MULTIPLES.get(word)
    if multiple is None and number[:-1] and number[-1] in _SUFFIXES:
        number, multiple = number[:-1], _SUFFIXES[number[-1]]
    if multiple is not None and _is_number(number):
        return f"Write {number}{multiple} for {text}."
    if plain.endswith("%") and _is_number(plain.rstrip("% ")):
        return f"Write {float(plain.rstrip('% ')) / 100:g} for {plain}."
    if _DECIMAL_COMMA.match(plain):
        return f"Write {plain.replace(',', '.')}: a point before decimals."
    if plain == text and _is_number(text):
        return f"Write {text} without quotes."
    for candidate in (plain, plain.replace(",", ""), number, number.replace(",", "")):
        if _is_number(candidate):
            return f"Write {candidate}: a number without separators and units."
    return oddity(text)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

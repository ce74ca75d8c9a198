"""Characters that are not what they look like: full-width, invisible, or of another alphabet."""

from __future__ import annotations

import unicodedata
from functools import cache

_TWINS = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТХУІЈЅοΑΒΕΖΗΙΚΜΝΟΡΤΥΧν",  # noqa: RUF001 - that is the point
    "aeopcyxijsdhqwABEKMHOPCTXYIJSoABEZHIKMNOPTYXv",
)
"""Cyrillic and Greek letters with a Latin twin, of the confusables in Unicode's UTS 39."""
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u2032\u2033", "''\"\"'\"")


def composed(text: str) -> str:
    """Return a text in Unicode's composed form (NFC), in which equal letters are equal."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def skeleton(text: str) -> str:
    r"""Return what a text looks like: two that nobody can tell apart have the same.

    Examples
    --------
    >>> skeleton("GLM\u20114") == skeleton("GLM-4")
    True
    """
    if text.isascii():
        return " ".join(text.split())
    return " ".join("".join(map(_look, composed(text))).split())


@cache
def _look(character: str) -> str:
    """Return the character of a keyboard that one looks like; itself if it is like none."""
    category = unicodedata.category(character)
    if category in ("Cf", "Cc"):
        return ""
    if category == "Zs":
        return " "
    if category == "Pd" or character == "\u2212":
        return "-"
    return unicodedata.normalize("NFKC", character).translate(_TWINS).translate(_QUOTES)


def named(character: str) -> str:
    r"""Name a character by its code point.

    Examples
    --------
    >>> named("\u200b")
    'U+200B (ZERO WIDTH SPACE)'
    """
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X}{f' ({name})' if name else ''}"


def look_of(character: str) -> str | None:
    """Return what a character seems to be and is not: one of a keyboard, or nothing at all.

    Returns None for characters that are what they look like, letters of other alphabets included.
    """
    if character.isascii() or unicodedata.category(character) == "Lo":
        return None
    look = _look(character)
    return look if look.isascii() and len(look) < 2 else None


def oddity(text: str) -> str:
    r"""Name the first character of a text that is not what it looks like; empty if all are.

    Examples
    --------
    >>> oddity("users\uff1a500")
    "U+FF1A (FULLWIDTH COLON) is not ':'."
    """
    for character in text:
        look = look_of(character)
        if look is not None:
            is_not = f"is not {look!r}" if look else "is invisible"
            return f"{named(character)} {is_not}."
    return ""


def visible(text: str) -> str:
    r"""Write invisible characters of a text as escapes.

    Examples
    --------
    >>> visible("users\u200b")
    'users\\u200b'
    """
    if text.isascii():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )

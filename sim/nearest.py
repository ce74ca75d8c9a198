"""The valid name nearest to a misspelt one, for error messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SHOWN = 12
"""Most names in a list of all that are known."""
_COMPARED = 200
"""Most characters of a name that are compared: a misspelt name may be a whole text."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None if none is like it; case is ignored.

    A name of which `name` is a part counts as like it, the shortest first: ``awq`` finds
    ``AWQ 4-bit``.
    """
    from difflib import get_close_matches  # only needed once something went wrong

    wanted = name.casefold()[:_COMPARED]
    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(wanted, by_folded, n=1, cutoff=0.6)
    if not close and len(wanted) > 1:
        close = sorted((folded for folded in by_folded if wanted in folded), key=len)
    return by_folded[close[0]] if close else None


def one_of(names: Sequence[str]) -> str:
    """List names for a sentence, the first dozen if there are more."""
    if not names:
        return "none"
    rest = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {rest} more" if rest > 0 else shown


def with_article(noun: str) -> str:
    """Put the indefinite article before a noun.

    Examples
    --------
    >>> with_article("accelerator"), with_article("provider")
    ('an accelerator', 'a provider')
    """
    return f"{'an' if noun[:1].casefold() in 'aeiou' else 'a'} {noun}"

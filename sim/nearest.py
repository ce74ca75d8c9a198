"""The valid name nearest to a misspelt one, for error messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_SHOWN = 12


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like `name`, or None if none is like it; case is ignored."""
    from difflib import get_close_matches  # only needed once something went wrong

    by_folded = {candidate.casefold(): candidate for candidate in known}
    close = get_close_matches(name.casefold()[:200], by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def one_of(names: Sequence[str]) -> str:
    """List names for a sentence, the first dozen if there are more."""
    if not names:
        return "none"
    rest = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {rest} more" if rest > 0 else shown
